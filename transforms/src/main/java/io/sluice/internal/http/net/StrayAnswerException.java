package io.sluice.internal.http.net;

import java.io.IOException;

/**
 * A connection cannot carry a request: what is or comes on it may be another's. Nothing is sent.
 */
public final class StrayAnswerException extends IOException {
  private static final long serialVersionUID = 1;

  StrayAnswerException(String message) {
    super(message);
  }
}
