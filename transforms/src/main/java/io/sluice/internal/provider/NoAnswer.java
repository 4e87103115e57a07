package io.sluice.internal.provider;

import io.sluice.ErrorKind;
import io.sluice.Usage;
import io.sluice.spi.RateHeaders;
import io.sluice.spi.Reply;
import io.sluice.spi.Reply.Billing;
import io.sluice.spi.Reply.Scope;
import org.jspecify.annotations.Nullable;

/** The ways in which a 200 is no answer. */
final class NoAnswer {
  private NoAnswer() {}

  /** The server broke: the same request may succeed. */
  static Reply.Failed unreadable(String message, @Nullable Usage usage, RateHeaders rates) {
    return new Reply.Failed(
        ErrorKind.SERVER_ERROR,
        Scope.ROW,
        true,
        message,
        200,
        null,
        null,
        usage == null ? Billing.UNKNOWN : Billing.BILLED,
        usage,
        null,
        rates);
  }

  /** The model said nothing: asked again, it may. */
  static Reply.Failed empty(@Nullable Usage usage, RateHeaders rates) {
    return new Reply.Failed(
        ErrorKind.INVALID_OUTPUT,
        Scope.ROW,
        true,
        "The model's answer is empty",
        200,
        null,
        null,
        Billing.BILLED,
        usage,
        null,
        rates);
  }

  /**
   * The model said something that is no use, and would again.
   *
   * @param raw what it said
   */
  static Reply.Failed unusable(
      ErrorKind kind, String message, @Nullable Usage usage, String raw, RateHeaders rates) {
    return new Reply.Failed(
        kind, Scope.ROW, false, message, 200, null, null, Billing.BILLED, usage, raw, rates);
  }
}
