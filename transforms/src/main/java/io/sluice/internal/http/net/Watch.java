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

  private final Patience patience;
  private final long asked = System.nanoTime();
  private long begun = asked;
  private long moved;
  private boolean over;
  private boolean closed;
  private @Nullable Cancellable target;
  private @Nullable Future<?> next;

  private Watch(Patience patience) {
    this.patience = patience;
    schedule(leftNanos());
  }

  public static Watch of(Duration limit) {
    return of(Patience.of(limit));
  }

  public static Watch of(Patience patience) {
    return new Watch(patience);
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
      begun = System.nanoTime();
    }
  }

  /** What comes next has the time of a call. */
  public synchronized void begin() {
    moved = 0;
    begun = System.nanoTime();
  }

  /** It was answered in whole: what comes after it is waited for by that. */
  public void answered() {
    patience.answered(System.nanoTime() - asked);
  }

  /** How long it may take, as far as is known by now. */
  public Duration limit() {
    return Duration.ofNanos(patience.nanos());
  }

  /** Whether the time is over, and with it the call. */
  public synchronized boolean isOver() {
    return over;
  }

  /** What is left; zero or less when it is over. */
  public synchronized long leftNanos() {
    return begun + patience.nanos() - System.nanoTime();
  }

  private void look() {
    Cancellable abort = null;
    synchronized (this) {
      long left = leftNanos();
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
    // What it may take can become less while it is on its way.
    long soon = Math.min(nanos, patience.leastNanos());
    next = TIMER.schedule(this::look, soon, TimeUnit.NANOSECONDS);
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
