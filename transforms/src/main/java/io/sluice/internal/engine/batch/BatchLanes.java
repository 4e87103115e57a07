package io.sluice.internal.engine.batch;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.sluice.ModelTask;
import io.sluice.Usage;
import io.sluice.internal.batches.BatchException;
import io.sluice.internal.engine.EngineClock;
import io.sluice.internal.engine.Flight;
import io.sluice.internal.engine.Job;
import io.sluice.internal.engine.Journal;
import io.sluice.internal.engine.batch.running.BatchPrefixes;
import io.sluice.internal.engine.batch.running.RunningBatch;
import io.sluice.internal.engine.prefix.PrefixTerms;
import io.sluice.internal.evidence.BatchPatience;
import io.sluice.internal.provider.Providers;
import io.sluice.spi.BatchLimits;
import io.sluice.spi.Request;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Every account's {@link BatchLane}, and what steps do to them: whatever a step finds at the
 * provider, it tells here, in one word. The owner of the engine's lock. Thread-safe, except where
 * it says that the lock is to be held.
 */
final class BatchLanes {
  private final ModelTask task;
  private final Journal journal;
  private final @Nullable PrefixTerms terms;
  private final EngineClock clock;
  private final long begunAt;

  private final Object lock = new Object();

  @GuardedBy("lock")
  private final Map<String, BatchLane> lanes = new HashMap<>();

  @GuardedBy("lock")
  private boolean stopped;

  @GuardedBy("lock")
  private @Nullable Throwable failure;

  /** What a step is to do. */
  record Tasks(List<RunningBatch> due, boolean fill, boolean outOfTime) {}

  /** Requests that were taken out of a lane's queue for a batch within these limits. */
  record Taken(BatchLimits limits, List<Flight> flights, boolean ahead) {}

  BatchLanes(Job job, EngineClock clock) {
    this.task = job.task();
    this.journal = job.journal();
    this.terms = PrefixTerms.of(task, job.spending().price());
    this.clock = clock;
    this.begunAt = clock.epochNanos();
  }

  /** Guards the lanes, their batches, and the requests in both; its waiters hear of changes. */
  Object lock() {
    return lock;
  }

  // ---- with the lock held -----------------------------------------------------------------------

  /** An account's lane, opened where it is new. */
  BatchLane of(String account) {
    synchronized (lock) {
      BatchLane lane = lanes.get(account);
      if (lane == null) {
        lane =
            new BatchLane(
                account,
                task.quota().forKey(account),
                task.delivery(),
                Providers.of(task).leastInBatch(),
                new BatchPrefixes(terms, journal.lastCallMillis(account) * 1_000_000),
                new BatchPatience(task.retry().outage(), ZoneId.systemDefault()));
        lanes.put(account, lane);
      }
      return lane;
    }
  }

  /** All lanes; to be gone through with the lock held. */
  Collection<BatchLane> all() {
    synchronized (lock) {
      return lanes.values();
    }
  }

  boolean haveRunning() {
    synchronized (lock) {
      return lanes.values().stream().anyMatch(lane -> !lane.running.isEmpty());
    }
  }

  /** Whether only real time can still answer what is left of a lane by the deadline. */
  boolean isOutOfTime(BatchLane lane) {
    synchronized (lock) {
      return lane.isOutOfTime(clock.epochNanos(), begunAt);
    }
  }

  /**
   * Lanes with something to do, each taken for one step: {@link #release} them.
   *
   * @param noWait whether batches are filled with what is there
   */
  List<BatchLane> takeDue(boolean noWait) {
    synchronized (lock) {
      List<BatchLane> due = new ArrayList<>();
      if (isStopped()) {
        return due;
      }
      long now = clock.epochNanos();
      for (BatchLane lane : lanes.values()) {
        if (!lane.busy && (lane.dueAt(noWait) <= now || lane.isOutOfTime(now, begunAt))) {
          lane.busy = true;
          due.add(lane);
        }
      }
      return due;
    }
  }

  Tasks tasks(BatchLane lane, boolean noWait) {
    synchronized (lock) {
      long now = clock.epochNanos();
      boolean outOfTime = lane.isOutOfTime(now, begunAt);
      List<RunningBatch> due = new ArrayList<>(lane.running);
      due.removeIf(batch -> batch.dueAt > now);
      return new Tasks(due, !stopped && !outOfTime && lane.fillAt(noWait) <= now, outOfTime);
    }
  }

  // ---- what a step does -------------------------------------------------------------------------

  /** A step has ended. */
  void release(BatchLane lane) {
    synchronized (lock) {
      lane.busy = false;
      lock.notifyAll();
    }
  }

  /** A lane's batches; a copy. */
  List<RunningBatch> running(BatchLane lane) {
    synchronized (lock) {
      return List.copyOf(lane.running);
    }
  }

  /** What the provider takes in a batch. */
  void offer(BatchLane lane, BatchLimits limits) {
    synchronized (lock) {
      lane.offered = limits;
    }
  }

  /** Whether a batch of what waits would be refused. */
  boolean hasTooFew(BatchLane lane) {
    synchronized (lock) {
      return lane.hasTooFew();
    }
  }

  /** Takes as many requests as may be in one batch. */
  Taken take(BatchLane lane) {
    synchronized (lock) {
      BatchLimits limits = lane.limits();
      List<Flight> ahead = lane.takeAhead(clock.epochNanos());
      return ahead.isEmpty()
          ? new Taken(limits, lane.take(limits), false)
          : new Taken(limits, ahead, true);
    }
  }

  /** A request as it is sent. */
  Request sent(BatchLane lane, Flight flight) {
    synchronized (lock) {
      return lane.prefixes.sent(flight);
    }
  }

  /** Requests that did not fit go back, before all others. */
  void putBack(BatchLane lane, List<Flight> flights) {
    synchronized (lock) {
      lane.putBack(flights);
      lock.notifyAll();
    }
  }

  /** A batch is about to be created. */
  void begin(BatchLane lane, RunningBatch batch) {
    synchronized (lock) {
      lane.running.add(batch);
    }
  }

  /** The provider's names of the lane's other batches. */
  Set<String> idsBeside(BatchLane lane, RunningBatch batch) {
    synchronized (lock) {
      Set<String> ids = new HashSet<>();
      for (RunningBatch other : lane.running) {
        if (other != batch && !other.id.isEmpty()) {
          ids.add(other.id);
        }
      }
      return ids;
    }
  }

  /** The provider has a batch, and is first looked at after some nanoseconds. */
  void created(
      BatchLane lane, RunningBatch batch, String id, String state, long now, long pollNanos) {
    synchronized (lock) {
      lane.isAnswered = true;
      batch.failing = null;
      batch.id = id;
      batch.phase = RunningBatch.Phase.AT_WORK;
      batch.lackingSince = 0;
      batch.state = state;
      batch.tries = 0;
      batch.pollNanos = pollNanos;
      batch.dueAt = now + pollNanos;
      batch.createdAt = now;
      lock.notifyAll();
    }
  }

  /** What was asked about a batch has been answered as it should be. */
  void passes(BatchLane lane, RunningBatch batch) {
    synchronized (lock) {
      lane.isAnswered = true;
      batch.failing = null;
    }
  }

  /** What was asked about a batch has failed. */
  BatchPatience.Then failing(
      BatchLane lane, RunningBatch batch, BatchException e, String said, long now) {
    int status = e.status() == null ? 0 : e.status();
    synchronized (lock) {
      BatchPatience.Failing failing =
          BatchPatience.Failing.of(
              batch.failing, said, status, e.retryAfter(), e.isFinal(), now, batch.tries);
      batch.failing = failing;
      lane.isAnswered |= status != 0;
      lane.failures.merge(failing.scope(), 1L, Long::sum);
      boolean others =
          lane.running.stream()
              .anyMatch(other -> other != batch && other.phase == RunningBatch.Phase.AT_WORK);
      return lane.patience.after(failing, lane.isAnswered, others, now);
    }
  }

  /** How far a batch is; whether that is new. */
  boolean note(RunningBatch batch, String state, long done, long failed) {
    synchronized (lock) {
      boolean changed = !state.equals(batch.state) || done != batch.done || failed != batch.failed;
      batch.state = state;
      batch.done = done;
      batch.failed = failed;
      return changed;
    }
  }

  /**
   * The provider's queue is full: as much as was at work beside a batch is what it takes; alone,
   * the batch was too large itself.
   *
   * @param notBefore epoch nanos before which no batch is filled
   */
  void queueFull(BatchLane lane, RunningBatch batch, long notBefore) {
    synchronized (lock) {
      long beside = 0;
      for (RunningBatch other : lane.running) {
        beside += other == batch ? 0 : other.inputTokens;
      }
      lane.enqueuedTokens = Math.max(1, beside + batch.inputTokens / 2);
      lane.fillNotBefore = notBefore;
    }
  }

  /** What an answer says that it used. */
  void heard(BatchLane lane, RunningBatch batch, RunningBatch.Line line, @Nullable Usage usage) {
    synchronized (lock) {
      lane.prefixes.heard(batch, line.flight, usage);
    }
  }

  /** A look has found a batch at work. */
  void seen(RunningBatch batch, long at) {
    synchronized (lock) {
      batch.seenAt = at;
    }
  }

  /** Whether others wait for a batch. */
  boolean isAhead(RunningBatch batch) {
    synchronized (lock) {
      return !batch.ahead.isEmpty();
    }
  }

  /** Whether rows of this run wait for most of a batch's requests without an outcome. */
  boolean isWaitedFor(RunningBatch batch) {
    synchronized (lock) {
      List<RunningBatch.Line> open = batch.openLines();
      return 2 * RunningBatch.flights(open).size() > open.size();
    }
  }

  /** A batch is over. */
  void close(BatchLane lane, RunningBatch batch) {
    synchronized (lock) {
      lane.prefixes.closed(batch);
      lane.running.remove(batch);
      lane.overBudget = false;
      lock.notifyAll();
    }
  }

  /** A batch is left to a later run. */
  void leave(BatchLane lane, RunningBatch batch) {
    synchronized (lock) {
      lane.running.remove(batch);
      lock.notifyAll();
    }
  }

  // ---- life -------------------------------------------------------------------------------------

  /** No further step begins. */
  void stop() {
    synchronized (lock) {
      stopped = true;
      lock.notifyAll();
    }
  }

  boolean isStopped() {
    synchronized (lock) {
      return stopped || failure != null;
    }
  }

  /** A step or the ledger failed; the first failure is what callers hear. */
  void failed(Throwable cause) {
    synchronized (lock) {
      failure = failure == null ? cause : failure;
      lock.notifyAll();
    }
  }

  void checkHealthy() {
    synchronized (lock) {
      if (failure != null) {
        throw new IllegalStateException(
            "Asking by batches failed: " + failure.getMessage(), failure);
      }
    }
  }

  /** Waits until something has changed. */
  void awaitChange(long nanos) throws InterruptedException {
    synchronized (lock) {
      clock.await(lock, nanos);
    }
  }

  /**
   * Waits for the steps at work.
   *
   * @return how many still are then
   */
  int awaitSteps(long deadlineNanos) throws InterruptedException {
    synchronized (lock) {
      while (true) {
        int busy = (int) lanes.values().stream().filter(lane -> lane.busy).count();
        long left = deadlineNanos - clock.epochNanos();
        if (busy == 0 || left <= 0) {
          return busy;
        }
        clock.await(lock, left);
      }
    }
  }
}
