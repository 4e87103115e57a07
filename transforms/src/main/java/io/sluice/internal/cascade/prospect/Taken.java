package io.sluice.internal.cascade.prospect;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.function.LongSupplier;

/** How long this thread's work takes, from now on: here, and where it had a core to itself. */
public final class Taken {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
  private static final double NANOS = 1e9;

  private final LongSupplier clock;
  private final LongSupplier processor;
  private final long begun;
  private final long worked;

  public Taken() {
    this(
        System::nanoTime,
        () -> THREADS.isCurrentThreadCpuTimeSupported() ? THREADS.getCurrentThreadCpuTime() : -1);
  }

  /**
   * @param clock nanoseconds
   * @param processor nanoseconds that this thread has worked; the same again where that is not
   *     known
   */
  Taken(LongSupplier clock, LongSupplier processor) {
    this.clock = clock;
    this.processor = processor;
    this.begun = clock.getAsLong();
    this.worked = processor.getAsLong();
  }

  public double seconds() {
    return Math.max(1, clock.getAsLong() - begun) / NANOS;
  }

  /** Of the processor; where that is not known, the same. */
  public double secondsAtBest() {
    long now = processor.getAsLong();
    return now <= worked ? seconds() : Math.min(seconds(), (now - worked) / NANOS);
  }
}
