package io.sluice.internal.engine.batch;

import io.sluice.ModelTask.Delivery;
import io.sluice.internal.batches.BatchClient;
import io.sluice.internal.batches.BatchException;
import io.sluice.internal.batches.ResultCounts;
import io.sluice.internal.batches.Unanswered;
import io.sluice.internal.engine.EngineClock;
import io.sluice.internal.engine.Job;
import io.sluice.internal.engine.Journal;
import io.sluice.internal.engine.batch.running.RunningBatch;
import io.sluice.internal.engine.batch.running.Unshown;
import io.sluice.internal.evidence.BatchRefusals;
import io.sluice.internal.ledger.BatchEvent;
import io.sluice.spi.BatchStatus;
import io.sluice.spi.BatchStatus.BatchProblem;
import io.sluice.spi.BatchStatus.State;
import io.sluice.spi.CustomIds;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Looks how far a batch is, and reads what it has brought once it has ended. Used by one thread a
 * lane at a time.
 */
final class BatchReading {
  private static final long SECOND = 1_000_000_000L;
  private static final long AHEAD = 10 * SECOND;

  /** Why a batch is closed whose requests were all refused for one reason. */
  private static final String REFUSED = "refused";

  /**
   * How long a batch's results may lag behind its end. What the provider says it has answered is
   * billed: asking it again at once would pay twice.
   */
  static final long LATE_RESULTS = 120 * SECOND;

  private final BatchLanes lanes;
  private final BatchRequests requests;
  private final BatchOutcomes outcomes;
  private final BatchClosing closing;
  private final Delivery delivery;
  private final Journal journal;
  private final EngineClock clock;

  BatchReading(
      Job job,
      BatchLanes lanes,
      BatchRequests requests,
      BatchOutcomes outcomes,
      BatchClosing closing,
      EngineClock clock) {
    this.lanes = lanes;
    this.requests = requests;
    this.outcomes = outcomes;
    this.closing = closing;
    this.delivery = job.task().delivery();
    this.journal = job.journal();
    this.clock = clock;
  }

  void look(BatchLane lane, BatchClient client, RunningBatch batch) throws InterruptedException {
    try {
      long asked = clock.epochNanos();
      BatchStatus status = client.poll(batch.intent, batch.id);
      // Cancelled before this run began: its requests are this run's to ask.
      batch.recalled |= batch.taken && isCancelled(status);
      batch.taken = false;
      note(lane, batch, status);
      if (status.state().isEnded()) {
        ended(lane, client, batch, status);
      } else {
        lanes.passes(lane, batch);
        lanes.seen(batch, asked);
        // Others wait for one that went ahead, and what it wrote is kept for minutes.
        long longest = delivery.poll().toNanos();
        longest = lanes.isAhead(batch) ? Math.min(longest, AHEAD) : longest;
        batch.pollNanos = Math.min(longest, Math.max(SECOND, batch.pollNanos * 3 / 2));
        batch.dueAt = clock.epochNanos() + Math.min(longest, batch.pollNanos);
        batch.tries = 0;
      }
    } catch (BatchException e) {
      closing.later(lane, batch, e, "Look at batch " + batch.id + ": ");
    }
  }

  private static boolean isCancelled(BatchStatus status) {
    return status.state() == State.CANCELLED || status.state() == State.CANCELLING;
  }

  private void note(BatchLane lane, RunningBatch batch, BatchStatus status) {
    String state = word(status.state());
    long done = status.counts().succeeded();
    long failed = status.counts().failed() + status.counts().expired();
    if (lanes.note(batch, state, done, failed)) {
      journal.batch(
          lane.account, batch.intent.id(), new BatchEvent.Seen(state, batch.id, done, failed));
    }
  }

  /** A state in the ledger. */
  static String word(State state) {
    return state.name().toLowerCase(Locale.ROOT);
  }

  private void ended(BatchLane lane, BatchClient client, RunningBatch batch, BatchStatus status)
      throws BatchException, InterruptedException {
    if (status.state() == State.FAILED) {
      refused(lane, batch, status);
      return;
    }
    // Whoever cancelled it does not want it asked again at once.
    boolean cancelled = status.state() == State.CANCELLED && !batch.recalled;
    BatchResults results = new BatchResults(outcomes, lane, batch, cancelled);
    ResultCounts found = read(lane, client, batch, status, results);
    List<RunningBatch.Line> open = results.missing();
    // By its own requests: a line of another's is none of theirs.
    long shown = batch.intent.requests() - open.size();
    long billed = Unshown.billed(batch, status, found, open.size());
    boolean lacking = Unshown.isLacking(status, found, shown);
    if (lacking && !open.isEmpty() && mayCome(lane, batch)) {
      batch.dueAt =
          closing.retryAt(
              batch,
              "Batch "
                  + batch.id
                  + " has ended, and results of "
                  + open.size()
                  + " requests are not there yet");
      return;
    }
    String why = results.stop();
    if (why == null) {
      results.release();
      if (results.isToBeReadAgain()) {
        read(lane, client, batch, status, results);
      }
      Unshown.replies(batch, status, billed)
          .forEach((line, reply) -> outcomes.end(lane, batch, line, reply, cancelled));
      closing.close(lane, batch, word(status.state()));
    } else {
      refusedAlike(lane, batch, why);
    }
    try {
      client.discardInput(batch.intent, status);
    } catch (BatchException e) {
      // The provider deletes it in time by itself.
      batch.tries++;
    }
  }

  /**
   * Takes what there is of a batch's results.
   *
   * @return null where the provider does not show them yet
   */
  private @Nullable ResultCounts read(
      BatchLane lane,
      BatchClient client,
      RunningBatch batch,
      BatchStatus status,
      BatchResults results)
      throws BatchException, InterruptedException {
    try {
      return client.results(
          batch.intent,
          status,
          result -> {
            RunningBatch.Line line = batch.lines.get(CustomIds.fingerprintOf(result.customId()));
            if (line != null) {
              results.take(line, result.reply());
            }
          });
    } catch (BatchException e) {
      if (e.problem() == BatchException.Problem.FATAL && mayCome(lane, batch)) {
        return null;
      }
      throw e;
    }
  }

  /** Whether results that the provider counts, and does not show, are to be waited for. */
  private boolean mayCome(BatchLane lane, RunningBatch batch) {
    long now = clock.epochNanos();
    if (batch.lackingSince == 0) {
      batch.lackingSince = now;
      batch.tries = 0;
    }
    return now - batch.lackingSince < LATE_RESULTS && !requests.tasks(lane).outOfTime();
  }

  /** Nobody's rows are judged by it: whoever waits for one of them, or comes for it, asks anew. */
  private void refusedAlike(BatchLane lane, RunningBatch batch, String why) {
    if (lanes.isWaitedFor(batch)) {
      closing.refuse(lane, batch, REFUSED, why);
    } else {
      // Of an earlier run, and perhaps for a task that was another: it says nothing of this one.
      lane.refusals = new BatchRefusals();
      closing.giveBack(lane, batch, REFUSED);
    }
  }

  /** Nothing of the batch ran: whose fault that was decides what becomes of its requests. */
  private void refused(BatchLane lane, RunningBatch batch, BatchStatus status) {
    if (status.isQueueFull()) {
      queueFull(lane, batch);
      return;
    }
    List<RunningBatch.Line> lines = batch.openLines();
    Map<RunningBatch.Line, BatchProblem> blamed = new LinkedHashMap<>();
    for (BatchProblem problem : status.problems()) {
      Long number = problem.line();
      if (number != null && number >= 1 && number <= lines.size()) {
        blamed.putIfAbsent(lines.get((int) (number - 1)), problem);
      }
    }
    if (blamed.isEmpty()) {
      String why =
          status.problems().isEmpty()
              ? "no reason given"
              : status.problems().get(0).code() + ": " + status.problems().get(0).message();
      closing.refuse(lane, batch, "failed", "The provider refused batch " + batch.id + ": " + why);
      return;
    }
    BatchResults results = new BatchResults(outcomes, lane, batch, true);
    blamed.forEach((line, problem) -> results.take(line, Unanswered.of(problem)));
    String why = results.stop();
    if (why != null) {
      refusedAlike(lane, batch, why);
      return;
    }
    // Closed first: a run that took it up with some lines ended would count the others wrongly.
    closing.close(lane, batch, "failed");
    results.release();
    // Those beyond what could wait.
    blamed.forEach((line, problem) -> results.take(line, Unanswered.of(problem)));
    closing.putBack(lane, batch);
  }

  private void queueFull(BatchLane lane, RunningBatch batch) {
    lanes.queueFull(
        lane, batch, clock.epochNanos() + Math.min(delivery.poll().toNanos(), 60 * SECOND));
    closing.giveBack(lane, batch, "queue full");
  }
}
