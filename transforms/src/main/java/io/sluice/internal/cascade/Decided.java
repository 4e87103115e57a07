package io.sluice.internal.cascade;

import io.sluice.internal.cascade.Item.Fate;
import java.util.ArrayList;
import java.util.List;

/**
 * What is decided of a cascade's rows, until its owner takes it: each row leaves by one of two ways
 * out, and waits no longer. Guarded by its owner.
 */
final class Decided<T> {
  private final Room room;
  private final Credit credit;
  private final List<Item<T>> asks = new ArrayList<>();
  private final List<Item<T>> served = new ArrayList<>();
  private final List<Note> notes = new ArrayList<>();

  Decided(Room room, Credit credit) {
    this.room = room;
    this.credit = credit;
  }

  /** A row's fate is decided. */
  void add(Item<T> item) {
    room.leave(item);
    if (item.fate == Fate.ASKED) {
      credit.asked(item);
      asks.add(item);
    } else {
      served.add(item);
    }
  }

  void add(Note note) {
    notes.add(note);
  }

  List<Item<T>> takeAsks() {
    return taken(asks);
  }

  List<Item<T>> takeServed() {
    return taken(served);
  }

  List<Note> takeNotes() {
    return taken(notes);
  }

  private static <E> List<E> taken(List<E> those) {
    List<E> all = List.copyOf(those);
    those.clear();
    return all;
  }

  /** Forgets rows; what is to be kept is so all the same. */
  void forgetRows() {
    asks.clear();
    served.clear();
  }
}
