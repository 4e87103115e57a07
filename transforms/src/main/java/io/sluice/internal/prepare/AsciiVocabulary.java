package io.sluice.internal.prepare;

import com.knuddels.jtokkit.api.Encoding;
import com.knuddels.jtokkit.api.IntArrayList;

/**
 * Byte pair encoding of one short ASCII word, for what {@link WordCounts} has not seen yet: the two
 * neighbours whose joint token has the lowest rank are joined, until no two make a token. A rank is
 * a token's number, so the vocabulary is what an encoding decodes its numbers to.
 *
 * <p>A word or token is a packed number of 105 bits, seven a character, the last one lowest: 63 in
 * a {@code low} long, 42 in a {@code high} one, which leaves room for a rank. So a look-up reads
 * one place in memory; the encoder's table of objects takes four reads of cold memory, which is
 * most of what counting costs. Thread-safe.
 */
final class AsciiVocabulary {
  /** As many ASCII characters as are packed. */
  static final int MAX_LENGTH = 15;

  private static final int CHAR_BITS = 7;
  private static final int LOW_CHARS = 9;
  private static final int LOW_BITS = CHAR_BITS * LOW_CHARS;
  private static final long LOW_MASK = (1L << LOW_BITS) - 1;

  /** Bits of {@code high} that characters take. */
  static final int HIGH_BITS = CHAR_BITS * (MAX_LENGTH - LOW_CHARS);

  static final long HIGH_MASK = (1L << HIGH_BITS) - 1;

  private static final int NONE = Integer.MAX_VALUE;

  /** Twice the ASCII tokens of the larger encoding. */
  private static final int SLOTS = 1 << 18;

  /** For each slot {@code rank << HIGH_BITS | high}, then {@code low}; 0 where the slot is free. */
  private final long[] tokens = new long[2 * SLOTS];

  private AsciiVocabulary() {}

  /**
   * The ASCII tokens of an encoding.
   *
   * @param size how many tokens it has, numbered from 0 without a gap
   */
  static AsciiVocabulary of(Encoding encoding, int size) {
    AsciiVocabulary vocabulary = new AsciiVocabulary();
    IntArrayList one = new IntArrayList(1);
    for (int rank = 0; rank < size; rank++) {
      one.clear();
      one.add(rank);
      vocabulary.put(encoding.decodeBytes(one), rank);
    }
    return vocabulary;
  }

  private void put(byte[] token, int rank) {
    if (token.length == 0 || token.length > MAX_LENGTH) {
      return;
    }
    long high = 0;
    long low = 0;
    for (byte b : token) {
      if (b <= 0) {
        return;
      }
      high = high(high, low);
      low = low(low, (char) b);
    }
    int slot = slot(high, low);
    while (tokens[2 * slot + 1] != 0) {
      slot = slot + 1 & SLOTS - 1;
    }
    tokens[2 * slot] = (long) rank << HIGH_BITS | high;
    tokens[2 * slot + 1] = low;
  }

  /** The upper part of a word that gets another character. */
  static long high(long high, long low) {
    return high << CHAR_BITS | low >>> LOW_BITS - CHAR_BITS;
  }

  /** The lower part of a word that gets another character, 1 to 127. */
  static long low(long low, char next) {
    return (low << CHAR_BITS | next) & LOW_MASK;
  }

  /** Fibonacci hashing: the upper bits of a product depend on all bits of the word. */
  static long mixed(long high, long low) {
    return (low ^ high * 0xC2B2AE3D27D4EB4FL) * 0x9E3779B97F4A7C15L >>> 32;
  }

  private static int slot(long high, long low) {
    return (int) mixed(high, low) & SLOTS - 1;
  }

  private int rank(long high, long low) {
    int slot = slot(high, low);
    while (tokens[2 * slot + 1] != 0) {
      long first = tokens[2 * slot];
      if (tokens[2 * slot + 1] == low && (first & HIGH_MASK) == high) {
        return (int) (first >>> HIGH_BITS);
      }
      slot = slot + 1 & SLOTS - 1;
    }
    return NONE;
  }

  /**
   * Tokens of a word that the encoding's pattern does not split.
   *
   * @param length 1 to 15 characters
   */
  int count(long high, long low, int length) {
    if (rank(high, low) != NONE) {
      return 1;
    }
    // Where each part begins; behind the last one the word's end.
    int[] starts = new int[length + 1];
    int[] pairs = new int[length];
    for (int i = 0; i <= length; i++) {
      starts[i] = i;
    }
    int parts = length;
    for (int i = 0; i < parts - 1; i++) {
      pairs[i] = rank(high, low, length, i, i + 2);
    }
    while (parts > 1) {
      int best = 0;
      for (int i = 1; i < parts - 1; i++) {
        best = pairs[i] < pairs[best] ? i : best;
      }
      if (pairs[best] == NONE) {
        break;
      }
      System.arraycopy(starts, best + 2, starts, best + 1, parts - best - 1);
      System.arraycopy(pairs, best + 1, pairs, best, parts - best - 1);
      parts--;
      if (best < parts - 1) {
        pairs[best] = rank(high, low, length, starts[best], starts[best + 2]);
      }
      if (best > 0) {
        pairs[best - 1] = rank(high, low, length, starts[best - 1], starts[best + 1]);
      }
    }
    return parts;
  }

  /** The rank of the word's characters {@code from} to before {@code to}. */
  private int rank(long high, long low, int length, int from, int to) {
    int behind = length - to;
    long cutHigh = 0;
    long cutLow;
    if (behind < LOW_CHARS) {
      int bits = CHAR_BITS * behind;
      cutHigh = high >>> bits;
      cutLow = (low >>> bits | high << LOW_BITS - bits) & LOW_MASK;
    } else {
      cutLow = high >>> CHAR_BITS * (behind - LOW_CHARS);
    }
    int kept = to - from;
    return kept < LOW_CHARS
        ? rank(0, cutLow & (1L << CHAR_BITS * kept) - 1)
        : rank(cutHigh & (1L << CHAR_BITS * (kept - LOW_CHARS)) - 1, cutLow);
  }
}
