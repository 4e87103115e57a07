package io.sluice.prepare;

import com.knuddels.jtokkit.api.Encoding;
import com.knuddels.jtokkit.api.IntArrayList;
import org.jspecify.annotations.Nullable;

/**
 * Byte pair encoding of one short ASCII word, for what {@link WordCounts} has not seen yet: the two
 * neighbours whose joint token has the lowest rank are joined, until no two make a token. A rank is
 * a token's number, so the vocabulary is what an encoding decodes its numbers to.
 *
 * <p>Words and tokens are pairs of longs in arrays of their own. The encoder's table of objects
 * costs four reads of cold memory a look-up, a dozen look-ups a word: measured on text of which 2%
 * of words are misspelt, those words took half of the time of counting. Thread-safe.
 */
final class AsciiVocabulary {
  /** As many ASCII characters as two longs hold, the last in the lowest bits, none of them 0. */
  static final int MAX_LENGTH = 16;

  private static final int NONE = Integer.MAX_VALUE;

  private final int mask;
  private final long[] high;
  private final long[] low;
  private final int[] ranks;

  private AsciiVocabulary(int slots) {
    this.mask = slots - 1;
    this.high = new long[slots];
    this.low = new long[slots];
    this.ranks = new int[slots];
  }

  /** The ASCII tokens of an encoding. */
  static AsciiVocabulary of(Encoding encoding) {
    // Both encodings have fewer ASCII tokens than half of this.
    AsciiVocabulary vocabulary = new AsciiVocabulary(1 << 19);
    int rank = 0;
    for (byte[] token = token(encoding, 0); token != null; token = token(encoding, ++rank)) {
      vocabulary.put(token, rank);
    }
    return vocabulary;
  }

  /** Null above the vocabulary, whose numbers have no gap. */
  private static byte @Nullable [] token(Encoding encoding, int rank) {
    IntArrayList one = new IntArrayList(1);
    one.add(rank);
    try {
      return encoding.decodeBytes(one);
    } catch (NullPointerException e) {
      // So the encoder refuses a number that it does not have; it can not be asked for its size.
      return null;
    }
  }

  private void put(byte[] token, int rank) {
    if (token.length == 0 || token.length > MAX_LENGTH) {
      return;
    }
    long h = 0;
    long l = 0;
    for (byte b : token) {
      if (b <= 0) {
        return;
      }
      h = h << 8 | l >>> 56;
      l = l << 8 | b;
    }
    int slot = slot(h, l);
    while (low[slot] != 0) {
      slot = slot + 1 & mask;
    }
    high[slot] = h;
    low[slot] = l;
    ranks[slot] = rank;
  }

  /** Fibonacci hashing: the upper bits of a product depend on all bits of the word. */
  static long mixed(long high, long low) {
    long z = (low ^ high * 0xC2B2AE3D27D4EB4FL) * 0x9E3779B97F4A7C15L;
    return z >>> 32;
  }

  private int slot(long h, long l) {
    return (int) mixed(h, l) & mask;
  }

  private int rank(long h, long l) {
    int slot = slot(h, l);
    while (low[slot] != 0) {
      if (low[slot] == l && high[slot] == h) {
        return ranks[slot];
      }
      slot = slot + 1 & mask;
    }
    return NONE;
  }

  /**
   * Tokens of a word that the encoding's pattern does not split.
   *
   * @param length 1 to 16 characters
   */
  int count(long h, long l, int length) {
    if (rank(h, l) != NONE) {
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
      pairs[i] = rank(h, l, length, i, i + 2);
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
        pairs[best] = rank(h, l, length, starts[best], starts[best + 2]);
      }
      if (best > 0) {
        pairs[best - 1] = rank(h, l, length, starts[best - 1], starts[best + 1]);
      }
    }
    return parts;
  }

  /** The rank of the word's characters {@code from} to before {@code to}. */
  private int rank(long h, long l, int length, int from, int to) {
    int drop = 8 * (length - to);
    long shiftedHigh = drop == 0 ? h : drop >= 64 ? 0 : h >>> drop;
    long shiftedLow =
        drop == 0 ? l : drop >= 64 ? h >>> (drop - 64) : l >>> drop | h << (64 - drop);
    int bits = 8 * (to - from);
    long keptHigh =
        bits <= 64 ? 0 : bits == 128 ? shiftedHigh : shiftedHigh & (1L << (bits - 64)) - 1;
    long keptLow = bits >= 64 ? shiftedLow : shiftedLow & (1L << bits) - 1;
    return rank(keptHigh, keptLow);
  }
}
