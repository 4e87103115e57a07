package io.sluice.internal.capacity;

import java.util.Arrays;

/**
 * How many were in flight when calls left that failed, and calls that passed. Where a server has
 * only so many places, those that fail left with more in flight; where it is chance or the rate,
 * with as many. Not thread-safe.
 */
final class Crowd {
  private static final int MOST = 96;
  private static final int TELLING = 4;
  private static final int FEW = 2;

  /** How likely a call that failed left with more in flight than one that passed. */
  private static final double APART = 0.85;

  /** Calls that pass with so much more in flight than others that fail. */
  private static final double BEYOND = 1.3;

  private static final double OFTEN = 0.15;

  private static final int ALIKE_TELLING = 6;
  private static final double ALIKE = 0.65;
  private static final double SPREAD = 0.15;

  private final int[] failed = new int[MOST];
  private final int[] passed = new int[MOST];
  private int failures;
  private int passes;

  void clear() {
    failures = 0;
    passes = 0;
  }

  void add(int inFlight, boolean fails) {
    if (fails && failures < MOST) {
      failed[failures++] = inFlight;
    } else if (!fails && passes < MOST) {
      passed[passes++] = inFlight;
    }
  }

  /** Whether those that fail left with more in flight. */
  boolean setsApart() {
    if (failures < TELLING || passes < FEW) {
      return false;
    }
    return higher() >= APART;
  }

  /** How likely one that fails left with more in flight than one that passes. */
  private double higher() {
    double higher = 0;
    for (int i = 0; i < failures; i++) {
      for (int j = 0; j < passes; j++) {
        higher += failed[i] > passed[j] ? 1 : failed[i] == passed[j] ? 0.5 : 0;
      }
    }
    return higher / failures / passes;
  }

  /**
   * Whether it is not how many: many pass with far more in flight than others that fail, or as many
   * were in flight with both although that differed from call to call.
   */
  boolean isNoMatter() {
    if (failures < TELLING || passes < TELLING) {
      return false;
    }
    if (failures >= ALIKE_TELLING && higher() < ALIKE && spreads()) {
      return true;
    }
    double most = BEYOND * sorted(failed, failures)[failures / 4] + 1;
    int beyond = 0;
    for (int i = 0; i < passes; i++) {
      beyond += passed[i] > most ? 1 : 0;
    }
    return beyond >= Math.max(TELLING, OFTEN * passes);
  }

  private boolean spreads() {
    int[] sorted = sorted(passed, passes);
    int middle = sorted[passes / 2];
    return sorted[passes * 9 / 10] - sorted[passes / 10] >= SPREAD * middle;
  }

  private static int[] sorted(int[] values, int size) {
    int[] sorted = Arrays.copyOf(values, size);
    Arrays.sort(sorted);
    return sorted;
  }
}
