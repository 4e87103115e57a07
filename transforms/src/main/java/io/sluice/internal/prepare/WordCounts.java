package io.sluice.internal.prepare;

import com.knuddels.jtokkit.api.Encoding;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * Counts a text's tokens word by word, and remembers the words: the same few thousand make up most
 * of any text.
 *
 * <p>A text may be cut where no token goes across. Both encodings first split a text by a pattern
 * that is matched from left to right, so it is cut in any case between
 *
 * <ul>
 *   <li>a printable ASCII character and a space: no alternative goes on from anything but white
 *       space into a space. A word begins with its space, as in the vocabulary;
 *   <li>a letter and a digit, either way round, and a digit and any other printable ASCII
 *       character, either way round: an alternative has letters or digits or neither, but for one
 *       other character before letters;
 *   <li>a letter and a printable ASCII character that is neither letter, digit nor apostrophe,
 *       which in {@code o200k_base} goes on into {@code 's}.
 * </ul>
 *
 * <p>The memory is two tables of fixed size, 3 MB at most, in which a word replaces another that
 * falls on its place: one of words of up to 15 ASCII characters, two numbers each (see {@link
 * AsciiVocabulary}), and one of other words of up to 32. Small, because what is in the processor's
 * cache is ten times as fast. Thread-safe without locks: where two threads write at once a number
 * may be lost, or two may be left of different words. The second is stored exclusive-or a hash of
 * the first (Hyatt and Mann, <i>A lockless transposition table implementation</i>, 2002), so that
 * such a pair is no word.
 */
final class WordCounts {
  private static final int SLOTS = 1 << 16;
  private static final int OTHER_SLOTS = 1 << 13;

  /** Longer words are rarely seen twice, and would make the table large. */
  private static final int MAX_WORD = 32;

  private static final int KINDS = 6;

  /** Control characters, white space other than a space, and all that is not ASCII. */
  private static final int OTHER = 0;

  private static final int SPACE = 1;
  private static final int LETTER = 2;
  private static final int DIGIT = 3;
  private static final int APOSTROPHE = 4;
  private static final int SIGN = 5;

  private static final byte[] KIND_OF = kinds();

  /** Bit {@code before * KINDS + after} tells whether a text may be cut between the two kinds. */
  private static final long CUTS =
      cut(LETTER, SPACE)
          | cut(DIGIT, SPACE)
          | cut(APOSTROPHE, SPACE)
          | cut(SIGN, SPACE)
          | cut(LETTER, DIGIT)
          | cut(DIGIT, LETTER)
          | cut(LETTER, SIGN)
          | cut(DIGIT, SIGN)
          | cut(SIGN, DIGIT)
          | cut(DIGIT, APOSTROPHE)
          | cut(APOSTROPHE, DIGIT);

  private static final VarHandle LONGS = MethodHandles.arrayElementVarHandle(long[].class);

  private record Word(String text, int tokens) {}

  private final Encoding encoding;
  private final AsciiVocabulary vocabulary;

  /**
   * For each slot {@code tokens << HIGH_BITS | high}, then {@code low ^ scrambled} of the first.
   */
  private final long[] packed = new long[2 * SLOTS];

  private final @Nullable Word[] others = new Word[OTHER_SLOTS];

  /**
   * @param size how many tokens the encoding has beside the special ones
   */
  WordCounts(Encoding encoding, int size) {
    this.encoding = encoding;
    this.vocabulary = AsciiVocabulary.of(encoding, size);
  }

  private static long cut(int before, int after) {
    return 1L << (before * KINDS + after);
  }

  private static byte[] kinds() {
    byte[] kinds = new byte[128];
    for (char c = ' '; c < 127; c++) {
      boolean letter = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z';
      kinds[c] = (byte) (letter ? LETTER : c >= '0' && c <= '9' ? DIGIT : SIGN);
    }
    kinds[' '] = SPACE;
    kinds['\''] = APOSTROPHE;
    return kinds;
  }

  long count(String text) {
    char[] chars = text.toCharArray();
    long tokens = 0;
    int start = 0;
    long high = 0;
    long low = 0;
    // Above 127 once a character was 0 or not ASCII.
    int unpackable = 0;
    int before = OTHER;
    for (int i = 0; i < chars.length; i++) {
      char c = chars[i];
      int kind = c < 128 ? KIND_OF[c] : OTHER;
      if ((CUTS >>> (before * KINDS + kind) & 1) != 0) {
        tokens += count(text, start, i, high, low, unpackable);
        start = i;
        high = 0;
        low = 0;
        unpackable = 0;
      }
      high = AsciiVocabulary.high(high, low);
      low = AsciiVocabulary.low(low, c);
      unpackable |= c | (c - 1);
      before = kind;
    }
    return start == chars.length
        ? tokens
        : tokens + count(text, start, chars.length, high, low, unpackable);
  }

  private int count(String text, int start, int end, long high, long low, int unpackable) {
    if (end - start > AsciiVocabulary.MAX_LENGTH || unpackable >>> 7 != 0) {
      return countOther(text, start, end);
    }
    int at = 2 * ((int) AsciiVocabulary.mixed(high, low) & (SLOTS - 2));
    long first = (long) LONGS.getOpaque(packed, at);
    long firstLow = (long) LONGS.getOpaque(packed, at + 1);
    if ((first & AsciiVocabulary.HIGH_MASK) == high && (firstLow ^ scrambled(first)) == low) {
      return (int) (first >>> AsciiVocabulary.HIGH_BITS);
    }
    long second = (long) LONGS.getOpaque(packed, at + 2);
    long secondLow = (long) LONGS.getOpaque(packed, at + 3);
    if ((second & AsciiVocabulary.HIGH_MASK) == high && (secondLow ^ scrambled(second)) == low) {
      return (int) (second >>> AsciiVocabulary.HIGH_BITS);
    }
    int tokens = countNew(text, start, end, high, low);
    long entry = (long) tokens << AsciiVocabulary.HIGH_BITS | high;
    // The one that was there stays for a while: two common words may share a place.
    LONGS.setOpaque(packed, at + 2, first);
    LONGS.setOpaque(packed, at + 3, firstLow);
    LONGS.setOpaque(packed, at, entry);
    LONGS.setOpaque(packed, at + 1, low ^ scrambled(entry));
    return tokens;
  }

  private static long scrambled(long entry) {
    long z = (entry ^ entry >>> 31) * 0xD6E8FEB86659FD93L;
    return z ^ z >>> 32;
  }

  private int countNew(String text, int start, int end, long high, long low) {
    return isOneMatch(text, start, end)
        ? vocabulary.count(high, low, end - start)
        : encoding.countTokensOrdinary(text.substring(start, end));
  }

  /**
   * Whether both patterns match the word as one: letters, the upper-case ones first, perhaps with
   * one other character before them.
   */
  private static boolean isOneMatch(String text, int start, int end) {
    int at = start;
    if (isPrefix(text.charAt(at))) {
      at++;
    }
    int letters = at;
    while (at < end && text.charAt(at) >= 'A' && text.charAt(at) <= 'Z') {
      at++;
    }
    while (at < end && text.charAt(at) >= 'a' && text.charAt(at) <= 'z') {
      at++;
    }
    return at == end && at > letters;
  }

  /** An apostrophe may begin a contraction, which is a word of its own in {@code cl100k_base}. */
  private static boolean isPrefix(char c) {
    return KIND_OF[c] == SPACE || KIND_OF[c] == SIGN;
  }

  private int countOther(String text, int start, int end) {
    String word = text.substring(start, end);
    if (word.length() > MAX_WORD) {
      return encoding.countTokensOrdinary(word);
    }
    int hash = word.hashCode();
    int slot = 2 * (hash ^ hash >>> 15) & (OTHER_SLOTS - 1);
    Word first = others[slot];
    if (first != null && first.text().equals(word)) {
      return first.tokens();
    }
    Word second = others[slot + 1];
    if (second != null && second.text().equals(word)) {
      return second.tokens();
    }
    Word counted = new Word(word, encoding.countTokensOrdinary(word));
    others[slot + 1] = first;
    others[slot] = counted;
    return counted.tokens();
  }
}
