package io.sluice.internal.quota;

import java.util.EnumMap;
import java.util.Map;

/**
 * How well each way of counting explains what headers say is left. For every way it is told what
 * would have been charged between two requests, and compares the prediction with what the provider
 * said; errors fade. A provider that counts in windows refills nothing between two requests of one
 * window, so each way is tried with the refill and without, and the better of both counts. Not
 * thread-safe.
 */
final class CountingEvidence {
  private static final double FADING = 0.75;

  /** Another way must be better by so much. */
  private static final double CLEARLY = 0.5;

  private final Map<Counting, double[]> errors = new EnumMap<>(Counting.class);

  CountingEvidence() {
    for (Counting way : Counting.values()) {
      errors.put(way, new double[2]);
    }
  }

  /**
   * @param before what was left
   * @param refill of a bucket since
   * @param charged what each way would have charged since
   * @param most what was ever left
   * @param left what is left
   */
  void add(double before, double refill, Map<Counting, Double> charged, double most, double left) {
    charged.forEach(
        (way, amount) -> {
          double[] error = errors.getOrDefault(way, new double[2]);
          for (int i = 0; i < error.length; i++) {
            double predicted = Math.min(most, before + (i == 0 ? refill : 0) - amount);
            error[i] = FADING * error[i] + Math.abs(Math.max(0, predicted) - left);
          }
        });
  }

  /** The way in use, or one that explains what was seen clearly better. */
  Counting best(Counting inUse, boolean scarce) {
    Counting best = inUse;
    for (Counting way : Counting.values()) {
      // Taking reservations for kept wastes quota where they are not; it can wait until it matters.
      boolean allowed = way != Counting.RESERVED || scarce;
      if (allowed && error(way) < error(best) && error(way) < CLEARLY * error(inUse)) {
        best = way;
      }
    }
    return best;
  }

  void forget() {
    errors.values().forEach(error -> java.util.Arrays.fill(error, 0));
  }

  private double error(Counting way) {
    double[] error = errors.getOrDefault(way, new double[2]);
    return Math.min(error[0], error[1]);
  }
}
