package io.sluice.internal.engine;

/**
 * How much of their limits accounts have used over some seconds: of the tighter of requests and
 * tokens, and in the mean over those that had something to send. Guarded by the engine's lock while
 * an account is added.
 */
public final class Utilisation {
  private static final double NANOS_PER_MINUTE = 60e9;

  private final double minutes;
  private double sum;
  private int accounts;

  /**
   * @param nanos since the last look
   */
  public Utilisation(long nanos) {
    this.minutes = nanos / NANOS_PER_MINUTE;
  }

  /**
   * Adds an account that had something to send.
   *
   * @param requests how many were sent since the last look
   * @param tokens how many were used
   * @param requestsPerMinute the limit in force
   * @param tokensPerMinute the limit in force
   */
  public void add(long requests, long tokens, double requestsPerMinute, double tokensPerMinute) {
    // Of a model in process there is no limit, and nothing to say.
    if (requestsPerMinute < Long.MAX_VALUE) {
      sum += Math.max(requests / requestsPerMinute, tokens / tokensPerMinute) / minutes;
      accounts++;
    }
  }

  /** 0 to 100 and, for a burst that was saved up, a little above; 0 where nobody had work. */
  public long percent() {
    return accounts == 0 ? 0 : Math.round(100 * sum / accounts);
  }
}
