package io.sluice.internal.engine.rows;

import io.sluice.internal.cascade.Cascading;
import io.sluice.internal.cascade.Item;
import io.sluice.internal.cascade.Lesson;
import io.sluice.internal.cascade.Version;
import io.sluice.internal.cascade.learning.Features;
import io.sluice.internal.engine.EngineClock;
import io.sluice.internal.engine.PreparedDocument;
import io.sluice.internal.ledger.LedgerCascade;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks at a cascade's rows, and learns, outside of its engine's lock. */
final class CascadeWork {
  private static final Logger LOG = LoggerFactory.getLogger(CascadeWork.class);

  /** So many rows take the embedding model a tenth of a second or two. */
  private static final int AT_ONCE = 32;

  private static final long IDLE_MILLIS = 100;
  private static final long ROWS_TO_RATE = 200;
  private static final long NANOS_TO_RATE = 5_000_000_000L;

  private final Cascading<List<PreparedDocument>> cascading;
  private final Sight sight;
  private final Object lock;
  private final EngineClock clock;

  /** Looked at so far, and how long that took, over all threads. */
  private long rows;

  private long nanos;

  /** How many threads are looking, and the sum of when they began. */
  private int looking;

  private long begun;
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean isClosed;
  private volatile @Nullable RuntimeException failure;

  /**
   * @param lock guards {@code cascading}
   */
  CascadeWork(
      Cascading<List<PreparedDocument>> cascading, Sight sight, Object lock, EngineClock clock) {
    this.cascading = cascading;
    this.sight = sight;
    this.lock = lock;
    this.clock = clock;
  }

  /** Goes on where earlier runs were. */
  void resume(LedgerCascade.State state) {
    String kept = state.version();
    Version version = kept == null ? null : Version.decode(kept);
    synchronized (lock) {
      if (version != null && !state.isInDoubt()) {
        cascading.resume(version, state.flow());
      } else if (state.epoch() > 0) {
        cascading.resume(state.epoch() + 1);
      }
    }
  }

  void start() {
    for (int i = 0; i < Sight.threads(); i++) {
      Thread thread = new Thread(this::run, "sluice-cascade-" + i);
      thread.setDaemon(true);
      threads.add(thread);
      thread.start();
    }
  }

  private void run() {
    try {
      while (!isClosed) {
        if (!turn()) {
          synchronized (lock) {
            if (!isClosed) {
              lock.wait(IDLE_MILLIS);
            }
          }
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      failure = e;
    }
  }

  /** Does what is to be done; false where there is nothing. */
  boolean turn() {
    Lesson<List<PreparedDocument>> lesson;
    List<Item<List<PreparedDocument>>> some;
    synchronized (lock) {
      lesson = cascading.lesson();
      some = lesson == null ? cascading.toSee(AT_ONCE) : List.of();
    }
    if (lesson != null) {
      learn(lesson);
    } else if (!some.isEmpty()) {
      look(some);
    }
    return lesson != null || !some.isEmpty();
  }

  private void learn(Lesson<List<PreparedDocument>> lesson) {
    Lesson.Learnt<List<PreparedDocument>> learnt = lesson.learn(() -> isClosed);
    if (learnt == null) {
      return;
    }
    synchronized (lock) {
      cascading.learnt(learnt);
      lock.notifyAll();
    }
  }

  private void look(List<Item<List<PreparedDocument>>> some) {
    long from = clock.epochNanos();
    synchronized (lock) {
      looking++;
      begun += from;
    }
    List<Features> seen = new ArrayList<>(some.size());
    for (Item<List<PreparedDocument>> item : some) {
      if (isClosed) {
        return;
      }
      seen.add(sight.of(item.content().get(0).document().json()));
    }
    synchronized (lock) {
      for (int i = 0; i < some.size(); i++) {
        cascading.seen(some.get(i), seen.get(i));
      }
      rows += some.size();
      nanos += Math.max(1, clock.epochNanos() - from);
      looking--;
      begun -= from;
      lock.notifyAll();
    }
  }

  /**
   * How many rows a second are looked at; without bound while that is unknown, as the first ones
   * take longer, and the embedding model is loaded with them. After some seconds it is known: then
   * what is not through yet counts. The caller holds the lock.
   */
  double perSecond() {
    long taken = nanos + looking * clock.epochNanos() - begun;
    boolean isKnown = rows > ROWS_TO_RATE || taken > NANOS_TO_RATE;
    return isKnown ? rows * 1e9 / taken * Math.max(1, threads.size()) : Double.POSITIVE_INFINITY;
  }

  /** Hands on what has ended a thread. */
  void check() {
    RuntimeException broken = failure;
    if (broken != null) {
      LOG.error("The cascade's small model has failed", broken);
      throw new IllegalStateException("The cascade's small model has failed", broken);
    }
  }

  void close() {
    isClosed = true;
    synchronized (lock) {
      lock.notifyAll();
    }
    for (Thread thread : threads) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }
}
