package io.sluice.internal.stage;

import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/**
 * How far the engines of a JVM are.
 *
 * @param seen rows taken
 * @param answered rows with an answer, those from the ledger included
 * @param dead rows that became dead letters here
 * @param sent requests sent
 * @param inFlight requests without an outcome yet
 * @param batches at work
 * @param batchRequests in those
 * @param batchDone of those, with an outcome as far as the provider says
 * @param spentUsd what answers of this run cost; null where the price is unknown
 * @param situation what holds an account up; null where nothing does
 */
public record CallProgress(
    long seen,
    long answered,
    long dead,
    long sent,
    int inFlight,
    int batches,
    long batchRequests,
    long batchDone,
    @Nullable BigDecimal spentUsd,
    @Nullable String situation) {
  /** Of no engine. */
  public static final CallProgress NONE = new CallProgress(0, 0, 0, 0, 0, 0, 0, 0, BigDecimal.ZERO);

  /** Where nothing holds an account up, as far as is known. */
  public CallProgress(
      long seen,
      long answered,
      long dead,
      long sent,
      int inFlight,
      int batches,
      long batchRequests,
      long batchDone,
      @Nullable BigDecimal spentUsd) {
    this(seen, answered, dead, sent, inFlight, batches, batchRequests, batchDone, spentUsd, null);
  }

  CallProgress plus(CallProgress other) {
    return new CallProgress(
        seen + other.seen,
        answered + other.answered,
        dead + other.dead,
        sent + other.sent,
        inFlight + other.inFlight,
        batches + other.batches,
        batchRequests + other.batchRequests,
        batchDone + other.batchDone,
        spentUsd == null || other.spentUsd == null ? null : spentUsd.add(other.spentUsd),
        situation == null ? other.situation : situation);
  }
}
