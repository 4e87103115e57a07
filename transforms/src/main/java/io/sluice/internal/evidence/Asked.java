package io.sluice.internal.evidence;

/** How often a document was asked about, and with what success. Guarded by the engine's lock. */
public final class Asked {
  private int attempts;
  private int refusals;
  private long lastFailed;
  private boolean blamed;

  /** Never asked. */
  public Asked() {}

  /**
   * Asked before, by other words.
   *
   * @param attempts 0 or more
   */
  public Asked(int attempts) {
    this.attempts = attempts;
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
    lastFailed = call;
  }

  /** The number of the last call that failed; 0 for none. */
  long lastFailed() {
    return lastFailed;
  }
}
