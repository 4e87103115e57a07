package io.sluice.internal.stage;

import java.util.Arrays;

/**
 * How long the last thousand calls took that brought answers. Whole numbers, as what reads a
 * runner's metrics knows nothing else: a distribution of Beam's is an object on Flink, which its
 * reporters show as 0. Thread-safe.
 */
final class RecentLatencies {
  private static final int MOST = 1_000;

  private final long[] millis = new long[MOST];
  private int next;
  private int size;

  synchronized void add(long latencyMs) {
    millis[next] = latencyMs;
    next = (next + 1) % MOST;
    size = Math.min(size + 1, MOST);
  }

  /**
   * Milliseconds within which these shares of the calls ended; zeros where there was none.
   *
   * @param percents 0 to 100
   */
  synchronized long[] percentiles(int... percents) {
    long[] sorted = Arrays.copyOf(millis, size);
    Arrays.sort(sorted);
    long[] found = new long[percents.length];
    for (int i = 0; i < percents.length && size > 0; i++) {
      found[i] = sorted[Math.max(0, (int) Math.ceil(size * percents[i] / 100.0) - 1)];
    }
    return found;
  }
}
