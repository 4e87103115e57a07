package io.sluice.internal.cascade;

import java.util.ArrayList;
import java.util.List;

/** What a cascade has for its owner, since the last time. Guarded by its owner. */
final class Out<T> {
  /** Rows that the task's model is to be asked about. */
  final List<Item<T>> asks = new ArrayList<>();

  /** Rows that the small model answers. */
  final List<Item<T>> served = new ArrayList<>();

  final List<Note> notes = new ArrayList<>();

  static <E> List<E> taken(List<E> those) {
    List<E> out = List.copyOf(those);
    those.clear();
    return out;
  }
}
