package io.sluice.pipeline.estimate.statistics;

/**
 * A share, with the interval of Wilson that holds it 95% of the time, also near 0 and 1.
 *
 * @param share of the sample, 0 to 1
 */
public record Share(double share, double low, double high) {
  private static final double Z = 1.96;

  /**
   * @param count how many of the sample, 0 to {@code of}
   * @param of the sample's size, at least 1
   */
  public static Share of(long count, long of) {
    double share = (double) count / of;
    double z2 = Z * Z / of;
    double middle = (share + z2 / 2) / (1 + z2);
    double half = Z / (1 + z2) * Math.sqrt(share * (1 - share) / of + z2 / (4 * of));
    return new Share(
        share,
        count == 0 ? 0 : Math.max(0, middle - half),
        count == of ? 1 : Math.min(1, middle + half));
  }
}
