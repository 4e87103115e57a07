package io.sluice.internal.engine.batch;

import io.sluice.internal.engine.batch.BatchOutcomes.Judged;
import io.sluice.internal.engine.batch.running.RunningBatch;
import io.sluice.internal.evidence.BatchRefusals;
import io.sluice.spi.Reply;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A batch's results, as they are read, while nothing of its account has been answered in this run.
 * Refusals are put by: if all are of one kind, it is not the documents that are refused ({@link
 * BatchRefusals}), and nothing is written of them. The first answer lets go what was put by, and
 * from then on each result is handed on as it comes. Used by one thread a lane at a time.
 */
final class FirstResults {
  private final BatchOutcomes outcomes;
  private final BatchLane lane;
  private final RunningBatch batch;
  private final boolean lastTry;
  private final List<Judged> putBy = new ArrayList<>();

  /** Providers repeat lines. */
  private final Set<RunningBatch.Line> refused = new HashSet<>();

  private BatchRefusals refusals = new BatchRefusals();
  private boolean isLetGo;
  private boolean isIncomplete;

  /**
   * @param lastTry whether a failure that may pass is not to be tried again in this run
   */
  FirstResults(BatchOutcomes outcomes, BatchLane lane, RunningBatch batch, boolean lastTry) {
    this.outcomes = outcomes;
    this.lane = lane;
    this.batch = batch;
    this.lastTry = lastTry;
    this.isLetGo = lane.passes;
  }

  /** A request's result; one that has an outcome keeps it. */
  void take(RunningBatch.Line line, Reply reply) {
    if (line.ended || (!isLetGo && refused.contains(line))) {
      return;
    }
    Judged judged = outcomes.judge(lane, batch, line, reply, lastTry);
    if (!isLetGo && judged.isRefusal()) {
      refused.add(line);
      refusals.add(judged.outcome().failed());
      // A batch may have a hundred thousand: those beyond are read once more, if need be.
      if (putBy.size() < BatchRefusals.enough()) {
        putBy.add(judged);
      } else {
        isIncomplete = true;
      }
      return;
    }
    if (judged.passes()) {
      lane.passes = true;
      release();
    }
    outcomes.land(judged);
  }

  /**
   * All results are read.
   *
   * @return why the account stops; null where it does not
   */
  @Nullable String stop() {
    if (isLetGo) {
      return null;
    }
    // Batches may be small: those before it count as well.
    refusals.addAll(lane.refusals);
    lane.refusals = refusals;
    refusals = new BatchRefusals();
    return lane.refusals.stop();
  }

  /** It is the documents: what was put by is handed on. */
  void release() {
    isLetGo = true;
    putBy.forEach(outcomes::land);
    putBy.clear();
  }

  /** Whether not all results were kept that have been let go since. */
  boolean isToBeReadAgain() {
    return isLetGo && isIncomplete;
  }
}
