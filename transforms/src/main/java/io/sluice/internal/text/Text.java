package io.sluice.internal.text;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Texts that may be anything, made fit to be kept and shown. Half a surrogate pair is no character
 * and has no form in UTF-8: it becomes U+FFFD. A cut is never within a pair, nor within what a
 * person sees as one character (a letter with its accents, a flag, a family of emoji), as long as
 * that is not longer than {@value #LONGEST_SEEN} units. Never throws, in time linear to the text.
 */
public final class Text {
  /** In place of what cannot be represented. */
  public static final char REPLACEMENT = '\uFFFD';

  private static final int LONGEST_SEEN = 64;

  /** What a person sees as one character (UAX 29, extended grapheme clusters). */
  private static final Pattern SEEN = Pattern.compile("\\X");

  private Text() {}

  /** A text with U+FFFD for each half of a pair; the same object where there is none. */
  public static String whole(String text) {
    int half = half(text, 0);
    if (half < 0) {
      return text;
    }
    StringBuilder whole = new StringBuilder(text);
    for (; half >= 0; half = half(text, half + 1)) {
      whole.setCharAt(half, REPLACEMENT);
    }
    return whole.toString();
  }

  /** As {@link #whole}; null for null. */
  public static @Nullable String wholeOrNull(@Nullable String text) {
    return text == null ? null : whole(text);
  }

  /** The first half of a pair without the other, from a place on; -1 where there is none. */
  private static int half(String text, int from) {
    for (int i = from; i < text.length(); i++) {
      char c = text.charAt(i);
      if (!Character.isSurrogate(c)) {
        continue;
      }
      if (Character.isHighSurrogate(c)
          && i + 1 < text.length()
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        i++;
      } else {
        return i;
      }
    }
    return -1;
  }

  /** Whether something in a text could not be represented, here or wherever it came from. */
  public static boolean isReplaced(@Nullable String text) {
    return text != null && text.indexOf(REPLACEMENT) >= 0;
  }

  /**
   * The beginning of a text, whole.
   *
   * @param most units of UTF-16, 0 or more
   */
  public static String cut(String text, int most) {
    if (text.length() <= most) {
      return whole(text);
    }
    return whole(text.substring(0, end(text, most)));
  }

  /** As {@link #cut}, with an ellipsis where something is left out. */
  public static String shown(String text, int most) {
    return text.length() <= most ? whole(text) : cut(text, most) + "…";
  }

  /** Where a text that is longer is cut: at most there. */
  private static int end(String text, int most) {
    int end = most > 0 && isWithinPair(text, most) ? most - 1 : most;
    int from = Math.max(0, end - LONGEST_SEEN);
    from = from > 0 && isWithinPair(text, from) ? from + 1 : from;
    // Some units behind the end say whether what is before it goes on there.
    Matcher seen = SEEN.matcher(text).region(from, Math.min(text.length(), end + LONGEST_SEEN));
    int last = -1;
    while (seen.find() && seen.end() <= end) {
      last = seen.end();
    }
    // What is seen as one and does not fit is cut all the same.
    return last > from ? last : end;
  }

  private static boolean isWithinPair(String text, int at) {
    return Character.isLowSurrogate(text.charAt(at))
        && Character.isHighSurrogate(text.charAt(at - 1));
  }
}
