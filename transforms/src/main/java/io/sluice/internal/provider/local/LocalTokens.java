package io.sluice.internal.provider.local;

import io.sluice.spi.TokenCounter;
import org.jspecify.annotations.Nullable;

/** Guesses tokens by length alone: nothing is reserved or paid in this process. */
enum LocalTokens implements TokenCounter {
  COUNTER;

  /** English prose has about one token to four letters. */
  private static final int CHARS_PER_TOKEN = 4;

  @Override
  public boolean exact() {
    return false;
  }

  @Override
  public long count(String text) {
    return text.isEmpty() ? 0 : 1 + text.length() / CHARS_PER_TOKEN;
  }

  @Override
  public long chatTokens(@Nullable String system, String user) {
    return count(user) + (system == null ? 0 : count(system));
  }

  @Override
  public String cut(String text, long most) {
    long chars = Math.min(text.length(), most * CHARS_PER_TOKEN - 1);
    boolean halves =
        chars > 0 && chars < text.length() && Character.isLowSurrogate(text.charAt((int) chars));
    return text.substring(0, (int) (halves ? chars - 1 : chars));
  }
}
