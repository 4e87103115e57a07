package io.sluice.prepare;

/** A prompt that cannot be rendered from a document. The message says which field is wrong. */
public final class PromptException extends Exception {
  private static final long serialVersionUID = 1L;

  public PromptException(String message) {
    super(message);
  }
}
