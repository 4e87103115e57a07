package io.sluice.internal.engine.batch;

import io.sluice.internal.batches.BatchException;
import io.sluice.internal.engine.EngineClock;
import io.sluice.internal.engine.Job;
import io.sluice.internal.engine.Journal;
import io.sluice.internal.engine.Spending;
import io.sluice.internal.engine.batch.running.RunningBatch;
import io.sluice.internal.evidence.BatchPatience;
import io.sluice.internal.ledger.BatchEvent;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a batch leaves its lane, or waits for a better moment. Used by one thread a lane at a time.
 */
final class BatchClosing {
  private static final Logger LOG = LoggerFactory.getLogger(BatchClosing.class);
  private static final long SECOND = 1_000_000_000L;
  private static final long LONGEST_PAUSE = 300 * SECOND;

  private final BatchLanes lanes;
  private final BatchRequests requests;
  private final Journal journal;
  private final Spending spending;
  private final EngineClock clock;

  BatchClosing(Job job, BatchLanes lanes, BatchRequests requests, EngineClock clock) {
    this.lanes = lanes;
    this.requests = requests;
    this.journal = job.journal();
    this.spending = job.spending();
    this.clock = clock;
  }

  /** The batch does not exist: its requests may be asked again. */
  void giveBack(BatchLane lane, RunningBatch batch, String why) {
    close(lane, batch, why);
    putBack(lane, batch);
  }

  /** What has no outcome, of a batch that is closed, may be asked again. */
  void putBack(BatchLane lane, RunningBatch batch) {
    List<RunningBatch.Line> lines = batch.openLines();
    lines.forEach(line -> spending.release(line.hold));
    requests.putBack(lane, lines);
  }

  /** The account is not usable: the batch was refused, and its requests are still to do. */
  void refuse(BatchLane lane, RunningBatch batch, String how, String why) {
    close(lane, batch, how);
    List<RunningBatch.Line> lines = batch.openLines();
    lines.forEach(line -> spending.release(line.hold));
    requests.breakLane(lane, why, lines);
  }

  /** Everything that is to be known of it is in the ledger. */
  void close(BatchLane lane, RunningBatch batch, String why) {
    journal.batch(lane.account, batch.intent.id(), new BatchEvent.Closed(why, null));
    lanes.close(lane, batch);
  }

  /** The batch stays open in the ledger, for a run that can see it. */
  void leave(BatchLane lane, RunningBatch batch, String why) {
    lanes.leave(lane, batch);
    requests.leave(lane, why, batch.openLines());
  }

  /**
   * Tries again later what has failed, once more, or stops the account. A person hears why: the job
   * may wait for long with nothing else to show.
   *
   * @return whether it is tried again
   */
  boolean later(BatchLane lane, RunningBatch batch, BatchException e, String what) {
    String why = what + e.getMessage();
    long now = clock.epochNanos();
    batch.tries++;
    BatchPatience.Then then = lanes.failing(lane, batch, e, why, now);
    String stop = then.stop();
    if (stop == null) {
      batch.dueAt = then.dueAt();
      LOG.warn("{}; tried again in {} s", why, (then.dueAt() - now) / SECOND);
      return true;
    }
    if (batch.phase == RunningBatch.Phase.TO_SUBMIT) {
      refuse(lane, batch, "not created", stop);
    } else {
      leave(lane, batch, stop);
    }
    return false;
  }

  /** When what is not there yet is looked for again. */
  long retryAt(RunningBatch batch, String why) {
    long pause = Math.min(LONGEST_PAUSE, (2 * SECOND) << Math.min(++batch.tries, 10));
    LOG.warn("{}; tried again in {} s", why, pause / SECOND);
    return clock.epochNanos() + pause;
  }
}
