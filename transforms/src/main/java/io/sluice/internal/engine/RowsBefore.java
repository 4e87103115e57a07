package io.sluice.internal.engine;

import com.google.errorprone.annotations.concurrent.GuardedBy;

/**
 * How many rows of a shard had ended before its engine began to count, or without it. An engine
 * that takes the place of one that is gone, or that is given rows once more after a restore, counts
 * from there: so a beat says how far the run is, not the engine. Thread-safe.
 */
public final class RowsBefore {
  @GuardedBy("this")
  private long answered;

  @GuardedBy("this")
  private long dead;

  @GuardedBy("this")
  private long seen;

  /**
   * @param answered rows that had left the stage with an answer, as far as Beam's state knows
   * @param dead rows that had left as dead letters
   * @param counted what the engine has counted up to here
   */
  public synchronized void restored(long answered, long dead, EngineCounts counted) {
    this.answered = answered - counted.answered;
    this.dead = dead - counted.dead;
    this.seen = answered + dead - counted.seen;
  }

  /** Notes rows that have ended without an engine, as dead letters. */
  public synchronized void refused(int rows) {
    dead += rows;
    seen += rows;
  }

  /** The engine's counts as the run's. */
  public synchronized EngineCounts plus(EngineCounts counts) {
    EngineCounts sum = counts.copy();
    sum.answered += answered;
    sum.dead += dead;
    sum.seen += seen;
    return sum;
  }
}
