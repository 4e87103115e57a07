package io.sluice.internal.engine;

import io.sluice.ErrorKind;
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
   * @param empty empty answers, this one not included
   * @param isLast whether it is not to be tried again in this run, however often it may be
   */
  record Tries(int attempts, int rateLimited, int empty, boolean isLast) {
    /** Without an empty answer. */
    public Tries(int attempts, int rateLimited, boolean isLast) {
      this(attempts, rateLimited, 0, isLast);
    }

    public static Tries of(Flight flight) {
      return of(flight, false);
    }

    public static Tries of(Flight flight, boolean isLast) {
      return new Tries(flight.attempts, flight.rateLimited, flight.empty, isLast);
    }
  }

  /**
   * A decision.
   *
   * @param scope what else than the request a failure tells of; {@link Reply.Scope#ROW} for answers
   */
  record Decision(Next next, Reply.Scope scope) {}

  /** Whether the model was asked, was paid, and said nothing. */
  static boolean isEmpty(Reply.Failed failed) {
    return failed.kind() == ErrorKind.INVALID_OUTPUT
        && failed.retryable()
        && Integer.valueOf(200).equals(failed.status());
  }

  Decision after(Outcome outcome, Tries tries, Asked asked);
}
