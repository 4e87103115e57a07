package io.sluice.internal.evidence;

import io.sluice.internal.capacity.Capacity;

/**
 * What a call says once it is decided whether it passed: each of those who watch counts it, or does
 * not. Guarded by the engine's lock.
 */
final class Decisions {
  /** A run that a change of the rate or the window makes begin anew. */
  private static final int SHORT = 6;

  /** So often chance makes few documents fail. */
  private static final int OFTEN = 2;

  /** After so many failures of one document, what it meets next is no measure of how many fail. */
  private static final int ENOUGH = 8;

  private final Run run;
  private final AccountWatch account;
  private final Silence silence;
  private final Capacity capacity;

  Decisions(Run run, AccountWatch account, Silence silence, Capacity capacity) {
    this.run = run;
    this.account = account;
    this.silence = silence;
    this.capacity = capacity;
  }

  /**
   * Counts a call.
   *
   * @param late whether it was counted as passed before, and has failed
   * @param everPassed whether any call of the account has passed
   * @param newest the number of the last call that left
   */
  void count(Departed<?> call, boolean late, boolean everPassed, long newest, long now) {
    boolean failed = call.fate == Departed.Fate.FAILED;
    // What answers every call alike from the first on is no provider, or not the one meant.
    boolean isTime = everPassed || !call.refused || account.wereApart();
    boolean passes = failed && call.prior.passes() && isTime;
    boolean ofRate = call.prior.isOfRate();
    if (late) {
      if (passes && !call.ofItself) {
        run.failedLate(call, ofRate);
      }
      if (call.refused) {
        account.run().failedLate(call, false);
      }
    } else {
      if (call.number > capacity.epoch() && !(passes && call.ofItself)) {
        run.decided(call, passes, ofRate);
      }
      account.run().decided(call, failed && call.refused, false);
    }
    // Nor does it say how many fail by chance, which is how often others are asked: what always
    // fails is asked more and more often beside fewer and fewer others.
    boolean isItsOwn =
        passes
            && ((call.ofItself && call.asked.attempts() >= OFTEN)
                || call.asked.failures() >= ENOUGH);
    if (!silence.isOn() && !isItsOwn) {
      long epoch = capacity.epoch();
      boolean met = passes && call.prior.isOfCapacity();
      capacity.decided(call.number, call.inFlight, call.cost, met, newest, now);
      if (epoch != capacity.epoch() && capacity.isTrying() && run.length() < SHORT) {
        run.restart();
      }
    }
  }
}
