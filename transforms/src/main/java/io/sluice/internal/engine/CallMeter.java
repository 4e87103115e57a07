package io.sluice.internal.engine;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.sluice.Usage;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Adds up calls until a callback of the runner takes the sums: Beam's metrics cannot be counted on
 * the threads that call. Thread-safe.
 */
public final class CallMeter {
  private static final int MICRO_DIGITS = 6;

  /**
   * What was added since the last time.
   *
   * @param failures calls without an answer, by whose failure it was
   * @param costMicroUsd whole millionths of a dollar; the rest is kept for the next time
   */
  public record Sums(
      long sent,
      long rateLimited,
      long inputTokens,
      long cachedInputTokens,
      long outputTokens,
      Map<String, Long> failures,
      long costMicroUsd) {}

  @GuardedBy("this")
  private long sent;

  @GuardedBy("this")
  private long rateLimited;

  @GuardedBy("this")
  private final Map<String, Long> failures = new HashMap<>();

  @GuardedBy("this")
  private Usage usage = Usage.NONE;

  @GuardedBy("this")
  private BigDecimal costUsd = BigDecimal.ZERO;

  public synchronized void sent() {
    sent++;
  }

  public synchronized void rateLimited() {
    rateLimited++;
  }

  /** Notes calls that brought no answer. */
  public synchronized void failures(Map<String, Long> added) {
    for (Map.Entry<String, Long> each : added.entrySet()) {
      failures.merge(each.getKey(), each.getValue(), Long::sum);
    }
  }

  /** Notes what a call took, in so far as that is known. */
  public synchronized void ended(@Nullable Usage taken, @Nullable BigDecimal cost) {
    usage = taken == null ? usage : usage.plus(taken);
    costUsd = cost == null ? costUsd : costUsd.add(cost);
  }

  public synchronized Sums take() {
    long micros = costUsd.movePointRight(MICRO_DIGITS).longValue();
    Sums sums =
        new Sums(
            sent,
            rateLimited,
            usage.inputTokens(),
            usage.cachedInputTokens(),
            usage.outputTokens(),
            Map.copyOf(failures),
            micros);
    failures.clear();
    sent = 0;
    rateLimited = 0;
    usage = Usage.NONE;
    costUsd = costUsd.subtract(BigDecimal.valueOf(micros, MICRO_DIGITS));
    return sums;
  }
}
