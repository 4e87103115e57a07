package io.sluice.internal.engine;

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
   * @param isLast whether it is not to be tried again in this run, however often it may be
   */
  record Tries(int attempts, boolean isLast) {}

  Next after(Outcome outcome, Tries tries);
}
