package io.sluice.internal.engine;

import io.sluice.internal.engine.RetryPolicy.Asked;
import io.sluice.internal.engine.RetryPolicy.Tries;
import io.sluice.spi.Reply;

/** Takes each reply at its word: its scope is whose failure it is. Immutable. */
final class RetryByReply implements RetryPolicy {
  /** 429s in a row after which a request is given up: the account is not usable. */
  private static final int MAX_RATE_LIMITED = 50;

  /** Empty answers to one request after which another is not to be expected to say more. */
  private static final int MAX_EMPTY = 2;

  private static final Next WHEN_THE_ACCOUNT_MAY = new Next.Again(false, false, null);
  private static final Next AT_ONCE = new Next.Again(true, false, null);

  private final int maxAttempts;

  /**
   * @param maxAttempts 1 or more
   */
  RetryByReply(int maxAttempts) {
    this.maxAttempts = maxAttempts;
  }

  @Override
  public Decision after(Outcome outcome, Tries tries, Asked asked) {
    boolean mayTry = !tries.isLast() && tries.attempts() + 1 < maxAttempts;
    if (outcome instanceof Outcome.NoAnswer none) {
      Reply.Failed failed = none.failed();
      return new Decision(failed(failed, tries, asked, mayTry), failed.scope());
    }
    Next next = outcome instanceof Outcome.Fits ? Next.ANSWERED : mayTry ? AT_ONCE : Next.REFUSE;
    return new Decision(next, Reply.Scope.ROW);
  }

  private static Next failed(Reply.Failed failed, Tries tries, Asked asked, boolean mayTry) {
    return switch (failed.scope()) {
      case ACCOUNT -> Next.STOP_ACCOUNT;
      case RATE ->
          asked == Asked.IN_BATCH
              ? again(failed, mayTry)
              : tries.rateLimited() + 1 < MAX_RATE_LIMITED ? WHEN_THE_ACCOUNT_MAY : Next.REFUSE;
      case LOAD -> again(failed, mayTry);
      case ROW -> row(failed, tries, asked, mayTry);
    };
  }

  private static Next row(Reply.Failed failed, Tries tries, Asked asked, boolean mayTry) {
    if (asked == Asked.TOGETHER && (!failed.retryable() || isBrokenByOne(failed, tries))) {
      return Next.SPLIT;
    }
    boolean isEnough = RetryPolicy.isEmpty(failed) && tries.empty() + 1 >= MAX_EMPTY;
    return again(failed, mayTry && !isEnough);
  }

  /** A server that fails again at the same requests may fail for one of them. */
  private static boolean isBrokenByOne(Reply.Failed failed, Tries tries) {
    Integer status = failed.status();
    return status != null && status >= 500 && tries.attempts() > 0;
  }

  private static Next again(Reply.Failed failed, boolean mayTry) {
    return failed.retryable() && mayTry
        ? new Next.Again(true, true, failed.retryAfter())
        : Next.REFUSE;
  }
}
