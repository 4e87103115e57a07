package io.sluice.internal.engine.batch;

import io.sluice.internal.engine.batch.BatchOutcomes.Judged;
import io.sluice.internal.engine.batch.running.RunningBatch;
import io.sluice.internal.evidence.BatchRefusals;
import io.sluice.spi.Reply;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A batch's results, as they are read. What was paid for is handed on as it comes. A failure that
 * cost nothing waits for the end of the results: where the same request was answered further down,
 * the answer is paid for; and where nothing of the account has been answered in this run and all
 * requests are refused for one reason, it is not the documents that are refused ({@link
 * BatchRefusals}), and nothing is written of them. Used by one thread a lane at a time.
 */
final class BatchResults {
  /** Failures that wait, in memory; a batch may have a hundred thousand. */
  private static final int MOST_FAILED = 10_000;

  private final BatchOutcomes outcomes;
  private final BatchLane lane;
  private final RunningBatch batch;
  private final boolean lastTry;
  private final Set<RunningBatch.Line> heard = new HashSet<>();
  private final Map<RunningBatch.Line, Reply> failed = new LinkedHashMap<>();
  private final List<Judged> putBy = new ArrayList<>();
  private boolean isLetGo;
  private boolean isIncomplete;

  /**
   * @param lastTry whether a failure that may pass is not to be tried again in this run
   */
  BatchResults(BatchOutcomes outcomes, BatchLane lane, RunningBatch batch, boolean lastTry) {
    this.outcomes = outcomes;
    this.lane = lane;
    this.batch = batch;
    this.lastTry = lastTry;
  }

  /** A request's result; one that has an outcome keeps it. */
  void take(RunningBatch.Line line, Reply reply) {
    if (line.ended) {
      return;
    }
    heard.add(line);
    if (isLetGo || !mayBeAnswered(reply)) {
      failed.remove(line);
      batch.paidFor += mayBeAnswered(reply) ? 0 : 1;
      Judged judged = judged(line, reply);
      lane.passes |= judged.passes();
      outcomes.land(judged);
    } else if (failed.size() < MOST_FAILED) {
      failed.putIfAbsent(line, reply);
    } else {
      isIncomplete |= !failed.containsKey(line);
    }
  }

  private static boolean mayBeAnswered(Reply reply) {
    return reply instanceof Reply.Failed failed && failed.billing() != Reply.Billing.BILLED;
  }

  private Judged judged(RunningBatch.Line line, Reply reply) {
    return outcomes.judge(lane, batch, line, reply, lastTry);
  }

  /** Requests without a result; a copy. */
  List<RunningBatch.Line> missing() {
    List<RunningBatch.Line> missing = batch.openLines();
    missing.removeAll(heard);
    return missing;
  }

  /**
   * All results are read.
   *
   * @return why the account stops; null where it does not
   */
  @Nullable String stop() {
    failed.forEach((line, reply) -> putBy.add(judged(line, reply)));
    failed.clear();
    if (lane.passes) {
      return null;
    }
    // Batches may be small: those before it count as well.
    for (Judged judged : putBy) {
      if (judged.isRefusal()) {
        lane.refusals.add(judged.line().asked(), judged.outcome().failed());
      } else if (judged.passes()) {
        lane.passes = true;
      }
    }
    return lane.passes ? null : lane.refusals.stop();
  }

  /** What waited is handed on, and what is read again is at once. */
  void release() {
    isLetGo = true;
    putBy.forEach(outcomes::land);
    putBy.clear();
  }

  /** Whether there were more failures than could wait. */
  boolean isToBeReadAgain() {
    return isIncomplete;
  }
}
