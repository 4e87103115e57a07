package io.sluice.internal.evidence;

import io.sluice.internal.evidence.Departed.Fate;
import java.util.ArrayDeque;
import java.util.Iterator;

/** The calls that are out, in the order in which they left. Not thread-safe. */
final class Flying<D> {
  private final ArrayDeque<Departed<D>> calls = new ArrayDeque<>();
  private int size;

  void departed(Departed<D> call) {
    calls.add(call);
    size++;
  }

  /** A call has landed; its fate is known. */
  void landed() {
    size--;
    while (!calls.isEmpty() && calls.getFirst().fate != Fate.OPEN) {
      calls.removeFirst();
    }
  }

  int size() {
    return size;
  }

  /** Whether one is out that left before a number. */
  boolean isOneBefore(long number) {
    return !calls.isEmpty() && calls.getFirst().number < number;
  }

  /** Whether one is out that left with a number or later. */
  boolean isOneSince(long number) {
    for (Iterator<Departed<D>> each = calls.descendingIterator(); each.hasNext(); ) {
      Departed<D> call = each.next();
      if (call.number < number) {
        return false;
      }
      if (call.fate == Fate.OPEN) {
        return true;
      }
    }
    return false;
  }
}
