package io.sluice.internal.cascade;

import java.util.ArrayList;
import java.util.List;

/** Some rows of a flow, one after the other, that are proven together. Guarded by its owner. */
final class Lot<T> {
  /** Rows that the small model would answer, and that wait. */
  final List<Item<T>> held = new ArrayList<>();

  /** By group: those, and the ones that left without waiting. */
  final long[] answered;

  final long[] audited;
  final long[] found;

  /** New ones, however answered. */
  int rows;

  /** Audits without an end. */
  int pending;

  Lot(int groups) {
    this.answered = new long[groups];
    this.audited = new long[groups];
    this.found = new long[groups];
  }
}
