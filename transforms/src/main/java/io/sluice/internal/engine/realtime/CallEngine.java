package io.sluice.internal.engine.realtime;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.sluice.cost.Price;
import io.sluice.internal.engine.Engine;
import io.sluice.internal.engine.EngineClock;
import io.sluice.internal.engine.EngineCounts;
import io.sluice.internal.engine.Finished;
import io.sluice.internal.engine.Held;
import io.sluice.internal.engine.Job;
import io.sluice.internal.engine.Journal;
import io.sluice.internal.engine.Next;
import io.sluice.internal.engine.PreparedDocument;
import io.sluice.internal.engine.Spending;
import io.sluice.internal.engine.StoredAnswers;
import io.sluice.internal.engine.Utilisation;
import io.sluice.internal.engine.realtime.CallEnd.Decided;
import io.sluice.internal.engine.waiting.Lookups;
import io.sluice.internal.engine.waiting.WaitingRows;
import io.sluice.internal.quota.QuotaState;
import io.sluice.spi.Reply;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The window of concurrent calls: takes documents, asks the model about each distinct request
 * within every account's limits, and hands back each row's end. It outlives bundles, so that a slow
 * call delays nothing but itself.
 *
 * <p><b>How it runs.</b> Requests wait in one {@link Lane} an account. A lane says when its next
 * request may go: its limiter and what the ends of its calls say decide ({@link Lanes}). One pacing
 * thread sleeps until the earliest, and starts the call on a worker thread ({@link Calling}); a
 * worker whose call has ended first looks for the next request that may go at once, which saves the
 * hand-over when nothing but latency limits the job. All bookkeeping is under one lock and takes
 * microseconds ({@link Conclusions}, {@link Landings}); calls, ledger writes and judging are
 * outside it ({@link Calls}).
 *
 * <p>Nothing runs by itself before {@link #start}: without it, {@link #turn} is the caller's, and
 * so is time.
 *
 * <p>An account error stops the lane: what it had queued is handed back as still to do, other lanes
 * go on.
 */
public final class CallEngine implements Engine, Lookups.Arrivals {
  private static final long HEARTBEAT_NANOS = Duration.ofSeconds(1).toNanos();
  private static final long IDLE_NANOS = Duration.ofMillis(100).toNanos();

  private final Journal journal;
  private final Spending spending;
  private final Lookups lookups;
  private final LaneFactory laneFactory;
  private final EngineClock clock;
  private final Calling calling;
  private final Calls calls;
  private @Nullable Thread pacer;

  /** Of the pacing thread. */
  private long nextBeat;

  private final Object lock = new Object();

  @GuardedBy("lock")
  private final EngineCounts counts = new EngineCounts();

  @GuardedBy("lock")
  private final WaitingRows rows;

  @GuardedBy("lock")
  private final Lanes lanes;

  @GuardedBy("lock")
  private final Landings landings;

  @GuardedBy("lock")
  private final Conclusions conclusions;

  @GuardedBy("lock")
  private long sentAtBeat;

  /** Whether something has changed since the pacing thread looked. */
  @GuardedBy("lock")
  private boolean changed;

  @GuardedBy("lock")
  private boolean stopped;

  @GuardedBy("lock")
  private boolean closed;

  @GuardedBy("lock")
  private @Nullable RuntimeException failure;

  public CallEngine(
      Job job,
      LaneFactory laneFactory,
      EngineClock clock,
      RandomGenerator random,
      Calling calling) {
    this.journal = job.journal();
    this.spending = job.spending();
    this.lookups = new Lookups(lock, new StoredAnswers(journal, job.judges()));
    this.laneFactory = laneFactory;
    this.clock = clock;
    this.calling = calling;
    this.calls = new Calls(job, clock, this);
    this.rows = new WaitingRows(counts, job.signals(), false, lookups);
    this.lanes = new Lanes(laneFactory, spending, clock::epochNanos, random);
    this.landings = new Landings(lanes, rows, counts, job.task());
    this.conclusions = new Conclusions(job.task().retry().maxAttempts(), counts, random);
  }

  /** Begins to work by itself. */
  public CallEngine start() {
    pacer = new Thread(this::pace, "sluice-pacer");
    pacer.setDaemon(true);
    pacer.start();
    return this;
  }

  // ---- rows ---------------------------------------------------------------------------------

  @Override
  public void submit(List<PreparedDocument> added) {
    lookups.run(added, this);
  }

  @Override
  public boolean joins(PreparedDocument row) {
    synchronized (lock) {
      checkHealthy();
      counts.seen += row.isNew() ? 1 : 0;
      return rows.joins(row);
    }
  }

  @Override
  public void served(PreparedDocument row, Finished stored) {
    synchronized (lock) {
      rows.finishStored(stored);
    }
  }

  /** At once, so that requests that can share a call find each other. */
  @Override
  public void ask(List<PreparedDocument> unasked) {
    synchronized (lock) {
      for (Lane lane : lanes.ask(unasked, rows)) {
        reschedule(lane);
      }
    }
  }

  @Override
  public void count(PreparedDocument row, Finished end) {
    synchronized (lock) {
      rows.count(row, end);
    }
  }

  @Override
  public void inputEnded() {}

  @Override
  public List<Finished> takeFinished(long maxWaitNanos) throws InterruptedException {
    List<Finished> out;
    boolean drained;
    synchronized (lock) {
      checkHealthy();
      if (!rows.hasFinished() && maxWaitNanos > 0 && rows.rows() > 0) {
        clock.await(lock, maxWaitNanos);
        checkHealthy();
      }
      out = rows.takeFinished();
      drained = rows.rows() == 0 && counts.sent > sentAtBeat;
    }
    if (drained) {
      // These may be the last rows: what reads the ledger after them must find the whole story.
      beat();
    }
    return out;
  }

  @Override
  public void forgetRows() {
    journal.refresh();
    synchronized (lock) {
      rows.forget(lanes.drainAll());
    }
  }

  // ---- how far it is --------------------------------------------------------------------------

  @Override
  public void addTo(Held held) {
    synchronized (lock) {
      held.add(rows.rows(), rows.bytes());
      lanes.addTo(held);
    }
  }

  @Override
  public long heldBytes() {
    synchronized (lock) {
      return rows.bytes();
    }
  }

  @Override
  public void addTo(Utilisation utilisation) {
    synchronized (lock) {
      lanes.addTo(utilisation);
    }
  }

  @Override
  public Map<String, QuotaState> quotaStates() {
    synchronized (lock) {
      return lanes.quotaStates();
    }
  }

  @Override
  public EngineCounts snapshot() {
    synchronized (lock) {
      EngineCounts copy = counts.copy();
      copy.inFlight = lanes.inFlight();
      copy.waiting = rows.rows();
      copy.situation = lanes.situation();
      return copy;
    }
  }

  /** Notes in the ledger how far the engine is, and how long limits made each account wait. */
  private void beat() {
    Map<String, Long> waited;
    EngineCounts now;
    synchronized (lock) {
      now = snapshot();
      sentAtBeat = now.sent;
      waited = lanes.takeLimitedMillis();
    }
    journal.beat(now, waited);
  }

  @Override
  public @Nullable Price price() {
    return spending.price();
  }

  // ---- pacing -------------------------------------------------------------------------------

  private void pace() {
    try {
      while (true) {
        long wait = turn();
        synchronized (lock) {
          if (closed) {
            return;
          }
          if (!changed) {
            clock.await(lock, wait);
          }
        }
      }
    } catch (InterruptedException e) {
      synchronized (lock) {
        closed = true;
      }
    }
  }

  /**
   * Starts what is due.
   *
   * @return nanoseconds until something may be
   */
  long turn() {
    while (true) {
      long now = clock.epochNanos();
      if (now >= nextBeat) {
        nextBeat = now + HEARTBEAT_NANOS;
        guarded(this::beat);
        guarded(this::endHeld);
        synchronized (lock) {
          // Batches on the same budget have settled without this engine's knowledge.
          lanes.rescheduleHeldBack();
        }
      }
      guarded(journal::tick);
      Departure departure;
      synchronized (lock) {
        changed = false;
        departure = nextDeparture(now);
        if (departure == null) {
          return stopped || failure != null ? IDLE_NANOS : lanes.nanosToNext(now, IDLE_NANOS);
        }
      }
      calling.make(departure, calls);
    }
  }

  @GuardedBy("lock")
  private @Nullable Departure nextDeparture(long now) {
    if (stopped || failure != null) {
      return null;
    }
    Departure departure = lanes.next(now);
    counts.sent += departure == null ? 0 : 1;
    if (landings.endUnaffordable(spending)) {
      lock.notifyAll();
    }
    return departure;
  }

  @GuardedBy("lock")
  private void reschedule(Lane lane) {
    if (lanes.reschedule(lane)) {
      signal();
    }
  }

  @GuardedBy("lock")
  private void signal() {
    changed = true;
    lock.notifyAll();
  }

  // ---- ends of calls --------------------------------------------------------------------------

  /** A call has ended: what that says of its account, and what becomes of its requests. */
  List<Decided> conclude(Departure departure, List<Reply> replies, List<CallEnd> ends) {
    synchronized (lock) {
      return conclusions.of(departure, replies, ends, clock.epochNanos());
    }
  }

  /**
   * What came of a call is in the ledger.
   *
   * @return the next that may be sent at this moment, charged; null if there is none
   */
  @Nullable Departure land(Departure departure, List<Decided> decided) {
    synchronized (lock) {
      landings.land(departure.lane(), decided, clock.epochNanos());
      reschedule(departure.lane());
      lanes.rescheduleHeldBack();
      signal();
      return nextDeparture(clock.epochNanos());
    }
  }

  /** What is held on accounts that have nothing else to ask has its end now. */
  private void endHeld() {
    Map<Lane, List<Decided>> ends;
    synchronized (lock) {
      ends = conclusions.ofIdle(lanes.all(), spending::isExhausted, clock.epochNanos());
    }
    ends.values().forEach(each -> each.forEach(calls::keep));
    synchronized (lock) {
      for (Map.Entry<Lane, List<Decided>> each : ends.entrySet()) {
        landings.landEach(each.getKey(), each.getValue(), clock.epochNanos());
        reschedule(each.getKey());
        signal();
      }
    }
  }

  /** A call could not be made, or its end not kept: nothing more is sent, and callers hear it. */
  void fail(Departure departure, Throwable thrown) {
    synchronized (lock) {
      lanes.landed(departure.lane());
      fail(thrown instanceof RuntimeException e ? e : new IllegalStateException(thrown.toString()));
    }
  }

  @GuardedBy("lock")
  private void fail(RuntimeException cause) {
    failure = failure == null ? cause : failure;
    signal();
  }

  private void guarded(Runnable action) {
    try {
      action.run();
    } catch (RuntimeException e) {
      synchronized (lock) {
        fail(e);
      }
    }
  }

  @GuardedBy("lock")
  private void checkHealthy() {
    if (failure != null) {
      throw new IllegalStateException("Calling the model failed: " + failure.getMessage(), failure);
    }
  }

  // ---- life -----------------------------------------------------------------------------------

  @Override
  public void stop() {
    synchronized (lock) {
      stopped = true;
      signal();
    }
  }

  @Override
  public int awaitLanded(Duration atMost) throws InterruptedException {
    long deadline = clock.epochNanos() + atMost.toNanos();
    synchronized (lock) {
      for (long left = atMost.toNanos(); lanes.inFlight() > 0 && left > 0; ) {
        clock.await(lock, left);
        left = deadline - clock.epochNanos();
      }
    }
    // Of a process that is interrupted it may be the last.
    beat();
    return snapshot().inFlight;
  }

  @Override
  public void close() {
    synchronized (lock) {
      stopped = true;
      closed = true;
      signal();
    }
    Thread thread = pacer;
    if (thread != null) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    List<Decided> held = new ArrayList<>();
    synchronized (lock) {
      lanes.all().forEach(lane -> held.addAll(lane.takeHeld(Next.STOP_ACCOUNT)));
    }
    held.forEach(calls::keep);
    laneFactory.close();
    beat();
  }
}
