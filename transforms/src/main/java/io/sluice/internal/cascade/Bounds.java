package io.sluice.internal.cascade;

import org.apache.commons.statistics.distribution.BinomialDistribution;
import org.apache.commons.statistics.distribution.HypergeometricDistribution;

/** Exact upper bounds from a sample that was drawn once. */
final class Bounds {
  private Bounds() {}

  /**
   * How many of some rows are wrong at most, by a sample drawn from them without putting back: the
   * largest number with which the sample would have had so few with a probability above {@code
   * delta}.
   *
   * @param wrong in the sample
   */
  static int ofDrawn(int rows, int sampled, int wrong, double delta) {
    int low = wrong;
    int high = rows - sampled + wrong;
    while (low < high) {
      int middle = low + (high - low + 1) / 2;
      boolean isPossible =
          HypergeometricDistribution.of(rows, middle, sampled).cumulativeProbability(wrong) > delta;
      low = isPossible ? middle : low;
      high = isPossible ? high : middle - 1;
    }
    return low;
  }

  /** The bound of Clopper and Pearson on a share, by a sample from rows without end. */
  static double ofShare(int sampled, int wrong, double delta) {
    double low = sampled == 0 ? 1 : (double) wrong / sampled;
    double high = 1;
    for (int i = 0; i < 40 && low < high; i++) {
      double middle = (low + high) / 2;
      if (BinomialDistribution.of(sampled, middle).cumulativeProbability(wrong) > delta) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return high;
  }

  /** Whether so many wrong ones are beyond chance where a share of them is allowed. */
  static boolean isMoreThan(double share, int sampled, int wrong, double doubt) {
    return wrong > 0
        && BinomialDistribution.of(sampled, Math.min(1, share)).survivalProbability(wrong - 1)
            < doubt;
  }
}
