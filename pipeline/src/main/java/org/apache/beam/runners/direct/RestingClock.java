package org.apache.beam.runners.direct;

import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import org.joda.time.Instant;

/**
 * The Direct runner's clock, at which its driver falls asleep. The driver goes round without a
 * pause, as long as the pipeline runs: it looks for timers that are due and for bundles that have
 * ended, and a job that waits a day for a batch would keep a processor busy with it. In each round
 * it asks this clock for the time, and nothing else of it can be reached from outside.
 *
 * <p>A round that finds nothing takes a few microseconds. While one follows the other, each is made
 * to rest for a fiftieth of the time since the last that took longer, up to {@value
 * #LONGEST_REST_MILLIS} ms. So a bundle that ends after a wait goes on later by a fiftieth of the
 * wait at most, and a pipeline at work does not rest at all.
 *
 * <p>Thread-safe: rounds are driven by one thread at a time, which may be another each time; other
 * threads ask for the time and never rest.
 */
final class RestingClock implements Clock {
  private static final long LONGEST_REST_MILLIS = 5;
  private static final long LONGEST_REST_NANOS = LONGEST_REST_MILLIS * 1_000_000;

  /** The share of its idle time that a round rests. */
  private static final int SHARE = 50;

  /** A shorter rest costs more than going round. */
  private static final long SHORTEST_REST_NANOS = 50_000;

  /** A round that takes longer has found something to do. */
  private static final long IDLE_ROUND_NANOS = 200_000;

  private static final StackWalker STACK = StackWalker.getInstance();

  /** The clock is asked from within {@code drive}, six frames below, with some to spare. */
  private static final int FRAMES = 16;

  private final Clock clock;
  private final LongSupplier nanos;
  private final LongConsumer rest;
  private final BooleanSupplier isAskedByDriver;
  private long idleSince;
  private long lastAsked;

  /**
   * @param nanos a monotonic clock
   * @param rest sleeps for so many nanoseconds
   * @param isAskedByDriver whether this thread drives
   */
  RestingClock(
      Clock clock, LongSupplier nanos, LongConsumer rest, BooleanSupplier isAskedByDriver) {
    this.clock = clock;
    this.nanos = nanos;
    this.rest = rest;
    this.isAskedByDriver = isAskedByDriver;
    this.idleSince = nanos.getAsLong();
    this.lastAsked = idleSince;
  }

  @Override
  public Instant now() {
    if (isAskedByDriver.getAsBoolean()) {
      long pause = restNanos(nanos.getAsLong());
      if (pause > 0) {
        rest.accept(pause);
        rested(nanos.getAsLong());
      }
    }
    return clock.now();
  }

  private synchronized long restNanos(long now) {
    if (now - lastAsked > IDLE_ROUND_NANOS) {
      idleSince = now;
    }
    lastAsked = now;
    long pause = Math.min(LONGEST_REST_NANOS, (now - idleSince) / SHARE);
    return pause < SHORTEST_REST_NANOS ? 0 : pause;
  }

  private synchronized void rested(long now) {
    lastAsked = now;
  }

  /** Whether the caller is a round of the driver. */
  static boolean isAskedByDriver() {
    return STACK.walk(
        frames ->
            frames
                .limit(FRAMES)
                .anyMatch(frame -> frame.getClassName().equals(QuiescenceDriver.class.getName())));
  }
}
