package io.sluice.internal.evidence;

import org.jspecify.annotations.Nullable;

/**
 * Everything is answered with a failure: is it the account or the task, or is it these documents?
 * Pure arithmetic over given times. Not thread-safe.
 *
 * <p><b>A run.</b> As many calls as may be in flight, eight at least and {@value #MOST} at most,
 * fail one after another. A 401 or a spent account says so itself: then one is enough, and three
 * where calls have passed before.
 *
 * <p><b>Attempts from further down.</b> A batch of bad documents at the head of the input looks the
 * same. So nothing is concluded yet: documents that failed wait, and no more are sent but one at a
 * time, the newest and those between, after a tenth of a second and then twice as long each time,
 * while the input is read on. One that is answered ends it: then it was those documents, each of
 * them. If {@value #ATTEMPTS} of them fail too, and nine in ten of all with one {@link Signature},
 * it is the account's or the task's. Where each fails for a reason of its own, it is the documents.
 */
final class AccountWatch {
  enum Verdict {
    NONE,
    /** Nobody's but the documents that failed. */
    DOCUMENTS,
    ACCOUNT
  }

  static final int LEAST = 8;
  static final int MOST = 64;
  static final int ATTEMPTS = 8;
  private static final int SURE_RUN = 3;
  private static final int SURE_ATTEMPTS = 2;
  private static final long FIRST_GAP_NANOS = 100_000_000L;

  private final int enough;
  private final Run run = new Run();
  private final Reasons reasons = new Reasons();
  private int sure;
  private boolean trying;
  private long tryingFrom;
  private int attempts;
  private long nextAt;

  /** Whether each failed for a reason of its own. */
  private boolean apart;

  AccountWatch(int maxConcurrent) {
    this.enough = Math.max(LEAST, Math.min(MOST, maxConcurrent));
  }

  Run run() {
    return run;
  }

  /**
   * A call failed as one does that will fail again.
   *
   * @param explicit whether it says itself that it is the account's
   * @param clear whether nothing but that can be meant
   */
  Verdict failed(
      Departed<?> call, Failure failure, boolean explicit, boolean clear, boolean everPassed) {
    reasons.add(failure);
    sure += explicit ? 1 : 0;
    if (clear && !everPassed) {
      return Verdict.ACCOUNT;
    }
    if (trying && call.number >= tryingFrom) {
      attempts++;
    }
    return Verdict.NONE;
  }

  /**
   * Looks what the run says by now.
   *
   * @param newest the number of the last call that left
   */
  Verdict look(boolean everPassed, long newest, long now) {
    boolean explicit = 2 * sure > reasons.failures();
    int length = explicit ? (everPassed ? SURE_RUN : 1) : enough;
    if (!trying && run.length() >= length) {
      trying = true;
      tryingFrom = newest + 1;
      attempts = 0;
      nextAt = now + FIRST_GAP_NANOS;
    }
    if (!trying || attempts < (explicit ? SURE_ATTEMPTS : ATTEMPTS)) {
      return Verdict.NONE;
    }
    apart = !reasons.areAlike();
    return apart ? Verdict.DOCUMENTS : Verdict.ACCOUNT;
  }

  /**
   * Whether calls from all over the input failed each for a reason of its own: what becomes of
   * those that may pass later is not found out here any more.
   */
  boolean wereApart() {
    return apart;
  }

  /**
   * Nothing else is left to ask.
   *
   * @param few whether more were answered since than failed
   */
  Verdict nothingElse(boolean everPassed, boolean few) {
    boolean unproven = everPassed || reasons.failures() < LEAST;
    return few || (unproven && sure == 0) || !reasons.areAlike()
        ? Verdict.DOCUMENTS
        : Verdict.ACCOUNT;
  }

  /** What most of them said. */
  @Nullable Failure common() {
    return reasons.common();
  }

  int failures() {
    return reasons.failures();
  }

  /** Whether only single calls from further down the input are sent. */
  boolean isTrying() {
    return trying;
  }

  long nextAt() {
    return nextAt;
  }

  /** An attempt leaves. */
  void tries(long now) {
    nextAt = now + (FIRST_GAP_NANOS << Math.min(attempts + 1, 5));
  }

  /** A call passed that left after the run began; or it has been judged. */
  void over() {
    run.clear();
    reasons.clear();
    sure = 0;
    trying = false;
  }
}
