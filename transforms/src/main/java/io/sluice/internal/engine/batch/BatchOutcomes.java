package io.sluice.internal.engine.batch;

import io.sluice.ModelTask;
import io.sluice.internal.engine.Endings;
import io.sluice.internal.engine.Journal;
import io.sluice.internal.engine.Spending;
import io.sluice.internal.judge.AnswerJudge;
import io.sluice.internal.judge.Verdict;
import io.sluice.spi.Reply;
import java.math.BigDecimal;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of a request of a batch: judged, settled and written to the ledger, then handed on
 * for the rows that wait for it. Thread-safe.
 */
final class BatchOutcomes {
  private final BatchRequests requests;
  private final ModelTask task;
  private final Journal journal;
  private final Spending spending;
  private final AnswerJudge judge;
  private final LongSupplier epochNanos;

  BatchOutcomes(
      BatchRequests requests,
      ModelTask task,
      Journal journal,
      Spending spending,
      AnswerJudge judge,
      LongSupplier epochNanos) {
    this.requests = requests;
    this.task = task;
    this.journal = journal;
    this.spending = spending;
    this.judge = judge;
    this.epochNanos = epochNanos;
  }

  /**
   * A request's outcome.
   *
   * @param lastTry whether a failure that may pass is not to be tried again in this run
   */
  void end(
      BatchLane lane, RunningBatch batch, RunningBatch.Line line, Reply reply, boolean lastTry) {
    int attempts = requests.attempts(line);
    boolean more = !lastTry && attempts < task.retry().maxAttempts();
    long latencyMs = Math.max(0, (epochNanos.getAsLong() - batch.createdAt) / 1_000_000);
    Journal.InBatch place =
        new Journal.InBatch(lane.account, batch.intent.id(), line.fingerprint, attempts, latencyMs);
    if (reply instanceof Reply.Answered answered) {
      answered(lane, line, place, answered, more);
    } else if (reply instanceof Reply.Failed failed) {
      boolean again = failed.scope() == Reply.Scope.ACCOUNT || (failed.retryable() && more);
      journal.failed(place, failed, settle(line.hold, failed), again);
      requests.fail(lane, line, failed, again);
    }
  }

  private void answered(
      BatchLane lane,
      RunningBatch.Line line,
      Journal.InBatch place,
      Reply.Answered answered,
      boolean more) {
    Verdict verdict = judge.judge(answered.raw());
    BigDecimal cost = spending.settle(line.hold, answered.usage());
    Journal.Use use =
        verdict instanceof Verdict.Fits
            ? Journal.Use.FITS
            : more ? Journal.Use.ASKED_AGAIN : Journal.Use.GIVEN_UP;
    journal.answered(place, answered, cost, spending.savedByBatch(answered.usage()), use);
    if (verdict instanceof Verdict.Fits fits) {
      requests.arrive(lane, line, answered, fits, cost, place.latencyMs());
    } else if (verdict instanceof Verdict.Unfit unfit) {
      requests.fail(lane, line, Endings.unfit(answered, unfit), more);
    }
  }

  /** A batch bills what the model said, usable or not, and nothing else: nothing stays unknown. */
  private @Nullable BigDecimal settle(Spending.Hold hold, Reply.Failed failed) {
    if (failed.billing() == Reply.Billing.BILLED) {
      return spending.settle(hold, failed.usage());
    }
    spending.release(hold);
    return null;
  }
}
