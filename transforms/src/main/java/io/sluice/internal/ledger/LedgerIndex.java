package io.sluice.internal.ledger;

/**
 * Where the newest record of each fingerprint is: an open-addressing table of three longs a slot
 * (128 bits of the fingerprint, then segment and offset), at most three quarters full, so at most
 * 64 bytes a record. Not thread-safe.
 */
final class LedgerIndex {
  static final long ABSENT = -1;

  /** How many hexadecimal digits of a fingerprint are looked at. */
  static final int DIGITS = 32;

  private static final int OFFSET_BITS = 40;
  private static final long ANSWER = 1L << 62;
  private static final long CLAIMED = 1L << 61;
  private static final long PLACE = (1L << 61) - 1;

  private long[] slots = new long[3 * 16];
  private int size;

  /** Segment number and offset in one long. */
  static long place(int segment, long offset) {
    if (offset >>> OFFSET_BITS != 0 || segment >>> 20 != 0) {
      throw new LedgerException("The ledger has too many segments, or one that is too large");
    }
    return (long) segment << OFFSET_BITS | offset;
  }

  static int segment(long place) {
    return (int) (place >>> OFFSET_BITS);
  }

  static long offset(long place) {
    return place & ((1L << OFFSET_BITS) - 1);
  }

  /** Notes a record; an answer is never replaced by a failure. */
  void put(String fingerprint, long place, boolean answer) {
    if (4 * (size + 1) > slots.length) {
      grow();
    }
    int at = find(high(fingerprint), low(fingerprint));
    if (slots[at + 2] == 0) {
      size++;
      slots[at] = high(fingerprint);
      slots[at + 1] = low(fingerprint);
    } else if ((slots[at + 2] & ANSWER) != 0 && !answer) {
      return;
    }
    // One is added, so that a filled slot is never zero.
    slots[at + 2] = (slots[at + 2] & CLAIMED) | (answer ? ANSWER : 0) | (place + 1);
  }

  long get(String fingerprint) {
    long value = slots[find(high(fingerprint), low(fingerprint)) + 2];
    return value == 0 ? ABSENT : (value & PLACE) - 1;
  }

  /** True the first time it is asked for a fingerprint that is present. */
  boolean claim(String fingerprint) {
    int at = find(high(fingerprint), low(fingerprint)) + 2;
    boolean first = slots[at] != 0 && (slots[at] & CLAIMED) == 0;
    slots[at] |= first ? CLAIMED : 0;
    return first;
  }

  int size() {
    return size;
  }

  long bytes() {
    return 8L * slots.length;
  }

  private int find(long high, long low) {
    int capacity = slots.length / 3;
    int at = 3 * (int) Long.remainderUnsigned(high, capacity);
    while (slots[at + 2] != 0 && (slots[at] != high || slots[at + 1] != low)) {
      at = at + 3 == slots.length ? 0 : at + 3;
    }
    return at;
  }

  private void grow() {
    long[] old = slots;
    slots = new long[old.length * 2];
    for (int from = 0; from < old.length; from += 3) {
      if (old[from + 2] != 0) {
        System.arraycopy(old, from, slots, find(old[from], old[from + 1]), 3);
      }
    }
  }

  private static long high(String fingerprint) {
    return hex(fingerprint, 0);
  }

  private static long low(String fingerprint) {
    return hex(fingerprint, DIGITS / 2);
  }

  /** Text that is not hexadecimal gives some number, too. */
  private static long hex(String text, int from) {
    long number = 0;
    for (int i = from; i < from + DIGITS / 2; i++) {
      char c = text.charAt(i);
      number = number << 4 | (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10) & 0xF;
    }
    return number;
  }
}
