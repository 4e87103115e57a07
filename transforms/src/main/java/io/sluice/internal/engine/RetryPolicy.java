package io.sluice.internal.engine;

import org.jspecify.annotations.Nullable;

/**
 * What becomes of a request of a batch: decided here, and nowhere else. Calls are judged by {@link
 * io.sluice.internal.evidence.Evidence}: others that are made at the same time say more than their
 * words. Pure: the same arguments give the same decision, without a clock and without chance.
 */
public interface RetryPolicy {
  /**
   * What has been tried.
   *
   * @param attempts that count against {@code retry.maxAttempts}, this one not included
   * @param empty answers without a word, this one not included
   * @param isLast whether it is not to be tried again in this run, however often it may be
   */
  record Tries(int attempts, int empty, boolean isLast) {
    /**
     * What has been tried of a request.
     *
     * @param flight null for one that nobody waits for
     */
    public static Tries of(@Nullable Flight flight, boolean isLast) {
      return flight == null
          ? new Tries(0, 0, isLast)
          : new Tries(flight.asked.attempts(), flight.empty, isLast);
    }
  }

  Next after(Outcome outcome, Tries tries);
}
