package io.sluice.internal.engine.batch.running;

import io.sluice.internal.batches.ResultCounts;
import io.sluice.internal.batches.Unanswered;
import io.sluice.spi.BatchStatus;
import io.sluice.spi.BatchStatus.State;
import io.sluice.spi.Reply;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Requests of a batch that has ended of which its results say nothing. */
public final class Unshown {
  private static final Logger LOG = LoggerFactory.getLogger(Unshown.class);

  private Unshown() {}

  /**
   * Whether a batch has more results than it shows, as far as anything tells.
   *
   * @param found what the results held; null where they are not there
   * @param shown how many of its requests have one
   */
  public static boolean isLacking(BatchStatus status, @Nullable ResultCounts found, long shown) {
    return found == null
        || saysNothing(status)
        || shown + found.unreadable() < status.counts().finished();
  }

  /** A success that counts nothing and has nothing to read: that is no success of nothing. */
  private static boolean saysNothing(BatchStatus status) {
    return status.state() == State.COMPLETED
        && status.resultFiles().isEmpty()
        && status.counts().finished() == 0;
  }

  /**
   * How many of them were billed, as far as anything tells: those that are counted as answered
   * beyond the answers that are shown, or the lines that nobody can be told from; all where nothing
   * is counted or shown.
   *
   * @param found what the results held; null where they are not there
   * @param missing how many there are
   */
  public static long billed(
      RunningBatch batch, BatchStatus status, @Nullable ResultCounts found, int missing) {
    if (saysNothing(status)) {
      return missing;
    }
    long shown = batch.intent.requests() - missing;
    long counted =
        Math.min(status.counts().finished() - shown, status.counts().succeeded() - batch.paidFor);
    long nobodys = found == null ? 0 : found.requests() + found.unreadable() - shown;
    return Math.min(missing, Math.max(0, Math.max(counted, nobodys)));
  }

  /**
   * What becomes of them. Which of them were billed nobody says: the dearest are taken for it.
   *
   * @param billed how many were
   */
  public static Map<RunningBatch.Line, Reply.Failed> replies(
      RunningBatch batch, BatchStatus status, long billed) {
    List<RunningBatch.Line> open = batch.openLines();
    boolean isCounted =
        billed > 0 || batch.intent.requests() - open.size() < status.counts().finished();
    if (billed > 0 && !open.isEmpty()) {
      LOG.warn(
          "Batch {} has no line for {} of its requests, {} of which may have been billed: their"
              + " worst case counts as spent",
          batch.id,
          open.size(),
          Math.min(billed, open.size()));
      open.sort(
          Comparator.comparing(
              line -> line.hold.usd(), Comparator.nullsLast(Comparator.reverseOrder())));
    }
    Map<RunningBatch.Line, Reply.Failed> replies = new LinkedHashMap<>();
    for (RunningBatch.Line line : open) {
      replies.put(line, Unanswered.of(status, isCounted, replies.size() < billed));
    }
    return replies;
  }
}
