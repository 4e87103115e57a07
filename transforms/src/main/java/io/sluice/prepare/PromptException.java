package io.sluice.prepare;

/** A document from which the task's prompt could not be made. Nothing was sent. */
public final class PromptException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * @param message what was attempted, what was expected; quotes names of fields, never contents
   */
  PromptException(String message) {
    super(message);
  }

  PromptException(String message, Throwable cause) {
    super(message, cause);
  }
}
