package io.sluice.internal.call;

/**
 * How much of their limits accounts have used over some seconds: of the tighter of requests and
 * tokens, and in the mean over those that had something to send. Guarded by the engine's lock while
 * an account is added.
 */
final class Utilisation {
  private static final double NANOS_PER_MINUTE = 60e9;

  private final double minutes;
  private double sum;
  private int accounts;

  /**
   * @param nanos since the last look
   */
  Utilisation(long nanos) {
    this.minutes = nanos / NANOS_PER_MINUTE;
  }

  void add(Lane lane) {
    Lane.Used used = lane.takeUsed();
    double requests = lane.limiter.effectiveRequestsPerMinute();
    double tokens = lane.limiter.effectiveTokensPerMinute();
    // Of a model in process there is no limit, and nothing to say.
    if (requests < Long.MAX_VALUE && (used.calls() > 0 || !lane.ready.isEmpty())) {
      sum += Math.max(used.calls() / requests, used.tokens() / tokens) / minutes;
      accounts++;
    }
  }

  /** 0 to 100 and, for a burst that was saved up, a little above; 0 where nobody had work. */
  long percent() {
    return accounts == 0 ? 0 : Math.round(100 * sum / accounts);
  }
}
