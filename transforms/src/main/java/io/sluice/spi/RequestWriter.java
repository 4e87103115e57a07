package io.sluice.spi;

import org.jspecify.annotations.Nullable;

/**
 * Writes a task's questions as its provider reads them. Equal questions are written as equal text,
 * on every machine and in every version: a ledger knows by it what is paid. Thread-safe.
 */
public interface RequestWriter {
  /**
   * Output tokens assumed where nothing limits an answer. The quota reserves as much before the
   * call and settles with what was used.
   */
  long ASSUMED_OUTPUT_TOKENS = 1024;

  /**
   * What is asked about one document.
   *
   * @param system null for none
   * @param user not blank
   */
  record Question(@Nullable String system, String user) {}

  /**
   * A question as it is sent.
   *
   * @param path after the base URL; part of the fingerprint
   * @param identity the body as the fingerprint has it: without what may change while answers stay
   *     good, such as the answer's schema, by which they are judged again
   * @param body as it is sent, a JSON object; never contains a key
   * @param inputTokens counted or estimated
   */
  record Written(String path, String identity, String body, long inputTokens) {}

  /**
   * @throws PromptException where the text is longer than the model takes
   */
  Written write(Question question);

  /** The output tokens that every request is expected to use at most; 0 for embeddings. */
  long maxOutputTokens();

  /** Whether the request itself says how long its answer may be. */
  boolean limitsOutput();
}
