package io.sluice.pipeline.estimate.statistics;

import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * The mean of a quantity over a population, from a sample drawn without replacement, with an
 * interval that holds it 95% of the time, also where lengths vary a hundredfold.
 *
 * <p>A second quantity, known of everyone (tokens of the prompt), is used by regression: {@code
 * mean of y + slope * (population mean of x - sample mean of x)}. Whatever the slope, that is right
 * on average; where answers grow with prompts it is much narrower. The variance is that of
 * residuals weighted for the regression and divided by one minus their leverage, as a jackknife
 * would have it.
 *
 * <p>The mean itself is drawn from there towards a {@link LengthModel}, as far as the sample lets
 * it and never out of the interval; the interval stays that of the regression, which needs no
 * model.
 *
 * <p>Sums of skewed lengths are not normal at a sample of a hundred, so the ends come from the
 * bootstrap of the studentized mean (bootstrap-t): resampled from the sample, each resample with a
 * variance of its own, its quantiles take the place of Student's. Simulated on populations with log
 * normal lengths it covers 1 to 3 points too little for samples of 50 to 200; so quantiles for 97%
 * are taken, which cover 94 to 98%. The correction for a finite population narrows it to nothing as
 * the sample becomes everyone.
 *
 * <p>If more than half of the sample is one and the same value, nothing can be learnt from it about
 * the rare others: then the interval allows for three more of them (the rule of three), each as
 * large as the largest seen.
 *
 * @param mean estimated
 * @param low the interval's lower end
 * @param high the interval's upper end
 */
public record MeanInterval(double mean, double low, double high) {
  private static final int RESAMPLES = 1_999;
  private static final double TAIL = 0.015;
  private static final double MAX_LEVERAGE = 0.9;

  private record Fit(double mean, double error) {}

  /**
   * @param known of each of the sample, the quantity that is known of everyone
   * @param measured of each of the sample, in the same order; at least 2
   * @param populationKnown the known quantity's mean over the population
   * @param population how many there are, at least as many as the sample
   */
  public static MeanInterval of(
      double[] known,
      double[] measured,
      double populationKnown,
      long population,
      RandomGenerator random) {
    int n = measured.length;
    double finite = Math.sqrt(Math.max(0, 1 - (double) n / population));
    Fit fit = fit(known, measured, populationKnown);
    double sampleKnown = Arrays.stream(known).average().orElse(0);
    double sampleMean = Arrays.stream(measured).average().orElse(0);
    double largest = Arrays.stream(measured).map(Math::abs).max().orElse(0);
    double[] studentized = new double[RESAMPLES];
    double[] x = new double[n];
    double[] y = new double[n];
    int usable = 0;
    for (int i = 0; i < RESAMPLES; i++) {
      for (int k = 0; k < n; k++) {
        int drawn = random.nextInt(n);
        x[k] = known[drawn];
        y[k] = measured[drawn];
      }
      Fit again = fit(x, y, sampleKnown);
      if (again.error() > 1e-9 * largest) {
        studentized[usable++] = (again.mean() - sampleMean) / again.error();
      }
    }
    double low = fit.mean();
    double high = fit.mean();
    if (usable > RESAMPLES / 2) {
      Arrays.sort(studentized, 0, usable);
      low -= studentized[(int) ((1 - TAIL) * (usable - 1))] * fit.error() * finite;
      high -= studentized[(int) Math.ceil(TAIL * (usable - 1))] * fit.error() * finite;
    }
    if (isMostlyOneValue(measured)) {
      double three = 3.0 / n * largest * finite;
      low = Math.min(low, fit.mean() - three);
      high = Math.max(high, fit.mean() + three);
    }
    double drawn = LengthModel.mean(known, measured, populationKnown) - fit.mean();
    double mean = fit.mean() + drawn * (1 - (double) n / population);
    return new MeanInterval(Math.max(low, Math.min(high, mean)), low, high);
  }

  /** The same of a quantity of which nothing else is known. */
  public static MeanInterval of(double[] measured, long population, RandomGenerator random) {
    return of(new double[measured.length], measured, 0, population, random);
  }

  private static Fit fit(double[] x, double[] y, double populationX) {
    int n = y.length;
    double meanX = 0;
    double meanY = 0;
    for (int i = 0; i < n; i++) {
      meanX += x[i] / n;
      meanY += y[i] / n;
    }
    double xx = 0;
    double xy = 0;
    for (int i = 0; i < n; i++) {
      xx += (x[i] - meanX) * (x[i] - meanX);
      xy += (x[i] - meanX) * (y[i] - meanY);
    }
    boolean varies = xx > 1e-9 * n * Math.max(1, meanX * meanX);
    double slope = varies ? xy / xx : 0;
    double shift = populationX - meanX;
    double sum = 0;
    for (int i = 0; i < n; i++) {
      double dx = x[i] - meanX;
      double leverage = 1.0 / n + (varies ? dx * dx / xx : 0);
      double weight = 1 + (varies ? n * shift * dx / xx : 0);
      double error = weight * (y[i] - meanY - slope * dx) / (1 - Math.min(MAX_LEVERAGE, leverage));
      sum += error * error;
    }
    return new Fit(meanY + slope * (varies ? shift : 0), Math.sqrt(sum) / n);
  }

  private static boolean isMostlyOneValue(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    double middle = sorted[sorted.length / 2];
    return Arrays.stream(sorted).filter(value -> value == middle).count() * 2 > sorted.length;
  }

  /** The mean, times a factor above 0, plus what is the same for everyone. */
  public MeanInterval scaled(double factor, double plus) {
    return new MeanInterval(factor * mean + plus, factor * low + plus, factor * high + plus);
  }

  /** The same, no lower than what is known for certain. */
  public MeanInterval atLeast(double least) {
    return new MeanInterval(Math.max(least, mean), Math.max(least, low), Math.max(least, high));
  }
}
