package io.sluice.internal.engine.batch;

import io.sluice.Answer.ServedBy;
import io.sluice.ErrorKind;
import io.sluice.ModelTask;
import io.sluice.ModelTask.Delivery;
import io.sluice.ModelTask.Stragglers;
import io.sluice.internal.engine.Endings;
import io.sluice.internal.engine.Engine;
import io.sluice.internal.engine.EngineCounts;
import io.sluice.internal.engine.Finished;
import io.sluice.internal.engine.Flight;
import io.sluice.internal.engine.Journal;
import io.sluice.internal.engine.PreparedDocument;
import io.sluice.internal.engine.Spending;
import io.sluice.internal.engine.WaitingRows;
import io.sluice.internal.judge.Verdict;
import io.sluice.internal.ledger.LedgerBatches;
import io.sluice.spi.Reply;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Where every request of a task that asks by batches is: in its account's queue, in a batch at
 * work, in a batch of an earlier engine that no row waits for yet, or handed on to be asked in real
 * time; and what its outcome means for the rows that wait for it. Thread-safe.
 */
final class BatchRequests {
  private final ModelTask task;
  private final Delivery delivery;
  private final Journal journal;
  private final Spending spending;
  private final @Nullable Engine realtime;
  private final LongSupplier epochNanos;
  private final long begunAt;

  private final Object lock = new Object();
  private final EngineCounts counts = new EngineCounts();
  private final WaitingRows rows = new WaitingRows(counts);
  private final Map<String, BatchLane> lanes = new HashMap<>();

  /** Requests of batches that were begun by an earlier engine and that no row waits for yet. */
  private final Map<String, RunningBatch.Line> adopted = new HashMap<>();

  /** Requests that were to be in a batch and are asked in real time. */
  private final Set<String> inRealtime = new HashSet<>();

  private boolean noMoreRows;
  private boolean stopped;
  private @Nullable Throwable failure;

  /**
   * @param realtime null where nothing is asked in real time
   */
  BatchRequests(
      ModelTask task,
      Journal journal,
      Spending spending,
      @Nullable Engine realtime,
      LongSupplier epochNanos) {
    this.task = task;
    this.delivery = task.delivery();
    this.journal = journal;
    this.spending = spending;
    this.realtime = realtime;
    this.epochNanos = epochNanos;
    this.begunAt = epochNanos.getAsLong();
    synchronized (lock) {
      journal.openBatches().forEach(this::adopt);
    }
  }

  private void adopt(LedgerBatches.Batch open) {
    BatchLane lane = lane(open.key());
    RunningBatch batch = RunningBatch.takenUp(open, spending);
    batch.lines.values().forEach(line -> adopted.put(line.fingerprint, line));
    lane.running.add(batch);
  }

  private BatchLane lane(String account) {
    return lanes.computeIfAbsent(
        account, name -> new BatchLane(name, task.quota().forKey(name), delivery));
  }

  // ---- rows -----------------------------------------------------------------------------------

  /** Whether a row's end is known, or on its way: then it is not to be looked up or asked. */
  boolean joins(PreparedDocument row) {
    synchronized (lock) {
      checkHealthy();
      counts.seen++;
      return rows.joins(row);
    }
  }

  /** A row whose answer was in the ledger. */
  void served(Finished stored) {
    synchronized (lock) {
      counts.servedFromLedger++;
      rows.finish(stored);
    }
  }

  /** Rows that neither the ledger nor an earlier row's request answers. */
  void ask(List<PreparedDocument> unasked) {
    List<PreparedDocument> now = new ArrayList<>();
    synchronized (lock) {
      for (PreparedDocument row : unasked) {
        if (goesInRealtime(row)) {
          now.add(row);
        } else if (!rows.joins(row)) {
          ask(row);
        }
      }
      lock.notifyAll();
    }
    askInRealtime(now);
  }

  private boolean goesInRealtime(PreparedDocument row) {
    String fingerprint = row.request().fingerprint();
    // By the fingerprint, so that identical requests go the same way.
    return inRealtime.contains(fingerprint)
        || (delivery.realtimeShare() > 0
            && !adopted.containsKey(fingerprint)
            && share(fingerprint) < delivery.realtimeShare());
  }

  private static double share(String fingerprint) {
    return Integer.parseInt(fingerprint, 0, 6, 16) / (double) (1 << 24);
  }

  private void ask(PreparedDocument row) {
    RunningBatch.Line asked = adopted.remove(row.request().fingerprint());
    BatchLane lane = lane(row.account());
    if (asked != null) {
      asked.flight = rows.begin(row);
    } else if (lane.brokenBecause != null) {
      rows.finish(Endings.unsent(row, ErrorKind.ACCOUNT, lane.brokenBecause));
    } else if (spending.isExhausted()) {
      rows.finish(Endings.unsent(row, ErrorKind.BUDGET, spending.exhaustedMessage()));
    } else {
      lane.add(rows.begin(row), epochNanos.getAsLong());
    }
  }

  private void askInRealtime(List<PreparedDocument> some) {
    if (realtime != null && !some.isEmpty()) {
      realtime.submit(some);
    }
  }

  void inputEnded() {
    synchronized (lock) {
      noMoreRows = true;
      lock.notifyAll();
    }
  }

  /** Rows wait for as long as their batch takes: as many as memory bears. */
  boolean isHoldingMuch() {
    return heldBytes() > Runtime.getRuntime().maxMemory() / 3;
  }

  /** The memory that waiting rows take, those that are asked in real time included. */
  long heldBytes() {
    synchronized (lock) {
      return rows.bytes() + (realtime == null ? 0 : realtime.heldBytes());
    }
  }

  /**
   * Rows that have ended; waits for one, if any row waits here.
   *
   * @param maxWaitMillis 0 does not wait
   */
  List<Finished> takeFinished(long maxWaitMillis) throws InterruptedException {
    synchronized (lock) {
      checkHealthy();
      if (!rows.hasFinished() && maxWaitMillis > 0 && rows.rows() > 0) {
        lock.wait(maxWaitMillis);
        checkHealthy();
      }
      return rows.takeFinished();
    }
  }

  void forgetRows() {
    synchronized (lock) {
      List<Flight> unsent = new ArrayList<>();
      lanes.values().forEach(lane -> unsent.addAll(lane.drain()));
      rows.forget(unsent);
      inRealtime.clear();
      noMoreRows = false;
    }
  }

  /** Without what is asked in real time. */
  EngineCounts snapshot() {
    synchronized (lock) {
      EngineCounts copy = counts.copy();
      for (BatchLane lane : lanes.values()) {
        lane.addTo(copy);
      }
      copy.waiting = rows.rows();
      return copy;
    }
  }

  // ---- steps ----------------------------------------------------------------------------------

  /** Lanes with something to do, each taken for one step: {@link #release} them. */
  List<BatchLane> takeDue() {
    synchronized (lock) {
      List<BatchLane> due = new ArrayList<>();
      if (isStopped()) {
        return due;
      }
      long now = epochNanos.getAsLong();
      boolean noWait = noMoreRows || isHoldingMuch();
      for (BatchLane lane : lanes.values()) {
        if (!lane.busy && (lane.dueAt(noWait) <= now || lane.isOutOfTime(now, begunAt))) {
          lane.busy = true;
          due.add(lane);
        }
      }
      return due;
    }
  }

  void release(BatchLane lane) {
    locked(() -> lane.busy = false);
  }

  /** What a step is to do: decided under the lock, done outside of it. */
  record Tasks(List<RunningBatch> due, boolean pack, boolean outOfTime) {}

  Tasks tasks(BatchLane lane) {
    synchronized (lock) {
      long now = epochNanos.getAsLong();
      boolean outOfTime = lane.isOutOfTime(now, begunAt);
      List<RunningBatch> due = new ArrayList<>(lane.running);
      due.removeIf(batch -> batch.dueAt > now);
      boolean noWait = noMoreRows || isHoldingMuch();
      return new Tasks(due, !stopped && !outOfTime && lane.packAt(noWait) <= now, outOfTime);
    }
  }

  /** Does something with a lane under the lock. */
  void locked(Runnable action) {
    synchronized (lock) {
      action.run();
      lock.notifyAll();
    }
  }

  /** No further step begins. */
  void stop() {
    locked(() -> stopped = true);
  }

  boolean isStopped() {
    synchronized (lock) {
      return stopped || failure != null;
    }
  }

  /** A step or the ledger failed; the first failure is what callers hear. */
  void failed(Throwable cause) {
    locked(() -> failure = failure == null ? cause : failure);
  }

  private void checkHealthy() {
    if (failure != null) {
      throw new IllegalStateException("Asking by batches failed: " + failure.getMessage(), failure);
    }
  }

  /** Waits until something has changed. */
  void awaitChange(long millis) throws InterruptedException {
    synchronized (lock) {
      lock.wait(Math.max(1, millis));
    }
  }

  /** Waits for the steps at work; how many still are then. */
  int awaitSteps(long deadlineNanos) throws InterruptedException {
    synchronized (lock) {
      while (true) {
        int busy = (int) lanes.values().stream().filter(lane -> lane.busy).count();
        long left = deadlineNanos - System.nanoTime();
        if (busy == 0 || left <= 0) {
          return busy;
        }
        lock.wait(left / 1_000_000 + 1);
      }
    }
  }

  // ---- what a step finds ------------------------------------------------------------------------

  void sent(int requests) {
    locked(() -> counts.sent += requests);
  }

  /** The budget does not allow the next request: the end of it, if nothing more can settle. */
  void budgetBlocks(BatchLane lane) {
    synchronized (lock) {
      boolean waits =
          lanes.values().stream().anyMatch(other -> !other.running.isEmpty())
              || (realtime != null && realtime.snapshot().inFlight > 0);
      if (waits) {
        lane.overBudget = true;
      } else {
        spending.exhaust();
        lanes.values().forEach(other -> abandon(other, ErrorKind.BUDGET));
      }
    }
  }

  private void abandon(BatchLane lane, ErrorKind kind) {
    String why =
        kind == ErrorKind.ACCOUNT && lane.brokenBecause != null
            ? lane.brokenBecause
            : spending.exhaustedMessage();
    for (Flight flight : lane.drain()) {
      rows.land(flight, row -> Endings.unsent(row, kind, why));
    }
    lock.notifyAll();
  }

  /** The account is not usable: what it had queued, and some requests more, are still to do. */
  void breakLane(BatchLane lane, String why, List<RunningBatch.Line> lines) {
    synchronized (lock) {
      if (lane.brokenBecause == null) {
        lane.brokenBecause = why;
        counts.brokenBecause = why;
      }
      for (RunningBatch.Line line : lines) {
        adopted.remove(line.fingerprint);
        Flight flight = line.flight;
        if (flight != null) {
          rows.land(flight, row -> Endings.unsent(row, ErrorKind.ACCOUNT, why));
        }
      }
      abandon(lane, ErrorKind.ACCOUNT);
    }
  }

  /** Requests that were not sent after all go back to where they came from. */
  void putBack(BatchLane lane, List<RunningBatch.Line> lines) {
    synchronized (lock) {
      List<Flight> flights = new ArrayList<>();
      for (RunningBatch.Line line : lines) {
        adopted.remove(line.fingerprint);
        Flight flight = line.flight;
        if (flight == null) {
          continue;
        }
        if (flight.rows.isEmpty()) {
          rows.giveUp(flight);
        } else {
          flights.add(flight);
        }
      }
      lane.putBack(flights);
      lock.notifyAll();
    }
  }

  /** A request that no batch can carry. */
  void tooLarge(Flight flight) {
    locked(() -> rows.land(flight, Endings::tooLargeForBatch));
  }

  /** What waits to be packed is asked in real time. */
  void hurry(BatchLane lane) {
    List<PreparedDocument> now = new ArrayList<>();
    locked(() -> lane.drain().forEach(flight -> now.addAll(handOver(flight))));
    askInRealtime(now);
  }

  private List<PreparedDocument> handOver(Flight flight) {
    inRealtime.add(flight.request.fingerprint());
    return rows.giveUp(flight);
  }

  // ---- outcomes, as BatchOutcomes found them ----------------------------------------------------

  /** How often a request has been tried, this time included. */
  int attempts(RunningBatch.Line line) {
    synchronized (lock) {
      Flight flight = line.flight;
      return flight == null ? 1 : flight.attempts + 1;
    }
  }

  /** The end of every row that waits for an answer; it is in the ledger. */
  void arrive(
      BatchLane lane,
      RunningBatch.Line line,
      Reply.Answered answered,
      Verdict.Fits fits,
      @Nullable BigDecimal cost,
      long latencyMs) {
    synchronized (lock) {
      Flight flight = ended(line);
      lane.overBudget = false;
      counts.succeeded++;
      counts.spent = cost == null ? counts.spent : counts.spent.add(cost);
      if (flight == null) {
        return;
      }
      flight.sent++;
      if (!flight.rows.isEmpty()) {
        journal.claimCost(line.fingerprint);
      }
      rows.answer(flight, answered, fits, cost, latencyMs, ServedBy.BATCH);
      lock.notifyAll();
    }
  }

  private @Nullable Flight ended(RunningBatch.Line line) {
    line.ended = true;
    adopted.remove(line.fingerprint);
    return line.flight;
  }

  /**
   * What a failure means for a request's rows; it is in the ledger.
   *
   * @param again whether it is to be asked again
   */
  void fail(BatchLane lane, RunningBatch.Line line, Reply.Failed failed, boolean again) {
    List<PreparedDocument> now = List.of();
    synchronized (lock) {
      Flight flight = ended(line);
      lane.overBudget = false;
      if (failed.scope() == Reply.Scope.ACCOUNT) {
        breakLane(lane, failed.message(), List.of(line));
        return;
      }
      if (flight == null) {
        return;
      }
      flight.sent++;
      flight.attempts++;
      if (flight.rows.isEmpty()) {
        rows.giveUp(flight);
      } else if (!again) {
        rows.refuse(flight, failed);
      } else if (realtime != null
          && ((failed.kind() == ErrorKind.EXPIRED && delivery.stragglers() == Stragglers.REALTIME)
              || lane.isOutOfTime(epochNanos.getAsLong(), begunAt))) {
        counts.retried++;
        now = handOver(flight);
      } else {
        counts.retried++;
        lane.add(flight, epochNanos.getAsLong());
      }
      lock.notifyAll();
    }
    askInRealtime(now);
  }
}
