package io.sluice.spi;

import org.jspecify.annotations.Nullable;

/**
 * Counts the tokens of a model's input before anything is sent. The server's own count, once known,
 * wins over this one. Thread-safe.
 */
public interface TokenCounter {
  /** Whether the model's own encoding is known; otherwise every count is an estimate. */
  boolean exact();

  /** Tokens of a text; what looks like a special token is text like any other. */
  long count(String text);

  /** Tokens of a chat request of one user message and perhaps a system message. */
  long chatTokens(@Nullable String system, String user);

  /**
   * As much of a text's beginning as has no more than so many tokens.
   *
   * @param most 1 or more
   */
  String cut(String text, long most);
}
