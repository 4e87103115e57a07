package io.sluice.spi;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * An API key, or what gives tokens that stand for one a while. Never printed and never serialized.
 * Thread-safe.
 */
public final class ApiKey {
  /** A value, and how it is found in a text. */
  private record Held(String value, KeyScrub scrub) {
    static Held of(String value) {
      if (value.isEmpty()) {
        throw new IllegalArgumentException("An API key has at least one character");
      }
      return new Held(value, new KeyScrub(value));
    }
  }

  private final @Nullable Supplier<String> tokens;
  private volatile @Nullable Held held;

  /** Of calls that were sent with it some may still be answered. */
  private volatile @Nullable Held before;

  private ApiKey(@Nullable Supplier<String> tokens, @Nullable Held held) {
    this.tokens = tokens;
    this.held = held;
  }

  /**
   * @param value not empty
   */
  public static ApiKey of(String value) {
    return new ApiKey(null, Held.of(value));
  }

  /**
   * Tokens that run out and are replaced.
   *
   * @param tokens gives the one that holds now, at once unless it has to be had anew; throws {@link
   *     java.io.UncheckedIOException} where it may be had later, and {@link IllegalStateException}
   *     where it will not. Thread-safe
   */
  public static ApiKey ofTokens(Supplier<String> tokens) {
    return new ApiKey(tokens, null);
  }

  /**
   * The key itself, to sign a request with and nothing else.
   *
   * @throws java.io.UncheckedIOException where a token cannot be had now
   * @throws IllegalStateException where none will be had
   */
  public String reveal() {
    String value = tokens == null ? null : tokens.get();
    Held now = held;
    if (value != null && (now == null || !now.value().equals(value))) {
      before = now;
      now = Held.of(value);
      held = now;
    }
    return now == null ? "" : now.value();
  }

  /**
   * A server's text without the key, which some echo: as it is, escaped, within base64, or cut at
   * an end; in time linear to the text.
   */
  public String scrub(String text) {
    return scrub(before, scrub(held, text));
  }

  private static String scrub(@Nullable Held held, String text) {
    return held == null ? text : held.scrub().scrub(text);
  }

  /**
   * Whether it is long enough to be one: real keys have 20 characters and more, "EMPTY" and
   * "ollama" are what servers without keys are told. Such a word may be in any answer, and is left
   * there.
   */
  public boolean isSecret() {
    Held now = held;
    return now != null && now.value().length() >= KeyScrub.LEAST_SECRET;
  }

  @Override
  public String toString() {
    return "ApiKey(***)";
  }
}
