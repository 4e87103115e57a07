package io.sluice.internal.engine;

import io.sluice.internal.engine.RetryPolicy.Tries;
import io.sluice.spi.Reply;

/** Takes each outcome of a batch at its word. Immutable. */
final class RetryByReply implements RetryPolicy {
  private final int maxAttempts;

  /**
   * @param maxAttempts 1 or more
   */
  RetryByReply(int maxAttempts) {
    this.maxAttempts = maxAttempts;
  }

  @Override
  public Next after(Outcome outcome, Tries tries) {
    boolean mayTry = !tries.isLast() && tries.attempts() + 1 < maxAttempts;
    mayTry &= !(outcome.isEmpty() && tries.empty() + 1 >= Outcome.MOST_EMPTY);
    if (outcome instanceof Outcome.Fits) {
      return Next.ANSWERED;
    }
    if (outcome instanceof Outcome.NoAnswer none) {
      Reply.Failed failed = none.failed();
      if (failed.scope() == Reply.Scope.ACCOUNT) {
        return Next.STOP_ACCOUNT;
      }
      mayTry &= failed.retryable();
    }
    return mayTry ? Next.AT_ONCE : Next.REFUSE;
  }
}
