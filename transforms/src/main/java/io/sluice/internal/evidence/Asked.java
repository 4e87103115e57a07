package io.sluice.internal.evidence;

import org.jspecify.annotations.Nullable;

/** How often a document was asked about, and with what success. Guarded by the engine's lock. */
public final class Asked {
  private int attempts;
  private int refusals;
  private int failures;
  private long lastFailed;
  private boolean blamed;
  private final @Nullable Signature before;

  /** Never asked. */
  public Asked() {
    this(0, null);
  }

  /**
   * Asked before.
   *
   * @param attempts by other words, 0 or more
   * @param before why it was given up in an earlier run, where others were answered; null where it
   *     was not
   */
  public Asked(int attempts, @Nullable Signature before) {
    this.attempts = attempts;
    this.before = before;
  }

  /** Whether it was given up for this very reason in an earlier run. */
  boolean wasGivenUpFor(Signature reason) {
    return before != null && (before.alike(reason) || before.isMoreOf(reason));
  }

  /** Those that count against {@code retry.maxAttempts}. */
  public int attempts() {
    return attempts;
  }

  /** How often it was turned away: that is no attempt. */
  public int refusals() {
    return refusals;
  }

  /** An attempt that counts: its answer was of no use, or its call failed. */
  public void count() {
    attempts++;
  }

  /** Whether no attempt of it counts, and it was turned away less often than this. */
  boolean isNew(int most) {
    return attempts == 0 && refusals < most;
  }

  void takeBack() {
    attempts = Math.max(0, attempts - 1);
  }

  void turnedAway() {
    refusals++;
  }

  /** It failed where others passed: what it does next may be its own. */
  void blame() {
    blamed = true;
  }

  /** Whether it failed where others passed. */
  boolean isBlamed() {
    return blamed;
  }

  void failed(long call) {
    failures++;
    lastFailed = call;
  }

  /** How often it failed, for whatever reason. */
  int failures() {
    return failures;
  }

  /** The number of the last call that failed; 0 for none. */
  long lastFailed() {
    return lastFailed;
  }
}
