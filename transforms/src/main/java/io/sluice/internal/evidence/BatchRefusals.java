package io.sluice.internal.evidence;

import io.sluice.spi.Reply;
import org.jspecify.annotations.Nullable;

/**
 * Requests of an account's batches that were refused for good: is it the account or the task, or is
 * it these documents? What {@link AccountWatch} concludes of calls, of batches. Arithmetic without
 * a clock. Not thread-safe.
 *
 * <p>A batch is sent as a whole: nothing from further down the input can be tried after the first
 * refusals. So it takes as many as calls take with those attempts, {@value #ENOUGH}, nine in ten of
 * them with one {@link Signature}, and no answer in this run to any request of the account. Fewer
 * are dead letters: too little is known to say that it was not they. One that is answered, today
 * and in whatever batch, ends it.
 */
public final class BatchRefusals {
  static final int ENOUGH = AccountWatch.MOST + AccountWatch.ATTEMPTS;

  private final Reasons reasons = new Reasons();

  /**
   * A request was refused, and would be again. One that was given up for that in an earlier run
   * says nothing new.
   *
   * @param asked null where no row waits for it
   */
  public void add(@Nullable Asked asked, Reply.Failed failed) {
    Signature reason = Signature.of(failed.status(), failed.code(), failed.message());
    if (asked == null || !asked.wasGivenUpFor(reason)) {
      reasons.add(new Failure(reason, Prior.DOCUMENT, null, Left.UNKNOWN, failed.message()));
    }
  }

  /** Why nothing more is to be sent; null where it may be the documents. */
  public @Nullable String stop() {
    Failure common = reasons.common();
    if (common == null || reasons.failures() < ENOUGH || !reasons.areAlike()) {
      return null;
    }
    return reasons.failures()
        + " requests in batches failed alike and none was answered: "
        + common.said()
        + Words.advice(common);
  }
}
