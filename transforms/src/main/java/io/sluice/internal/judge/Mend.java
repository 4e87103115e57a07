package io.sluice.internal.judge;

import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** The words by which results say what of an answer was mended. Fixed: scripts look for them. */
final class Mend {
  /** What the model thought before it was taken off. */
  static final String THINKING = "thinking";

  /** The marks by which the model's template ends a turn were taken off its end. */
  static final String MARKS = "marks";

  /** A Markdown fence around it was taken off. */
  static final String FENCE = "fence";

  /** Text around the only JSON value in it was taken off. */
  static final String TEXT = "text";

  /** Quotes or brackets around a label were taken off. */
  static final String QUOTES = "quotes";

  /** Markdown, an element or the mark of a list's item was taken off a label. */
  static final String MARKUP = "markup";

  /** "Category:" or its like was taken off a label. */
  static final String NAME = "name";

  /** The end of a sentence was taken off a label. */
  static final String PUNCTUATION = "punctuation";

  private Mend() {}

  /** What was done before, and this. */
  static String and(@Nullable String before, String mend) {
    return before == null ? mend : before + ", " + mend;
  }

  /** All that was done; null for nothing. */
  static @Nullable String words(Collection<String> mends) {
    return mends.isEmpty() ? null : String.join(", ", mends);
  }
}
