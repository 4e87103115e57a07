package io.sluice.internal.engine;

import io.sluice.spi.Reply;

/**
 * Whose failure it is, and what becomes of the request: decided here for every engine, and nowhere
 * else. Pure: the same arguments give the same decision, without a clock and without chance.
 */
public interface RetryPolicy {
  /** How a request was asked. */
  enum Asked {
    /** In a call of its own. */
    ALONE,
    /** In one call with others, which failed as a whole. */
    TOGETHER,
    /** In a batch. */
    IN_BATCH
  }

  /**
   * What has been tried.
   *
   * @param attempts calls that count against {@code retry.maxAttempts}, this one not included
   * @param rateLimited 429s received, this one not included
   * @param isLast whether it is not to be tried again in this run, however often it may be
   */
  record Tries(int attempts, int rateLimited, boolean isLast) {
    public static Tries of(Flight flight) {
      return new Tries(flight.attempts, flight.rateLimited, false);
    }
  }

  /**
   * A decision.
   *
   * @param scope what else than the request a failure tells of; {@link Reply.Scope#ROW} for answers
   */
  record Decision(Next next, Reply.Scope scope) {}

  Decision after(Outcome outcome, Tries tries, Asked asked);
}
