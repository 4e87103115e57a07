package io.sluice.internal.engine;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What engines that share their rows tell each other: that something has finished, so that who
 * takes it need not look again and again, and that something more may come of what has, so that
 * batches are not filled with a part of it. Takes no lock of an engine. Thread-safe.
 */
public final class RowSignals {
  /** Engines with ends of which plans have not heard, and readers of results. */
  private final AtomicInteger busy = new AtomicInteger();

  private final Object monitor = new Object();

  @GuardedBy("monitor")
  private boolean isSignalled;

  /** Rows have finished where there were none. */
  public void finished() {
    synchronized (monitor) {
      isSignalled = true;
      monitor.notifyAll();
    }
  }

  /** What has finished up to here is looked for next. */
  public void looks() {
    synchronized (monitor) {
      isSignalled = false;
    }
  }

  /** Waits until something finishes that has not been looked for. */
  public void await(EngineClock clock, long nanos) throws InterruptedException {
    synchronized (monitor) {
      if (!isSignalled) {
        clock.await(monitor, nanos);
      }
    }
  }

  /** Something may come of what has finished, until {@link #done}. */
  public void begins() {
    busy.incrementAndGet();
  }

  public void done() {
    busy.decrementAndGet();
  }

  /** Whether nothing more comes of what has finished. */
  public boolean areHeard() {
    return busy.get() == 0;
  }
}
