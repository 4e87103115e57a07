package io.sluice.internal.batches;

import io.sluice.ErrorKind;
import io.sluice.internal.http.NoAnswer;
import io.sluice.spi.BatchStatus;
import io.sluice.spi.BatchStatus.BatchProblem;
import io.sluice.spi.BatchStatus.State;
import io.sluice.spi.RateHeaders;
import io.sluice.spi.Reply;
import org.jspecify.annotations.Nullable;

/** What becomes of a batch's request that has no result. */
public final class Unanswered {
  private Unanswered() {}

  /**
   * The batch has ended without it.
   *
   * @param isCounted whether the provider counts it, so that it may have been paid for
   */
  public static Reply.Failed of(BatchStatus status, boolean isCounted) {
    boolean over = status.state() == State.EXPIRED || status.state() == State.CANCELLED;
    return failure(
        over ? ErrorKind.EXPIRED : ErrorKind.SERVER_ERROR,
        true,
        over
            ? "Batch " + status.id() + " ended before this request was answered"
            : "The results of batch " + status.id() + " have no line for this request",
        over || !isCounted ? null : NoAnswer.PAID_FOR_NOTHING);
  }

  /** The provider's check refused the batch for it. */
  public static Reply.Failed of(BatchProblem problem) {
    return failure(ErrorKind.BAD_REQUEST, false, problem.message(), problem.code());
  }

  private static Reply.Failed failure(
      ErrorKind kind, boolean retryable, String message, @Nullable String code) {
    return new Reply.Failed(
        kind,
        Reply.Scope.ROW,
        retryable,
        message,
        null,
        code,
        null,
        Reply.Billing.NOT_BILLED,
        null,
        null,
        RateHeaders.NONE);
  }
}
