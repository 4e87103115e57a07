package io.sluice.pipeline.output;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.ModelTask.KeyQuota;
import io.sluice.Usage;
import io.sluice.internal.ledger.LedgerBatches;
import io.sluice.internal.ledger.LedgerEntry;
import io.sluice.internal.ledger.LedgerScan;
import java.math.BigDecimal;
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

    /** The share of the tighter limit that was used between the first and the last call. */
    double utilisation(KeyQuota quota) {
      double minutes = (lastMillis - firstMillis) / 60_000.0;
      if (minutes <= 0) {
        return 0;
      }
      double share =
          Math.max(
              calls / minutes / quota.requestsPerMinute(),
              tokens / minutes / quota.tokensPerMinute());
      return Math.round(share * 10_000) / 10_000.0;
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
  boolean pricesKnown = true;
  BigDecimal spent = BigDecimal.ZERO;
  Usage usage = Usage.NONE;
  @Nullable String stopReason;

  public RunCalls(String run) {
    this.run = run;
  }

  /** Whether a segment of the ledger was written by a run. */
  public static boolean isOf(String run, String segment) {
    return segment.startsWith(run + "-", segment.lastIndexOf('/') + 1);
  }

  /** Takes a record of any run. */
  public void add(String segment, ObjectNode record) {
    String type = record.path("t").asText();
    String outcome = record.path("outcome").asText();
    if (outcome.equals("answer") && !record.has("usd")) {
      pricesKnown = false;
    }
    if (!isOf(run, segment)) {
      return;
    }
    boolean inBatch = LedgerBatches.batchOf(record) != null;
    int calls = LedgerScan.rides(record) ? 0 : 1;
    sent += LedgerBatches.createdRequests(record);
    if (type.equals("call") && !inBatch) {
      KeyUse use = use(record);
      sent += calls;
      use.calls += calls;
      use.firstMillis = Math.min(use.firstMillis, record.path("at").asLong());
      use.lastMillis = Math.max(use.lastMillis, record.path("at").asLong());
    } else if (type.equals("end")) {
      Usage taken = LedgerEntry.usage(record);
      usage = usage.plus(taken);
      if (!inBatch) {
        use(record).tokens += taken.inputTokens() + taken.outputTokens();
      }
      if (record.has("usd")) {
        spent = spent.add(new BigDecimal(record.path("usd").asText()));
      }
      switch (outcome) {
        case "answer" -> {
          succeeded += calls;
          if (!inBatch) {
            answeredInRealtime += calls;
            latencies[(int) Math.min(MAX_MS, record.path("ms").asLong())] += calls;
          }
        }
        case "retry" -> {
          retried += calls;
          if (record.path("kind").asText().equals("rate_limited")) {
            rateLimited += calls;
          }
        }
        default -> failed += calls;
      }
    } else if (type.equals("beat")) {
      if (record.has("stopped")) {
        stopReason = record.path("stopped").asText();
      }
      record
          .path("waitedMs")
          .fields()
          .forEachRemaining(
              field ->
                  byKey.computeIfAbsent(field.getKey(), key -> new KeyUse()).waitedMs +=
                      field.getValue().asLong());
    }
  }

  private KeyUse use(ObjectNode record) {
    return byKey.computeIfAbsent(record.path("key").asText(), key -> new KeyUse());
  }

  /** The object {@code calls} of {@code summary.json}. */
  public ObjectNode calls() {
    return JsonNodeFactory.instance
        .objectNode()
        .put("sent", sent)
        .put("succeeded", succeeded)
        .put("rateLimited", rateLimited)
        .put("retried", retried)
        .put("failed", failed);
  }

  /** What this run's calls cost; null where a price is not known. */
  public @Nullable BigDecimal spentUsd() {
    return pricesKnown ? spent : null;
  }

  /** Whether every answer of every run has a cost. */
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
