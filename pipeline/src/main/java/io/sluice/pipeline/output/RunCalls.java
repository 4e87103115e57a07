package io.sluice.pipeline.output;

import io.sluice.ErrorKind;
import io.sluice.ModelTask.KeyQuota;
import io.sluice.Usage;
import io.sluice.internal.ledger.LedgerBatches;
import io.sluice.internal.ledger.LedgerRecord;
import io.sluice.internal.ledger.LedgerRecord.Batch;
import io.sluice.internal.ledger.LedgerRecord.Beat;
import io.sluice.internal.ledger.LedgerRecord.Begun;
import io.sluice.internal.ledger.LedgerRecord.Ended;
import io.sluice.internal.quota.AccountKey;
import io.sluice.pipeline.cascade.CascadeLog;
import io.sluice.pipeline.costs.LimitUse;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One run's calls, added up from the ledger, whole or as it grows. Requests of batches are calls
 * that take nothing of the quota and have no latency worth the name. Not thread-safe.
 */
public final class RunCalls {
  private static final int MAX_MS = 600_000;

  /** One quota key's use of its limits. */
  static final class KeyUse {
    long calls;
    long tokens;
    long firstMillis = Long.MAX_VALUE;
    long lastMillis;
    long waitedMs;

    /**
     * The share of the tighter limit that was used between the first and the last call.
     *
     * @param burst for so long unused quota is saved up
     */
    double utilisation(KeyQuota quota, Duration burst) {
      double seconds = (lastMillis - firstMillis) / 1_000.0;
      if (seconds <= 0) {
        return 0;
      }
      return Math.round(
              10_000
                  * Math.max(
                      share(calls, seconds, quota.requestsPerMinute(), burst),
                      share(tokens, seconds, quota.tokensPerMinute(), burst)))
          / 10_000.0;
    }

    private static double share(long taken, double seconds, long limit, Duration burst) {
      return LimitUse.perMinute(taken, seconds, limit, burst.toMillis() / 1_000.0) / limit;
    }
  }

  private final String run;
  private final int[] latencies = new int[MAX_MS + 1];
  final SortedMap<String, KeyUse> byKey = new TreeMap<>();
  long sent;
  long succeeded;
  private long answeredInRealtime;
  long failed;
  long retried;
  long rateLimited;

  /** Calls without an answer, by whose failure it was. */
  private final SortedMap<String, Long> failures = new TreeMap<>();

  private boolean pricesKnown;
  BigDecimal spent = BigDecimal.ZERO;

  /** Of calls in real time, by model; that of the task's own has an empty name. */
  final SortedMap<String, Usage> usage = new TreeMap<>();

  /** Of requests in batches, likewise. */
  final SortedMap<String, Usage> batchUsage = new TreeMap<>();

  @Nullable String stopReason;

  /** Of all runs. */
  final CascadeLog cascade = new CascadeLog();

  /**
   * @param priced whether the model's price is known now; earlier calls may have had none
   */
  public RunCalls(String run, boolean priced) {
    this.run = run;
    this.pricesKnown = priced;
  }

  /** Whether a segment of the ledger was written by a run. */
  public static boolean isOf(String run, String segment) {
    return segment.startsWith(run + "-", segment.lastIndexOf('/') + 1);
  }

  /** Takes a record of any run. */
  public void add(String segment, LedgerRecord record) {
    if (isWithoutPrice(record)) {
      pricesKnown = false;
    }
    if (record instanceof LedgerRecord.Cascade of) {
      cascade.add(of);
    }
    if (!isOf(run, segment)) {
      return;
    }
    if (record instanceof Batch batch) {
      sent += LedgerBatches.createdRequests(batch);
    } else if (record instanceof Begun begun && begun.call().batch() == null) {
      int calls = begun.call().rides() ? 0 : 1;
      KeyUse use = use(begun.call().key());
      sent += calls;
      use.calls += calls;
      use.firstMillis = Math.min(use.firstMillis, begun.at());
      use.lastMillis = Math.max(use.lastMillis, begun.at());
    } else if (record instanceof Ended ended) {
      ended(ended);
    } else if (record instanceof Beat beat) {
      stopReason = beat.stopped() == null ? stopReason : beat.stopped();
      beat.failures().forEach((whose, count) -> failures.merge(whose, count, Long::sum));
      beat.waitedMs().forEach((key, millis) -> use(key).waitedMs += millis);
    }
  }

  /** A call that could cost nobody knows what, or an answer that has. */
  private static boolean isWithoutPrice(LedgerRecord record) {
    return record instanceof Begun begun
        ? begun.worstUsd() == null
        : record instanceof Ended ended && ended.isAnswer() && ended.entry().costUsd() == null;
  }

  private void ended(Ended ended) {
    boolean inBatch = ended.call().batch() != null;
    int calls = ended.call().rides() ? 0 : 1;
    String model = AccountKey.of(ended.call().key()).model();
    (inBatch ? batchUsage : usage).merge(model, ended.entry().usage(), Usage::plus);
    if (!inBatch) {
      use(ended.call().key()).tokens += ended.tokens();
    }
    spent = spent.add(ended.usd());
    switch (ended.entry().outcome()) {
      case ANSWER -> {
        succeeded += calls;
        if (!inBatch) {
          answeredInRealtime += calls;
          latencies[(int) Math.min(MAX_MS, ended.entry().latencyMs())] += calls;
        }
      }
      case RETRY -> {
        retried += calls;
        rateLimited += ended.entry().kind() == ErrorKind.RATE_LIMITED ? calls : 0;
      }
      case FAILURE -> failed += calls;
    }
  }

  private KeyUse use(String key) {
    return byKey.computeIfAbsent(key, name -> new KeyUse());
  }

  /** The object {@code calls} of {@code summary.json}. */
  public JobSummary.Calls calls() {
    return new JobSummary.Calls(sent, succeeded, rateLimited, retried, failed, failures);
  }

  /** What this run's calls cost; null where a price is not known. */
  public @Nullable BigDecimal spentUsd() {
    return pricesKnown ? spent : null;
  }

  /** Whether the price is known, and every call of every run had one. */
  public boolean pricesKnown() {
    return pricesKnown;
  }

  /** Why calling stopped; null where it did not. */
  public @Nullable String stopReason() {
    return stopReason;
  }

  /** A quantile of the latency of calls answered in real time, in milliseconds; 0 for none. */
  long latency(double quantile) {
    long rank = (long) Math.ceil(quantile * answeredInRealtime);
    long seen = 0;
    for (int ms = 0; ms <= MAX_MS; ms++) {
      seen += latencies[ms];
      if (seen >= rank && seen > 0) {
        return ms;
      }
    }
    return 0;
  }
}
