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
   * @param isCounted whether the provider counts more than it shows, so that this may have been
   *     paid for
   * @param isBilled whether it is taken for one of those that were
   */
  public static Reply.Failed of(BatchStatus status, boolean isCounted, boolean isBilled) {
    boolean over = status.state() == State.EXPIRED || status.state() == State.CANCELLED;
    return failure(
        over ? ErrorKind.EXPIRED : ErrorKind.SERVER_ERROR,
        true,
        over
            ? "Batch " + status.id() + " ended before this request was answered"
            : "The results of batch "
                + status.id()
                + " have no line for this request"
                + (isBilled ? ", which may have been billed: its worst case counts as spent" : ""),
        over || !isCounted ? null : NoAnswer.PAID_FOR_NOTHING,
        isBilled ? Reply.Billing.BILLED : Reply.Billing.NOT_BILLED);
  }

  /** The provider's check refused the batch for it. */
  public static Reply.Failed of(BatchProblem problem) {
    return failure(
        ErrorKind.BAD_REQUEST, false, problem.message(), problem.code(), Reply.Billing.NOT_BILLED);
  }

  /** Whether it came back without an error, and says nothing that can be read. */
  public static boolean isPaidFor(Reply.Failed failed) {
    return failed.billing() == Reply.Billing.UNKNOWN
        && Integer.valueOf(200).equals(failed.status());
  }

  /** A reply; one that is paid for and has no answer says so, and is asked for once more. */
  public static Reply named(Reply reply) {
    return reply instanceof Reply.Failed failed && failed.code() == null && isPaidFor(failed)
        ? new Reply.Failed(
            failed.kind(),
            failed.scope(),
            failed.retryable(),
            failed.message(),
            failed.status(),
            NoAnswer.PAID_FOR_NOTHING,
            failed.retryAfter(),
            failed.billing(),
            failed.usage(),
            failed.raw(),
            failed.headers())
        : reply;
  }

  private static Reply.Failed failure(
      ErrorKind kind,
      boolean retryable,
      String message,
      @Nullable String code,
      Reply.Billing billing) {
    return new Reply.Failed(
        kind,
        Reply.Scope.ROW,
        retryable,
        message,
        null,
        code,
        null,
        billing,
        null,
        null,
        RateHeaders.NONE);
  }
}
