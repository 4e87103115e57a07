package io.sluice.internal.text;

import java.io.Writer;
import java.util.function.Consumer;

/**
 * A text that is written, up to a length: what others' templates, names and lists unfold to may be
 * any. Not thread-safe.
 */
public final class BoundedText extends Writer {
  /** More was written than may be. */
  public static final class TooLongException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    TooLongException(String message) {
      super(message);
    }
  }

  /** Of a prompt: a row of the most bytes, twice. */
  public static final int MOST_CHARS = 128 << 20;

  private final StringBuilder text = new StringBuilder();
  private final int most;

  /**
   * What is written, all of it.
   *
   * @param most characters
   * @throws TooLongException if it would be longer, or what writes it goes deeper than can be
   */
  public static String of(int most, Consumer<Writer> writing) {
    BoundedText text = new BoundedText(most);
    try {
      writing.accept(text);
    } catch (StackOverflowError e) {
      throw new TooLongException("it goes deeper than can be read");
    }
    return text.toString();
  }

  /**
   * @param most characters
   */
  public BoundedText(int most) {
    this.most = most;
  }

  /**
   * @throws TooLongException if it would be longer than it may be
   */
  @Override
  public void write(char[] chars, int from, int length) {
    if ((long) text.length() + length > most) {
      throw new TooLongException("it would have more than " + most + " characters");
    }
    text.append(chars, from, length);
  }

  @Override
  public void flush() {}

  @Override
  public void close() {}

  @Override
  public String toString() {
    return text.toString();
  }
}
