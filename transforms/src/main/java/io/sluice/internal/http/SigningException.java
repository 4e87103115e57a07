package io.sluice.internal.http;

import java.io.IOException;

/** A request that could not be signed, and so was not sent. */
public final class SigningException extends IOException {
  private static final long serialVersionUID = 1;

  private final boolean passing;

  /**
   * @param message what is missing and what to do, without a secret
   * @param passing whether it may pass by itself
   */
  public SigningException(String message, boolean passing) {
    super(message);
    this.passing = passing;
  }

  boolean isPassing() {
    return passing;
  }
}
