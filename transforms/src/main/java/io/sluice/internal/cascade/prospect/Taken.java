package io.sluice.internal.cascade.prospect;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;

/** How long this thread's work takes, from now on: here, and where it had a core to itself. */
public final class Taken {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
  private static final double NANOS = 1e9;

  private final long begun = System.nanoTime();
  private final long worked = worked();

  private static long worked() {
    return THREADS.isCurrentThreadCpuTimeSupported() ? THREADS.getCurrentThreadCpuTime() : -1;
  }

  public double seconds() {
    return Math.max(1, System.nanoTime() - begun) / NANOS;
  }

  /** Of the processor; where that is not known, the same. */
  public double secondsAtBest() {
    long now = worked();
    return now <= worked ? seconds() : Math.min(seconds(), (now - worked) / NANOS);
  }
}
