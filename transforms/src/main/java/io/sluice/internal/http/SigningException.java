package io.sluice.internal.http;

import io.sluice.ErrorKind;
import io.sluice.spi.RateHeaders;
import io.sluice.spi.Reply;
import io.sluice.spi.Reply.Billing;
import io.sluice.spi.Reply.Scope;
import java.io.IOException;
import java.io.UncheckedIOException;

/** A request that was not sent, because there was nothing to sign it with. */
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

  /**
   * @param cause {@link UncheckedIOException} where it may pass by itself
   */
  SigningException(RuntimeException cause) {
    super(cause.getMessage(), cause);
    this.passing = cause instanceof UncheckedIOException;
  }

  Reply.Failed failed(String asked) {
    return new Reply.Failed(
        passing ? ErrorKind.TRANSPORT : ErrorKind.ACCOUNT,
        passing ? Scope.ROW : Scope.ACCOUNT,
        passing,
        asked + " was not sent: " + getMessage(),
        null,
        null,
        null,
        Billing.NOT_BILLED,
        null,
        null,
        RateHeaders.NONE);
  }
}
