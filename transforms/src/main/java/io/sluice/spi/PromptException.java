package io.sluice.spi;

import io.sluice.ErrorKind;

/** A document from which the task's prompt could not be made. Nothing was sent. */
public final class PromptException extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private final ErrorKind kind;

  /**
   * @param message what was attempted, what was expected; quotes names of fields, never contents
   */
  public PromptException(String message) {
    this(ErrorKind.BAD_PROMPT, message);
  }

  public PromptException(ErrorKind kind, String message) {
    super(message);
    this.kind = kind;
  }

  public PromptException(String message, Throwable cause) {
    super(message, cause);
    this.kind = ErrorKind.BAD_PROMPT;
  }

  /** The kind of dead letter that the document becomes. */
  public ErrorKind kind() {
    return kind;
  }
}
