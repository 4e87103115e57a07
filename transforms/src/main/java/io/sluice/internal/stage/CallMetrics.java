package io.sluice.internal.stage;

import io.sluice.Answer.ServedBy;
import io.sluice.internal.engine.CallMeter;
import io.sluice.internal.engine.Finished;
import io.sluice.internal.engine.Utilisation;
import java.io.Serializable;
import java.util.Locale;
import org.apache.beam.sdk.metrics.Counter;
import org.apache.beam.sdk.metrics.Gauge;
import org.apache.beam.sdk.metrics.Metrics;
import org.jspecify.annotations.Nullable;

/**
 * What the pages of Flink and Dataflow show of a job, in the namespace {@code sluice}: counters and
 * gauges of whole numbers, which every reporter knows. To be used in a runner's callback.
 * Thread-safe.
 */
final class CallMetrics implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final String NAMESPACE = "sluice";

  private final Counter answered = counter("documentsAnswered");
  private final Counter fromLedger = counter("servedFromLedger");
  private final Counter dead = counter("deadLetters");
  private final Counter sent = counter("callsSent");
  private final Counter rateLimited = counter("rateLimited");
  private final Counter inputTokens = counter("inputTokens");
  private final Counter cachedInputTokens = counter("cachedInputTokens");
  private final Counter outputTokens = counter("outputTokens");
  private final Counter costMicroUsd = counter("costMicroUsd");
  private final Counter latencySum = counter("latencyMsSum");
  private final Gauge latency = gauge("latencyMs");
  private final Gauge latencyP95 = gauge("latencyMsP95");
  private final Gauge latencyP99 = gauge("latencyMsP99");
  private final Gauge utilisation = gauge("utilisationPercent");
  private transient @Nullable RecentLatencies recent;

  private static Counter counter(String name) {
    return Metrics.counter(NAMESPACE, name);
  }

  private static Gauge gauge(String name) {
    return Metrics.gauge(NAMESPACE, name);
  }

  private synchronized RecentLatencies recent() {
    RecentLatencies made = recent;
    if (made == null) {
      made = new RecentLatencies();
      recent = made;
    }
    return made;
  }

  /** A row that leaves the stage. */
  void row(Finished row) {
    if (row instanceof Finished.Answered end) {
      answered.inc();
      if (end.answer().servedBy() == ServedBy.LEDGER) {
        fromLedger.inc();
      } else {
        latencySum.inc(end.answer().latencyMs());
        recent().add(end.answer().latencyMs());
      }
    } else {
      dead.inc();
    }
  }

  /** Documents that came again while they were on their way. */
  void repeated(long documents) {
    if (documents > 0) {
      counter("repeatedDocuments").inc(documents);
    }
  }

  /** The share of its accounts' limits that this worker uses ({@link Utilisation}). */
  void utilisation(long percent) {
    utilisation.set(percent);
  }

  /** Calls since the last time. */
  void calls(CallMeter.Sums sums) {
    sent.inc(sums.sent());
    rateLimited.inc(sums.rateLimited());
    // By whose they were: failuresOfCall, failuresOfRate, failuresOfOutage and so on.
    sums.failures()
        .forEach(
            (whose, count) ->
                counter(
                        "failuresOf"
                            + whose.substring(0, 1).toUpperCase(Locale.ROOT)
                            + whose.substring(1))
                    .inc(count));
    inputTokens.inc(sums.inputTokens());
    cachedInputTokens.inc(sums.cachedInputTokens());
    outputTokens.inc(sums.outputTokens());
    costMicroUsd.inc(sums.costMicroUsd());
    long[] latencies = recent().percentiles(50, 95, 99);
    latency.set(latencies[0]);
    latencyP95.set(latencies[1]);
    latencyP99.set(latencies[2]);
    // A page shows what was counted, if only to zero.
    latencySum.inc(0);
    answered.inc(0);
    fromLedger.inc(0);
    dead.inc(0);
  }
}
