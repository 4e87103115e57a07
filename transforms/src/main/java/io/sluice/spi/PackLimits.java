package io.sluice.spi;

/**
 * How many requests one call may carry.
 *
 * @param requests 1 or more
 * @param tokens of all of them together
 */
public record PackLimits(int requests, long tokens) {
  /** A call is one request. */
  public static final PackLimits ONE = new PackLimits(1, Long.MAX_VALUE);

  public PackLimits atMost(int most) {
    return new PackLimits(Math.min(requests, most), tokens);
  }
}
