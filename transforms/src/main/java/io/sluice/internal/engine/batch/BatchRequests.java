package io.sluice.internal.engine.batch;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.sluice.Answer.ServedBy;
import io.sluice.ErrorKind;
import io.sluice.Fallback.Cause;
import io.sluice.internal.engine.Endings;
import io.sluice.internal.engine.Engine;
import io.sluice.internal.engine.EngineClock;
import io.sluice.internal.engine.EngineCounts;
import io.sluice.internal.engine.Finished;
import io.sluice.internal.engine.Flight;
import io.sluice.internal.engine.Job;
import io.sluice.internal.engine.Journal;
import io.sluice.internal.engine.Next;
import io.sluice.internal.engine.Outcome;
import io.sluice.internal.engine.PreparedDocument;
import io.sluice.internal.engine.RetryPolicy.Tries;
import io.sluice.internal.engine.Spending;
import io.sluice.internal.engine.StoredAnswers;
import io.sluice.internal.engine.batch.running.RunningBatch;
import io.sluice.internal.engine.waiting.Lookups;
import io.sluice.internal.engine.waiting.WaitingRows;
import io.sluice.internal.judge.AnswerJudge;
import io.sluice.internal.ledger.LedgerBatches;
import io.sluice.spi.Reply;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where every request of a task that asks by batches is: in its account's queue, in a batch at
 * work, in a batch of an earlier engine that no row waits for yet, or handed on to be asked in real
 * time; and what its outcome means for the rows that wait for it. Thread-safe.
 */
final class BatchRequests implements Lookups.Arrivals {
  private final Job job;
  private final Journal journal;
  private final Spending spending;
  private final BatchLanes lanes;
  private final BesideBatches realtime;
  private final EngineClock clock;
  private final Lookups lookups;

  /** That of the lanes: a request is in a lane or it is not. */
  private final Object lock;

  @GuardedBy("lock")
  private final EngineCounts counts = new EngineCounts();

  @GuardedBy("lock")
  private final WaitingRows rows;

  /** Requests of batches that were begun by an earlier engine and that no row waits for yet. */
  @GuardedBy("lock")
  private final Map<String, RunningBatch.Line> adopted = new HashMap<>();

  @GuardedBy("lock")
  private boolean noMoreRows;

  /**
   * @param realtime null where nothing is asked in real time
   */
  BatchRequests(Job job, BatchLanes lanes, @Nullable Engine realtime, EngineClock clock) {
    this.job = job;
    this.lookups = new Lookups(lanes.lock(), new StoredAnswers(job.journal(), job.judges()));
    this.rows = new WaitingRows(counts, job.signals(), job.rowsGoOn(), lookups);
    this.journal = job.journal();
    this.spending = job.spending();
    this.lanes = lanes;
    this.lock = lanes.lock();
    this.realtime = new BesideBatches(job.task().delivery(), realtime);
    this.clock = clock;
    synchronized (lock) {
      journal.openBatches().forEach(this::adopt);
    }
  }

  @GuardedBy("lock")
  private void adopt(LedgerBatches.Batch open) {
    RunningBatch batch = RunningBatch.takenUp(open, spending);
    for (RunningBatch.Line line : batch.lines.values()) {
      adopted.put(line.fingerprint, line);
    }
    lanes.of(journal.account(open)).running.add(batch);
  }

  // ---- rows -----------------------------------------------------------------------------------

  /** Takes rows in. */
  void submit(List<PreparedDocument> added) {
    lookups.run(added, this);
  }

  @Override
  public boolean joins(PreparedDocument row) {
    synchronized (lock) {
      lanes.checkHealthy();
      counts.seen += row.isNew() ? 1 : 0;
      return rows.joins(row);
    }
  }

  @Override
  public void served(PreparedDocument row, Finished stored) {
    synchronized (lock) {
      if (stored instanceof Finished.Answered answered) {
        lanes.of(row.account()).prefixes.served(row.request(), answered.answer().usage());
      }
      rows.finishStored(stored);
    }
  }

  /** Counts a row that ended by its plan. */
  void count(PreparedDocument row, Finished end) {
    synchronized (lock) {
      rows.count(row, end);
    }
  }

  @Override
  public void ask(List<PreparedDocument> unasked) {
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
    realtime.submit(now);
  }

  @GuardedBy("lock")
  private boolean goesInRealtime(PreparedDocument row) {
    String fingerprint = row.request().fingerprint();
    return realtime.has(fingerprint)
        || (!adopted.containsKey(fingerprint) && realtime.isMeantFor(fingerprint));
  }

  @GuardedBy("lock")
  private void ask(PreparedDocument row) {
    RunningBatch.Line asked = adopted.remove(row.request().fingerprint());
    BatchLane lane = lanes.of(row.account());
    if (asked != null) {
      asked.flight = rows.begin(row);
    } else if (lane.brokenBecause != null) {
      rows.stopped(row, lane.brokenBecause, Cause.ACCOUNT);
    } else if (spending.isExhausted(lane.account)) {
      String why = spending.exhaustedMessage(lane.account);
      rows.finish(row, Endings.unsent(row, ErrorKind.BUDGET, why));
    } else {
      lane.add(rows.begin(row), clock.epochNanos());
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
      return rows.bytes() + realtime.heldBytes();
    }
  }

  /**
   * Rows that have ended; waits for one, if any row waits here.
   *
   * @param maxWaitNanos 0 does not wait
   */
  List<Finished> takeFinished(long maxWaitNanos) throws InterruptedException {
    synchronized (lock) {
      lanes.checkHealthy();
      if (!rows.hasFinished() && maxWaitNanos > 0 && rows.rows() > 0) {
        clock.await(lock, maxWaitNanos);
        lanes.checkHealthy();
      }
      return rows.takeFinished();
    }
  }

  void forgetRows() {
    synchronized (lock) {
      List<Flight> unsent = new ArrayList<>();
      lanes.all().forEach(lane -> unsent.addAll(lane.drain()));
      rows.forget(unsent);
      realtime.forget();
      noMoreRows = false;
    }
  }

  /** Without what is asked in real time. */
  EngineCounts snapshot() {
    synchronized (lock) {
      EngineCounts copy = counts.copy();
      lanes.all().forEach(lane -> lane.addTo(copy));
      copy.waiting = rows.rows();
      return copy;
    }
  }

  // ---- steps ----------------------------------------------------------------------------------

  /** Lanes with something to do, each taken for one step. */
  List<BatchLane> takeDue() {
    synchronized (lock) {
      return lanes.takeDue(isFilledNow());
    }
  }

  /** What a step is to do: decided under the lock, done outside of it. */
  BatchLanes.Tasks tasks(BatchLane lane) {
    synchronized (lock) {
      return lanes.tasks(lane, isFilledNow());
    }
  }

  /** Whether batches are filled with what is there: nothing more comes for them soon. */
  @GuardedBy("lock")
  private boolean isFilledNow() {
    return (noMoreRows && rows.areHeard()) || isHoldingMuch();
  }

  // ---- what a step finds ------------------------------------------------------------------------

  void sent(int requests) {
    synchronized (lock) {
      counts.sent += requests;
    }
  }

  /** A budget does not allow the next request: the end of it, if nothing more can settle. */
  void budgetBlocks(BatchLane lane) {
    synchronized (lock) {
      if (spending.isOwnReached(lane.account)) {
        spending.exhaust(lane.account);
        abandon(lane);
      } else if (lanes.haveRunning() || realtime.isCalling()) {
        lane.overBudget = true;
      } else {
        spending.exhaust();
        lanes.all().forEach(this::abandon);
      }
    }
  }

  @GuardedBy("lock")
  private void abandon(BatchLane lane) {
    String why = spending.exhaustedMessage(lane.account);
    for (Flight flight : lane.drain()) {
      rows.land(flight, row -> Endings.unsent(row, ErrorKind.BUDGET, why));
    }
    lock.notifyAll();
  }

  /** As below, of requests that the provider may still answer: no other model is asked them. */
  void leave(BatchLane lane, String why, List<RunningBatch.Line> lines) {
    synchronized (lock) {
      lines.forEach(line -> rows.unsettled(line.fingerprint));
      breakLane(lane, why, lines);
    }
  }

  /** The account is not usable: what it had queued, and some requests more, are still to do. */
  void breakLane(BatchLane lane, String why, List<RunningBatch.Line> lines) {
    synchronized (lock) {
      if (lane.brokenBecause == null) {
        lane.brokenBecause = why;
        counts.brokenBecause = why;
      }
      lines.forEach(line -> adopted.remove(line.fingerprint));
      RunningBatch.flights(lines).forEach(flight -> rows.stopped(flight, why, Cause.ACCOUNT));
      lane.drain().forEach(flight -> rows.stopped(flight, why, Cause.ACCOUNT));
      lock.notifyAll();
    }
  }

  /** Requests that were not sent after all go back to where they came from. */
  void putBack(BatchLane lane, List<RunningBatch.Line> lines) {
    synchronized (lock) {
      lines.forEach(line -> adopted.remove(line.fingerprint));
      List<Flight> flights = RunningBatch.flights(lines);
      for (Flight flight : flights) {
        if (flight.rows.isEmpty()) {
          rows.giveUp(flight);
        }
      }
      flights.removeIf(flight -> flight.rows.isEmpty());
      lane.putBack(flights);
      lock.notifyAll();
    }
  }

  /** A request that no batch can carry. */
  void tooLarge(Flight flight) {
    synchronized (lock) {
      rows.land(flight, Endings::tooLargeForBatch);
      lock.notifyAll();
    }
  }

  /** What waits for a batch is asked in real time. */
  void hurry(BatchLane lane) {
    List<PreparedDocument> now = new ArrayList<>();
    synchronized (lock) {
      for (Flight flight : lane.drain()) {
        now.addAll(handOver(flight));
      }
    }
    realtime.submit(now);
  }

  /** Too few for a batch, and not sent. */
  void inRealtime(List<RunningBatch.Line> lines) {
    List<PreparedDocument> now = new ArrayList<>();
    synchronized (lock) {
      for (RunningBatch.Line line : lines) {
        Flight flight = line.flight;
        if (flight != null) {
          now.addAll(handOver(flight));
        }
      }
    }
    realtime.submit(now);
  }

  @GuardedBy("lock")
  private List<PreparedDocument> handOver(Flight flight) {
    realtime.add(flight.request.fingerprint());
    return rows.giveUp(flight);
  }

  // ---- outcomes, as BatchOutcomes found them ----------------------------------------------------

  /**
   * How often a request has been tried.
   *
   * @param isLast whether it is not to be tried again in this run
   */
  Tries tries(RunningBatch.Line line, boolean isLast) {
    synchronized (lock) {
      return Tries.of(line.flight, isLast);
    }
  }

  /** What judges the answer to a request: any step's rules where nobody waits for it yet. */
  List<AnswerJudge> judges(RunningBatch.Line line) {
    synchronized (lock) {
      return job.judges(line.flight);
    }
  }

  /** What is decided of a request, where its rows' plan has more to ask. */
  Next planned(RunningBatch.Line line, Next next, Outcome outcome, Tries tries) {
    synchronized (lock) {
      Flight flight = line.flight;
      boolean isEnough = tries.isLast() || tries.attempts() + 1 >= job.task().retry().maxAttempts();
      return flight == null ? next : Next.planned(next, outcome, flight.follows, isEnough);
    }
  }

  /** The end of every row that waits for an answer; it is in the ledger. */
  void arrive(
      BatchLane lane,
      RunningBatch.Line line,
      Outcome.Fits outcome,
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
      rows.answer(flight, outcome.answered(), outcome.fits(), cost, latencyMs, ServedBy.BATCH);
      lock.notifyAll();
    }
  }

  @GuardedBy("lock")
  private @Nullable Flight ended(RunningBatch.Line line) {
    line.ended = true;
    lookups.ended(line.fingerprint);
    adopted.remove(line.fingerprint);
    return line.flight;
  }

  /**
   * What a failure means for a request's rows; it is in the ledger.
   *
   * @param outcome anything but an answer that fits
   * @param next anything but an answer
   */
  void fail(BatchLane lane, RunningBatch.Line line, Outcome outcome, Next next) {
    Reply.Failed failed = outcome.failed();
    List<PreparedDocument> now = List.of();
    synchronized (lock) {
      Flight flight = ended(line);
      lane.overBudget = false;
      if (next instanceof Next.StopAccount) {
        breakLane(lane, failed.message(), List.of(line));
        return;
      }
      if (flight == null) {
        return;
      }
      flight.sent++;
      flight.asked.count();
      flight.empty += outcome.isEmpty() ? 1 : 0;
      if (flight.rows.isEmpty()) {
        rows.giveUp(flight);
      } else if (next instanceof Next.Otherwise) {
        rows.otherwise(flight, outcome);
      } else if (!next.isOpen()) {
        rows.refuse(flight, failed);
      } else if (realtime.rescues(failed, lanes.isOutOfTime(lane))) {
        counts.retried++;
        now = handOver(flight);
      } else {
        counts.retried++;
        lane.add(flight, clock.epochNanos());
      }
      lock.notifyAll();
    }
    realtime.submit(now);
  }
}
