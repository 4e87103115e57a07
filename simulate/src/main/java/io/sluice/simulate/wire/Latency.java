package io.sluice.simulate.wire;

/**
 * How long an answer takes, by a hash of its request, so that a rehearsal can be repeated:
 * lognormal.
 *
 * @param meanMs mean time to an answer
 * @param sigma spread of the logarithm; 0 is constant
 */
public record Latency(double meanMs, double sigma, long seed) {
  /**
   * @param body the request
   * @param attempt how often it was sent before
   */
  public long nanos(String body, int attempt) {
    double nanos = meanMs * 1e6;
    if (sigma > 0) {
      long drawn = seed + 31L * body.hashCode() + attempt;
      double u = Math.max(1e-12, FaultRates.uniform(drawn));
      double normal =
          Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * FaultRates.uniform(drawn + 17));
      nanos *= Math.exp(sigma * normal - sigma * sigma / 2);
    }
    return (long) nanos;
  }
}
