package io.sluice.internal.engine.batch;

import io.sluice.Usage;
import io.sluice.internal.batches.Unanswered;
import io.sluice.internal.engine.EngineClock;
import io.sluice.internal.engine.Job;
import io.sluice.internal.engine.Journal;
import io.sluice.internal.engine.Next;
import io.sluice.internal.engine.Outcome;
import io.sluice.internal.engine.Replies;
import io.sluice.internal.engine.RetryPolicy.Tries;
import io.sluice.internal.engine.Spending;
import io.sluice.internal.engine.batch.running.RunningBatch;
import io.sluice.internal.engine.input.ReplyChecks;
import io.sluice.internal.judge.AnswerJudge;
import io.sluice.spi.Reply;
import java.math.BigDecimal;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of a request of a batch: judged, settled and written to the ledger, then handed on
 * for the rows that wait for it. Thread-safe.
 */
final class BatchOutcomes {
  private final BatchLanes lanes;
  private final BatchRequests requests;
  private final Job job;
  private final Journal journal;
  private final Spending spending;
  private final EngineClock clock;
  private final ReplyChecks checks;

  BatchOutcomes(Job job, BatchLanes lanes, BatchRequests requests, EngineClock clock) {
    this.lanes = lanes;
    this.requests = requests;
    this.job = job;
    this.journal = job.journal();
    this.spending = job.spending();
    this.clock = clock;
    this.checks = ReplyChecks.of(job);
  }

  /** A request's outcome that is judged, and neither in the ledger nor told to anybody. */
  record Judged(
      BatchLane lane,
      RunningBatch batch,
      RunningBatch.Line line,
      Journal.InBatch place,
      Outcome outcome,
      Next next) {
    /** Whether it was refused, costs nothing, and would be refused again. */
    boolean isRefusal() {
      return outcome instanceof Outcome.NoAnswer noAnswer
          && noAnswer.failed().billing() == Reply.Billing.NOT_BILLED
          && next instanceof Next.Refuse;
    }

    /** Whether the model was asked, and answered something. */
    boolean passes() {
      return outcome.answered() != null
          || outcome.failed().billing() == Reply.Billing.BILLED
          || outcome.mayBePaidFor();
    }
  }

  /**
   * A request's outcome.
   *
   * @param lastTry whether a failure that may pass is not to be tried again in this run
   */
  void end(
      BatchLane lane, RunningBatch batch, RunningBatch.Line line, Reply reply, boolean lastTry) {
    land(judge(lane, batch, line, reply, lastTry));
  }

  /** As above, without telling anybody; what was paid for is in the ledger if this throws. */
  Judged judge(
      BatchLane lane, RunningBatch batch, RunningBatch.Line line, Reply reply, boolean lastTry) {
    Tries tries = requests.tries(line, lastTry);
    long latencyMs = Math.max(0, (clock.epochNanos() - batch.createdAt) / 1_000_000);
    Journal.InBatch place =
        new Journal.InBatch(
            lane.account, batch.intent.id(), line.fingerprint, tries.attempts() + 1, latencyMs);
    Reply bounded = Replies.named(Replies.bounded(Unanswered.named(reply)), journal.asked());
    try {
      Reply checked = checks.checked(bounded, line.hold.inputTokens(), true);
      Outcome outcome = judged(checked, requests.judges(line));
      Next next = requests.planned(line, job.retries().after(outcome, tries), outcome, tries);
      return new Judged(lane, batch, line, place, outcome, next);
    } catch (RuntimeException | Error e) {
      // It is paid for: the next run judges it anew.
      if (bounded instanceof Reply.Answered paid) {
        keep(place, line.hold, paid, Next.ANSWERED);
      }
      throw e;
    }
  }

  /** Writes an outcome to the ledger, and hands it on. */
  void land(Judged judged) {
    BatchLane lane = judged.lane();
    RunningBatch.Line line = judged.line();
    Outcome outcome = judged.outcome();
    BigDecimal cost = keep(judged.place(), line.hold, outcome, judged.next());
    Reply.Answered answered = outcome.answered();
    Usage usage = answered == null ? outcome.failed().usage() : answered.usage();
    lanes.heard(lane, judged.batch(), line, usage);
    if (outcome instanceof Outcome.Fits fits) {
      requests.arrive(lane, line, fits, cost, judged.place().latencyMs());
    } else {
      requests.fail(lane, line, outcome, judged.next());
    }
  }

  /** By the rules of its step; where nobody waits for it, by those that it fits. */
  private static Outcome judged(Reply reply, List<AnswerJudge> judges) {
    Outcome outcome = Outcome.of(reply, judges.get(0));
    for (int i = 1; i < judges.size() && outcome instanceof Outcome.Misfit; i++) {
      Outcome other = Outcome.of(reply, judges.get(i));
      outcome = other instanceof Outcome.Fits ? other : outcome;
    }
    return outcome;
  }

  private @Nullable BigDecimal keep(
      Journal.InBatch place, Spending.Hold hold, Outcome outcome, Next next) {
    Reply.Answered answered = outcome.answered();
    if (answered == null) {
      BigDecimal cost = settle(hold, outcome.failed());
      journal.failed(place, outcome.failed(), cost, next);
      return cost;
    }
    return keep(place, hold, answered, next);
  }

  private @Nullable BigDecimal keep(
      Journal.InBatch place, Spending.Hold hold, Reply.Answered answered, Next next) {
    BigDecimal cost = spending.settle(hold, answered.usage());
    journal.answered(place, answered, cost, spending.savedByBatch(answered.usage()), next);
    return cost;
  }

  /**
   * A batch bills what the model said, usable or not, and nothing else: nothing stays unknown. What
   * came back without an error is taken for something that the model said.
   */
  private @Nullable BigDecimal settle(Spending.Hold hold, Reply.Failed failed) {
    if (failed.billing() == Reply.Billing.BILLED || Unanswered.isPaidFor(failed)) {
      return spending.settle(hold, failed.usage());
    }
    spending.release(hold);
    return null;
  }
}
