package io.sluice.internal.engine.batch;

import io.sluice.ModelTask;
import io.sluice.ModelTask.Delivery;
import io.sluice.ModelTask.Stragglers;
import io.sluice.cost.Price;
import io.sluice.internal.engine.Engine;
import io.sluice.internal.engine.EngineCounts;
import io.sluice.internal.engine.Finished;
import io.sluice.internal.engine.Held;
import io.sluice.internal.engine.Journal;
import io.sluice.internal.engine.PreparedDocument;
import io.sluice.internal.engine.Spending;
import io.sluice.internal.engine.StoredAnswers;
import io.sluice.internal.engine.Utilisation;
import io.sluice.internal.judge.AnswerJudge;
import io.sluice.internal.quota.QuotaState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Asks by the provider's batches, at half the price.
 *
 * <p><b>How it runs.</b> Requests gather in their account's {@link BatchLane} until a batch is full
 * or no more rows come. One pacing thread sees which lanes have something due, and runs a step of
 * theirs on a worker ({@link BatchWork}): pack and submit, look how far a batch is, read its
 * results. Between two steps nothing waits but the pacing thread. Where each request is meanwhile,
 * {@link BatchRequests} knows.
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
public final class BatchEngine implements Engine {
  private static final long HEARTBEAT_NANOS = 1_000_000_000L;
  private static final long IDLE_NANOS = 250_000_000L;

  private final Journal journal;
  private final Spending spending;
  private final StoredAnswers storedAnswers;
  private final @Nullable Engine realtime;
  private final BatchRequests requests;
  private final BatchWork work;
  private final LongSupplier epochNanos;
  private final Executor workers;
  private @Nullable Thread pacer;
  private long nextBeat;
  private volatile boolean closed;

  /**
   * @param realtime null where nothing is asked in real time
   */
  public BatchEngine(
      ModelTask task,
      Journal journal,
      Spending spending,
      @Nullable Engine realtime,
      BatchClients clients,
      LongSupplier epochNanos,
      Executor workers) {
    this.journal = journal;
    this.spending = spending;
    AnswerJudge judge = new AnswerJudge(task.output(), task.operation());
    this.storedAnswers = new StoredAnswers(journal, judge);
    this.realtime = realtime;
    this.epochNanos = epochNanos;
    this.workers = workers;
    this.requests = new BatchRequests(task, journal, spending, realtime, epochNanos);
    BatchOutcomes outcomes =
        new BatchOutcomes(requests, task, journal, spending, judge, epochNanos);
    this.work =
        new BatchWork(requests, outcomes, task.delivery(), journal, spending, clients, epochNanos);
  }

  /** Whether a task may ask something in real time beside its batches. */
  public static boolean needsRealtime(Delivery delivery) {
    return delivery.realtimeShare() > 0
        || delivery.stragglers() == Stragglers.REALTIME
        || delivery.deadline() != null;
  }

  /** Begins to work by itself; without it, {@link #turn} is the caller's. */
  public BatchEngine start() {
    Thread thread = new Thread(this::pace, "sluice-batches");
    thread.setDaemon(true);
    thread.start();
    pacer = thread;
    return this;
  }

  // ---- rows -----------------------------------------------------------------------------------

  @Override
  public void submit(List<PreparedDocument> added) {
    List<PreparedDocument> unasked = new ArrayList<>(added.size());
    for (PreparedDocument row : added) {
      if (requests.joins(row)) {
        continue;
      }
      Finished stored = storedAnswers.find(row);
      if (stored == null) {
        unasked.add(row);
      } else {
        requests.served(stored);
      }
    }
    requests.ask(unasked);
  }

  @Override
  public void inputEnded() {
    requests.inputEnded();
  }

  @Override
  public void addTo(Held held) {
    if (requests.isHoldingMuch()) {
      held.fill();
    }
  }

  @Override
  public long heldBytes() {
    return requests.heldBytes();
  }

  @Override
  public void addTo(Utilisation utilisation) {
    if (realtime != null) {
      realtime.addTo(utilisation);
    }
  }

  @Override
  public List<Finished> takeFinished(long maxWaitNanos) throws InterruptedException {
    boolean others = realtime != null && realtime.snapshot().waiting > 0;
    long maxWaitMillis = others || maxWaitNanos <= 0 ? 0 : Math.max(1, maxWaitNanos / 1_000_000);
    List<Finished> out = new ArrayList<>(requests.takeFinished(maxWaitMillis));
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
    requests.forgetRows();
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
    while (!closed) {
      long wait = turn();
      try {
        requests.awaitChange(wait / 1_000_000);
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  /**
   * Starts what is due.
   *
   * @return nanoseconds until something may be
   */
  public long turn() {
    long now = epochNanos.getAsLong();
    if (now >= nextBeat) {
      nextBeat = now + HEARTBEAT_NANOS;
      guarded(this::beat);
    }
    guarded(journal::tick);
    for (BatchLane lane : requests.takeDue()) {
      workers.execute(() -> step(lane));
    }
    return IDLE_NANOS;
  }

  private void step(BatchLane lane) {
    try {
      work.step(lane);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException | Error e) {
      requests.failed(e);
    } finally {
      requests.release(lane);
    }
  }

  private void guarded(Runnable action) {
    try {
      action.run();
    } catch (RuntimeException e) {
      requests.failed(e);
    }
  }

  // ---- life -----------------------------------------------------------------------------------

  @Override
  public EngineCounts snapshot() {
    EngineCounts all = requests.snapshot();
    if (realtime != null) {
      all.addWithin(realtime.snapshot());
    }
    return all;
  }

  private void beat() {
    journal.beat(snapshot(), Map.of());
  }

  @Override
  public void stop() {
    requests.stop();
    if (realtime != null) {
      realtime.stop();
    }
  }

  /** Waits for steps and calls; batches go on without anyone. */
  @Override
  public int awaitLanded(Duration atMost) throws InterruptedException {
    long deadline = System.nanoTime() + atMost.toNanos();
    int busy = requests.awaitSteps(deadline);
    return realtime == null
        ? busy
        : busy + realtime.awaitLanded(Duration.ofNanos(Math.max(0, deadline - System.nanoTime())));
  }

  @Override
  public void close() {
    closed = true;
    requests.stop();
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
}
