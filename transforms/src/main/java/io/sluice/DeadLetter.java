package io.sluice;

import java.io.Serializable;
import org.apache.beam.sdk.coders.DefaultCoder;
import org.jspecify.annotations.Nullable;

/**
 * A document that got no usable answer, with the reason.
 *
 * @param message what was attempted, what was expected, what to do; never contains a key
 * @param status the HTTP status, null where there was none
 * @param code the provider's error code, null where there was none
 * @param retryable whether asking again may succeed
 * @param attempts requests sent for this row, counted as those of an answer; 0 where nothing was
 *     sent
 * @param answer what the model said, if anything, cut to {@link #MAX_ANSWER_CHARS}
 * @param step the step of the task that failed; null where the task has none
 * @param answersJson of a task with steps the answers that the document has, a JSON object by step;
 *     of a document that was asked in parts a JSON array, null for parts without one; else null
 */
@DefaultCoder(DeadLetterCoder.class)
public record DeadLetter(
    Document document,
    ErrorKind kind,
    String message,
    @Nullable Integer status,
    @Nullable String code,
    boolean retryable,
    int attempts,
    @Nullable String answer,
    @Nullable String step,
    @Nullable String answersJson)
    implements Serializable {
  public static final int MAX_ANSWER_CHARS = 4_000;

  /** Of a task of one question. */
  public DeadLetter(
      Document document,
      ErrorKind kind,
      String message,
      @Nullable Integer status,
      @Nullable String code,
      boolean retryable,
      int attempts,
      @Nullable String answer) {
    this(document, kind, message, status, code, retryable, attempts, answer, null, null);
  }

  /** A dead letter for a document for which nothing was sent and nothing would help. */
  public static DeadLetter unsent(Document document, ErrorKind kind, String message) {
    return new DeadLetter(document, kind, message, null, null, kind.isStillToDo(), 0, null);
  }
}
