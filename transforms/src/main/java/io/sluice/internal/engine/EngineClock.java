package io.sluice.internal.engine;

import java.time.Clock;
import java.time.Instant;

/**
 * What time it is for an engine, and how it waits; a test's time is its own. Thread-safe.
 *
 * <p>An engine waits nowhere else, and reads no other clock.
 */
public interface EngineClock {
  /** Epoch nanoseconds that never go back. */
  long epochNanos();

  /**
   * Waits on a monitor that the caller holds, until it is notified or the time is over. May return
   * early, as {@link Object#wait(long)} may.
   *
   * @param nanos how long at most; 0 or less does not wait
   */
  void await(Object monitor, long nanos) throws InterruptedException;

  /** The wall clock once, the monotonic clock from there. */
  static EngineClock real() {
    Instant begun = Clock.systemUTC().instant();
    long base = begun.getEpochSecond() * 1_000_000_000L + begun.getNano();
    long origin = System.nanoTime();
    return new EngineClock() {
      @Override
      public long epochNanos() {
        return base + (System.nanoTime() - origin);
      }

      @Override
      @SuppressWarnings("WaitNotInLoop") // Those who call it look again.
      public void await(Object monitor, long nanos) throws InterruptedException {
        if (nanos > 0) {
          monitor.wait(nanos / 1_000_000, (int) (nanos % 1_000_000));
        }
      }
    };
  }
}
