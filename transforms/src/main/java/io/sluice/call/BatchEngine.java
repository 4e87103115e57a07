package io.sluice.call;

import io.sluice.Answer.ServedBy;
import io.sluice.ErrorKind;
import io.sluice.ModelTask;
import io.sluice.ModelTask.Delivery;
import io.sluice.ModelTask.Stragglers;
import io.sluice.cost.Price;
import io.sluice.judge.AnswerJudge;
import io.sluice.judge.Verdict;
import io.sluice.ledger.LedgerBatches;
import io.sluice.provider.Reply;
import io.sluice.quota.QuotaState;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Asks by the provider's batches, at half the price.
 *
 * <p><b>How it runs.</b> Requests gather in their account's {@link BatchLane} until a batch is full
 * or no more rows come. One pacing thread sees which lanes have something due, and runs a step of
 * theirs on a worker ({@link BatchWork}): pack and submit, look how far a batch is, read its
 * results. Between two steps nothing waits but the pacing thread.
 *
 * <p><b>A crash</b> at any moment costs nothing. A batch is intended in the ledger before it is
 * created; an engine that opens the ledger takes up every batch that is not closed, whether created
 * or only intended, and a row whose request is in one of them waits for that one. Answers that come
 * before their row does are kept for it.
 *
 * <p><b>In real time</b> go, through an engine within this one: the share of requests that the task
 * asks so, what expired in a batch if the task allows it, and everything that is left when only
 * real time can still meet the deadline.
 */
final class BatchEngine implements Engine {
  private static final long HEARTBEAT_NANOS = 1_000_000_000L;
  private static final long IDLE_NANOS = 250_000_000L;

  private final ModelTask task;
  private final Delivery delivery;
  private final Journal journal;
  private final Spending spending;
  private final StoredAnswers storedAnswers;
  private final @Nullable CallEngine realtime;
  private final BatchWork work;
  private final LongSupplier epochNanos;
  private final Executor workers;
  private final long begunAt;
  private @Nullable Thread pacer;

  private final Object lock = new Object();
  private final EngineCounts counts = new EngineCounts();
  private final WaitingRows rows = new WaitingRows(counts);
  private final Map<String, BatchLane> lanes = new HashMap<>();

  /** Requests of batches that were begun by an earlier engine and that no row waits for yet. */
  private final Map<String, RunningBatch.Line> adopted = new HashMap<>();

  /** Requests that were to be in a batch and are asked in real time. */
  private final Set<String> inRealtime = new HashSet<>();

  private long nextBeat;
  private boolean noMoreRows;
  private boolean stopped;
  private boolean closed;
  private @Nullable RuntimeException failure;

  /**
   * @param realtime null where nothing is asked in real time
   */
  BatchEngine(
      ModelTask task,
      Journal journal,
      Spending spending,
      @Nullable CallEngine realtime,
      BatchClients clients,
      LongSupplier epochNanos,
      Executor workers) {
    this.task = task;
    this.delivery = task.delivery();
    this.journal = journal;
    this.spending = spending;
    AnswerJudge judge = new AnswerJudge(task.output(), task.operation());
    this.storedAnswers = new StoredAnswers(journal, judge);
    this.realtime = realtime;
    this.epochNanos = epochNanos;
    this.workers = workers;
    this.begunAt = epochNanos.getAsLong();
    BatchOutcomes outcomes = new BatchOutcomes(this, task, journal, spending, judge, epochNanos);
    this.work = new BatchWork(this, outcomes, delivery, journal, spending, clients, epochNanos);
    journal.openBatches().forEach(this::adopt);
  }

  /** Whether a task may ask something in real time beside its batches. */
  static boolean needsRealtime(Delivery delivery) {
    return delivery.realtimeShare() > 0
        || delivery.stragglers() == Stragglers.REALTIME
        || delivery.deadline() != null;
  }

  /** Begins to work by itself; without it, {@link #turn} is the caller's. */
  BatchEngine start() {
    Thread thread = new Thread(this::pace, "sluice-batches");
    thread.setDaemon(true);
    thread.start();
    pacer = thread;
    return this;
  }

  private void adopt(LedgerBatches.Batch open) {
    BatchLane lane = lane(open.key());
    RunningBatch batch = RunningBatch.takenUp(open, spending);
    batch.lines.values().forEach(line -> adopted.put(line.fingerprint, line));
    lane.running.add(batch);
  }

  // ---- rows -----------------------------------------------------------------------------------

  @Override
  public void submit(List<PreparedDocument> added) {
    List<PreparedDocument> unasked = new ArrayList<>(added.size());
    for (PreparedDocument row : added) {
      synchronized (lock) {
        checkHealthy();
        counts.seen++;
        if (rows.joins(row)) {
          continue;
        }
      }
      Finished stored = storedAnswers.find(row);
      if (stored == null) {
        unasked.add(row);
        continue;
      }
      synchronized (lock) {
        counts.servedFromLedger++;
        rows.finish(stored);
      }
    }
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

  private void askInRealtime(List<PreparedDocument> some) {
    if (realtime != null && !some.isEmpty()) {
      realtime.submit(some);
    }
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

  private BatchLane lane(String account) {
    return lanes.computeIfAbsent(
        account, name -> new BatchLane(name, task.quota().forKey(name), delivery));
  }

  @Override
  public void inputEnded() {
    synchronized (lock) {
      noMoreRows = true;
      lock.notifyAll();
    }
  }

  @Override
  public void addTo(Held held) {
    synchronized (lock) {
      if (isHoldingMuch()) {
        held.fill();
      }
    }
  }

  @Override
  public void addTo(Utilisation utilisation) {
    if (realtime != null) {
      realtime.addTo(utilisation);
    }
  }

  /** Rows wait for as long as their batch takes: as many as memory bears. */
  private boolean isHoldingMuch() {
    long held = rows.bytes() + (realtime == null ? 0 : realtime.heldBytes());
    return held > Runtime.getRuntime().maxMemory() / 3;
  }

  @Override
  public List<Finished> takeFinished(long maxWaitNanos) throws InterruptedException {
    List<Finished> out = new ArrayList<>();
    boolean others = realtime != null && realtime.snapshot().waiting > 0;
    synchronized (lock) {
      checkHealthy();
      if (!rows.hasFinished() && maxWaitNanos > 0 && rows.rows() > 0 && !others) {
        lock.wait(Math.max(1, maxWaitNanos / 1_000_000));
        checkHealthy();
      }
      out.addAll(rows.takeFinished());
    }
    if (realtime != null) {
      out.addAll(realtime.takeFinished(out.isEmpty() && others ? maxWaitNanos : 0));
    }
    if (!out.isEmpty() && snapshot().waiting == 0) {
      // These may be the last rows: what reads the ledger after them must find the whole story.
      beat();
    }
    return out;
  }

  @Override
  public void forgetRows() {
    synchronized (lock) {
      List<Flight> unsent = new ArrayList<>();
      lanes.values().forEach(lane -> unsent.addAll(lane.drain()));
      rows.forget(unsent);
      inRealtime.clear();
      noMoreRows = false;
    }
    if (realtime != null) {
      realtime.forgetRows();
    }
  }

  @Override
  public Map<String, QuotaState> quotaStates() {
    return realtime == null ? Map.of() : realtime.quotaStates();
  }

  // ---- pacing ---------------------------------------------------------------------------------

  private void pace() {
    while (true) {
      long wait = turn();
      synchronized (lock) {
        if (closed) {
          return;
        }
        try {
          lock.wait(Math.max(1, wait / 1_000_000));
        } catch (InterruptedException e) {
          return;
        }
      }
    }
  }

  /**
   * Starts what is due.
   *
   * @return nanoseconds until something may be
   */
  long turn() {
    long now = epochNanos.getAsLong();
    if (now >= nextBeat) {
      nextBeat = now + HEARTBEAT_NANOS;
      guarded(this::beat);
    }
    guarded(journal::tick);
    List<BatchLane> due = new ArrayList<>();
    synchronized (lock) {
      if (closed || stopped || failure != null) {
        return IDLE_NANOS;
      }
      boolean noWait = noMoreRows || isHoldingMuch();
      for (BatchLane lane : lanes.values()) {
        if (!lane.busy
            && (lane.dueAt(work.limits(lane), noWait) <= now || lane.isOutOfTime(now, begunAt))) {
          lane.busy = true;
          due.add(lane);
        }
      }
    }
    due.forEach(lane -> workers.execute(() -> step(lane)));
    return IDLE_NANOS;
  }

  private void step(BatchLane lane) {
    try {
      work.step(lane);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException | Error e) {
      synchronized (lock) {
        failure =
            failure == null
                ? (e instanceof RuntimeException r ? r : new IllegalStateException(e.toString()))
                : failure;
      }
    } finally {
      synchronized (lock) {
        lane.busy = false;
        lock.notifyAll();
      }
    }
  }

  // ---- what the steps of a lane need ------------------------------------------------------------

  /** What a step is to do: decided under the lock, done outside of it. */
  record Tasks(List<RunningBatch> due, boolean pack, boolean outOfTime) {}

  Tasks tasks(BatchLane lane) {
    synchronized (lock) {
      long now = epochNanos.getAsLong();
      boolean outOfTime = lane.isOutOfTime(now, begunAt);
      List<RunningBatch> due = new ArrayList<>(lane.running);
      due.removeIf(batch -> batch.dueAt > now);
      boolean noWait = noMoreRows || isHoldingMuch();
      return new Tasks(
          due, !stopped && !outOfTime && lane.packAt(work.limits(lane), noWait) <= now, outOfTime);
    }
  }

  /** Does something with the lane under the lock. */
  void locked(Runnable action) {
    synchronized (lock) {
      action.run();
      lock.notifyAll();
    }
  }

  boolean isStopped() {
    synchronized (lock) {
      return stopped || failure != null;
    }
  }

  /** Whether nothing is at work that may settle below what it holds. */
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
    synchronized (lock) {
      rows.land(flight, row -> Endings.tooLargeForBatch(row));
      lock.notifyAll();
    }
  }

  /** What waits to be packed is asked in real time. */
  void hurry(BatchLane lane) {
    List<PreparedDocument> now = new ArrayList<>();
    synchronized (lock) {
      lane.drain().forEach(flight -> now.addAll(handOver(flight)));
    }
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
      PreparedDocument payer = rows.firstOf(flight);
      if (payer != null) {
        journal.claimCost(line.fingerprint);
      }
      rows.land(
          flight,
          row ->
              Endings.answered(
                  row,
                  answered,
                  fits,
                  row == payer ? cost : Endings.shared(cost),
                  flight.sent,
                  latencyMs,
                  row == payer ? ServedBy.BATCH : ServedBy.LEDGER));
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

  // ---- life -----------------------------------------------------------------------------------

  @Override
  public EngineCounts snapshot() {
    EngineCounts copy;
    synchronized (lock) {
      copy = counts.copy();
      for (BatchLane lane : lanes.values()) {
        lane.addTo(copy);
      }
      copy.waiting = rows.rows();
    }
    if (realtime != null) {
      copy.addWithin(realtime.snapshot());
    }
    return copy;
  }

  void sent(int requests) {
    synchronized (lock) {
      counts.sent += requests;
    }
  }

  private void beat() {
    journal.beat(snapshot(), Map.of());
  }

  @Override
  public void stop() {
    synchronized (lock) {
      stopped = true;
      lock.notifyAll();
    }
    if (realtime != null) {
      realtime.stop();
    }
  }

  /** Waits for steps and calls; batches go on without anyone. */
  @Override
  public int awaitLanded(Duration atMost) throws InterruptedException {
    long deadline = System.nanoTime() + atMost.toNanos();
    int busy;
    synchronized (lock) {
      while (true) {
        busy = (int) lanes.values().stream().filter(lane -> lane.busy).count();
        long left = deadline - System.nanoTime();
        if (busy == 0 || left <= 0) {
          break;
        }
        lock.wait(left / 1_000_000 + 1);
      }
    }
    return realtime == null
        ? busy
        : busy + realtime.awaitLanded(Duration.ofNanos(Math.max(0, deadline - System.nanoTime())));
  }

  @Override
  public void close() {
    synchronized (lock) {
      stopped = true;
      closed = true;
      lock.notifyAll();
    }
    Thread thread = pacer;
    if (thread != null) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    work.close();
    if (realtime != null) {
      realtime.close();
    }
    beat();
  }

  @Override
  public @Nullable Price price() {
    return spending.price();
  }

  private void checkHealthy() {
    if (failure != null) {
      throw new IllegalStateException("Asking by batches failed: " + failure.getMessage(), failure);
    }
  }

  private void guarded(Runnable action) {
    try {
      action.run();
    } catch (RuntimeException e) {
      synchronized (lock) {
        failure = failure == null ? e : failure;
        lock.notifyAll();
      }
    }
  }
}
