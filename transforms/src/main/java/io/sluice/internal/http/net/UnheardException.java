package io.sluice.internal.http.net;

import java.io.IOException;

/** A kept connection closed after a request was sent over it, before one byte of its answer. */
public final class UnheardException extends IOException {
  private static final long serialVersionUID = 1L;

  UnheardException(IOException cause) {
    super("the kept connection closed (" + cause.getMessage() + ")", cause);
  }
}
