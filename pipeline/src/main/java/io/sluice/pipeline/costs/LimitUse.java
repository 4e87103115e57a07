package io.sluice.pipeline.costs;

/**
 * How much of a limit a minute was used, from what was taken in some time. A limiter gives at once
 * what it has saved up, and a few calls say little of a minute: what it may have given by its limit
 * is never called more than all of it.
 */
public final class LimitUse {
  /** Tokens are reserved by a guess, and put right when a call ends. */
  private static final double TOLERANCE = 1.05;

  private LimitUse() {}

  /**
   * So many a minute.
   *
   * @param taken in that time
   * @param seconds taken for one where they are less
   * @param limit a minute
   * @param burstSeconds for so long what is not used is saved up
   */
  public static double perMinute(double taken, double seconds, double limit, double burstSeconds) {
    double span = Math.max(1, seconds);
    double rate = 60 * taken / span;
    double given = limit / 60 * (span + burstSeconds);
    return taken <= TOLERANCE * given + 1 ? Math.min(rate, limit) : rate;
  }
}
