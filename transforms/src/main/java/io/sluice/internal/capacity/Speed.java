package io.sluice.internal.capacity;

import java.util.Arrays;

/** How fast we send, over the last second. Pure arithmetic over given times. Not thread-safe. */
final class Speed {
  private static final long GRAIN_NANOS = 125_000_000L;
  private static final int GRAINS = 8;
  private static final double MINUTE = 60e9;
  private static final int TELLING = 10;

  private final double[] costs = new double[GRAINS];
  private final int[] calls = new int[GRAINS];
  private long grain = Long.MIN_VALUE;
  private long first = Long.MAX_VALUE;

  /**
   * @param cost the share of a minute's quota that a call takes
   */
  void add(double cost, long now) {
    advance(now);
    first = Math.min(first, now);
    costs[slot(grain)] += cost;
    calls[slot(grain)]++;
  }

  /** The share of the quota that was sent; at most 1, and 1 where too few calls tell. */
  double share(long now) {
    advance(now);
    double sum = 0;
    for (double cost : costs) {
      sum += cost;
    }
    return calls() < TELLING ? 1 : Math.min(1, sum * MINUTE / span(now));
  }

  double callsPerNano(long now) {
    advance(now);
    return calls() / span(now);
  }

  private int calls() {
    int sum = 0;
    for (int each : calls) {
      sum += each;
    }
    return sum;
  }

  private double span(long now) {
    long oldest = (grain - GRAINS + 1) * GRAIN_NANOS;
    return Math.max(GRAIN_NANOS, now - Math.max(oldest, Math.min(first, now)));
  }

  private void advance(long now) {
    long at = Math.floorDiv(now, GRAIN_NANOS);
    if (grain == Long.MIN_VALUE || at - grain >= GRAINS) {
      Arrays.fill(costs, 0);
      Arrays.fill(calls, 0);
      first = grain == Long.MIN_VALUE ? first : now;
      grain = at;
    }
    while (grain < at) {
      grain++;
      costs[slot(grain)] = 0;
      calls[slot(grain)] = 0;
    }
  }

  private static int slot(long grain) {
    return (int) Math.floorMod(grain, (long) GRAINS);
  }
}
