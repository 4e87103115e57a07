package io.sluice.internal.http;

import io.sluice.ErrorKind;
import io.sluice.spi.RateHeaders;
import io.sluice.spi.Reply;
import io.sluice.spi.Reply.Billing;
import io.sluice.spi.Reply.Scope;
import java.io.IOException;
import java.io.UncheckedIOException;

/** A request that was not sent, because there was nothing to sign it with. */
final class UnsignedException extends IOException {
  private static final long serialVersionUID = 1L;

  private final boolean passes;

  /**
   * @param cause {@link UncheckedIOException} where the same may succeed later
   */
  UnsignedException(RuntimeException cause) {
    super(cause.getMessage(), cause);
    this.passes = cause instanceof UncheckedIOException;
  }

  Reply.Failed failed(String asked) {
    return new Reply.Failed(
        passes ? ErrorKind.TRANSPORT : ErrorKind.ACCOUNT,
        passes ? Scope.ROW : Scope.ACCOUNT,
        passes,
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
