package io.sluice.internal.engine;

import java.util.function.Supplier;

/**
 * Writes once a second how far an engine is whose rows are looked at often, by runners of any kind:
 * so no thread is needed. Not thread-safe.
 */
public final class Heartbeat {
  private static final long NANOS = 1_000_000_000L;

  private final Journal journal;
  private final EngineClock clock;
  private long next;

  public Heartbeat(Journal journal, EngineClock clock) {
    this.journal = journal;
    this.clock = clock;
  }

  /**
   * Rows were looked at.
   *
   * @param isLast whether nothing may come for a while: then it is written in any case
   * @return whether it was written
   */
  public boolean beat(boolean isLast, Supplier<EngineCounts> counts) {
    long now = clock.epochNanos();
    if (!isLast && now < next) {
      return false;
    }
    next = now + NANOS;
    journal.beat(counts.get(), journal.takeWaited());
    return true;
  }
}
