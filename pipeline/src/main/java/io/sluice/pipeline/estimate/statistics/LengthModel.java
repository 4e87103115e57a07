package io.sluice.pipeline.estimate.statistics;

/**
 * A mean by regression, drawn towards what a model of answers says where the sample does not speak
 * against the model.
 *
 * <p>Regression without weights is right on average whatever answers are like, but a few long
 * documents decide its slope, and where answers vary in proportion to their length those are the
 * ones it knows least about. The model is a line again, with residuals that grow as a power of the
 * length; which power, the likelihood of the sample says. It has half the error where it is right,
 * and is off where answers are no line. So it gets the more weight the less the two differ,
 * measured by what chance makes them differ (the positive part of James and Stein's rule).
 */
final class LengthModel {
  private static final double[] POWERS = {0.5, 1, 1.5, 2};

  private record Line(double mean, double[] influence, double logLikelihood) {}

  private LengthModel() {}

  /**
   * @param x what is known of everyone, of each of the sample
   * @param y measured, in the same order
   * @param populationX the known quantity's mean over the population
   * @return the mean of {@code y} over the population
   */
  static double mean(double[] x, double[] y, double populationX) {
    Line plain = line(x, y, 0, populationX);
    Line best = plain;
    for (double power : POWERS) {
      Line line = line(x, y, power, populationX);
      best = line.logLikelihood() > best.logLikelihood() ? line : best;
    }
    double variance = 0;
    for (int i = 0; i < x.length; i++) {
      double apart = plain.influence()[i] - best.influence()[i];
      variance += apart * apart;
    }
    double apart = plain.mean() - best.mean();
    double kept = apart == 0 ? 0 : Math.max(0, 1 - variance / (apart * apart));
    return best.mean() + kept * apart;
  }

  /** Least squares with residuals whose spread grows as the length to half a power. */
  private static Line line(double[] x, double[] y, double power, double populationX) {
    int n = x.length;
    double[] weight = new double[n];
    double weights = 0;
    double meanX = 0;
    double meanY = 0;
    double logWeights = 0;
    for (int i = 0; i < n; i++) {
      double log = -power * Math.log(1 + Math.max(0, x[i]));
      weight[i] = Math.exp(log);
      logWeights += log;
      weights += weight[i];
      meanX += weight[i] * x[i];
      meanY += weight[i] * y[i];
    }
    meanX /= weights;
    meanY /= weights;
    double xx = 0;
    double xy = 0;
    for (int i = 0; i < n; i++) {
      xx += weight[i] * (x[i] - meanX) * (x[i] - meanX);
      xy += weight[i] * (x[i] - meanX) * (y[i] - meanY);
    }
    boolean varies = xx > 1e-9 * weights * Math.max(1, meanX * meanX);
    double slope = varies ? xy / xx : 0;
    double shift = varies ? populationX - meanX : 0;
    double[] influence = new double[n];
    double residuals = 0;
    for (int i = 0; i < n; i++) {
      double error = y[i] - meanY - slope * (x[i] - meanX);
      double lever = varies ? shift * (x[i] - meanX) / xx : 0;
      influence[i] = weight[i] * (1 / weights + lever) * error;
      residuals += weight[i] * error * error;
    }
    double logLikelihood = logWeights / 2 - n / 2.0 * Math.log(residuals / n + Double.MIN_NORMAL);
    return new Line(meanY + slope * shift, influence, logLikelihood);
  }
}
