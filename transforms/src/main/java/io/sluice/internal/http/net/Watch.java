package io.sluice.internal.http.net;

import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.apache.hc.core5.concurrent.Cancellable;
import org.jspecify.annotations.Nullable;

/**
 * The time of one call, from before it connects to after its answer is read. When it is over, what
 * the call does is aborted from outside, whatever it waits for: connecting, a handshake, headers
 * that come drop by drop, a body without an end. A transfer of any size earns its time by what it
 * moves. Thread-safe.
 */
public final class Watch implements AutoCloseable {
  /** What a transfer must move in the time of a call to be given as much again. */
  static final int STEP = 16 << 10;

  private static final ScheduledThreadPoolExecutor TIMER = timer();

  private final long limitNanos;
  private long until;
  private long moved;
  private boolean over;
  private boolean closed;
  private @Nullable Cancellable target;
  private @Nullable Future<?> next;

  private Watch(Duration limit) {
    this.limitNanos = limit.toNanos();
    this.until = System.nanoTime() + limitNanos;
    schedule(limitNanos);
  }

  public static Watch of(Duration limit) {
    return new Watch(limit);
  }

  private static ScheduledThreadPoolExecutor timer() {
    ScheduledThreadPoolExecutor timer =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread thread = new Thread(task, "sluice-deadlines");
              thread.setDaemon(true);
              return thread;
            });
    timer.setRemoveOnCancelPolicy(true);
    // A thread that stays would keep a job's classes on a cluster.
    timer.setKeepAliveTime(10, TimeUnit.SECONDS);
    timer.allowCoreThreadTimeOut(true);
    return timer;
  }

  /** What is aborted when the time is over; at once where it is. */
  void guard(Cancellable call) {
    boolean abort;
    synchronized (this) {
      target = call;
      abort = over;
    }
    if (abort) {
      call.cancel();
    }
  }

  /** A transfer has moved some bytes. */
  public synchronized void moved(long bytes) {
    moved += bytes;
    if (moved >= STEP) {
      moved = 0;
      until = System.nanoTime() + limitNanos;
    }
  }

  /** What comes next has the time of a call. */
  public synchronized void begin() {
    moved = 0;
    until = System.nanoTime() + limitNanos;
  }

  /** Whether the time is over, and with it the call. */
  public synchronized boolean isOver() {
    return over;
  }

  /** What is left; zero or less when it is over. */
  public synchronized long leftNanos() {
    return until - System.nanoTime();
  }

  private void look() {
    Cancellable abort = null;
    synchronized (this) {
      long left = until - System.nanoTime();
      if (closed) {
        return;
      }
      if (left > 0) {
        schedule(left);
      } else {
        over = true;
        abort = target;
      }
    }
    if (abort != null) {
      abort.cancel();
    }
  }

  private synchronized void schedule(long nanos) {
    next = TIMER.schedule(this::look, nanos, TimeUnit.NANOSECONDS);
  }

  @Override
  public synchronized void close() {
    closed = true;
    target = null;
    if (next != null) {
      next.cancel(false);
    }
  }
}
