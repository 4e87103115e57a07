package io.sluice.internal.engine.batch;

import io.sluice.ModelTask;
import io.sluice.ModelTask.Delivery;
import io.sluice.ModelTask.Stragglers;
import io.sluice.cost.Price;
import io.sluice.internal.batches.BatchClients;
import io.sluice.internal.engine.Engine;
import io.sluice.internal.engine.EngineClock;
import io.sluice.internal.engine.EngineCounts;
import io.sluice.internal.engine.Finished;
import io.sluice.internal.engine.Held;
import io.sluice.internal.engine.Job;
import io.sluice.internal.engine.Journal;
import io.sluice.internal.engine.PreparedDocument;
import io.sluice.internal.engine.Spending;
import io.sluice.internal.engine.Utilisation;
import io.sluice.internal.provider.Providers;
import io.sluice.internal.quota.QuotaState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Asks by the provider's batches, at half the price.
 *
 * <p><b>How it runs.</b> Requests gather in their account's {@link BatchLane} until a batch is full
 * or no more rows come. One pacing thread sees which lanes have something due, and runs a step of
 * theirs on a worker ({@link BatchWork}): fill and submit, look how far a batch is, read its
 * results. Between two steps nothing waits but the pacing thread. Where each request is meanwhile,
 * {@link BatchRequests} knows, and what each account has at work {@link BatchLanes}.
 *
 * <p><b>A crash</b> at any moment costs nothing. A batch is intended in the ledger before it is
 * created; an engine that opens the ledger takes up every batch that is not closed, whether created
 * or only intended, and a row whose request is in one of them waits for that one. Answers that come
 * before their row does are kept for it.
 *
 * <p><b>In real time</b> go, through an engine within this one: the share of requests that the task
 * asks so, what expired in a batch if the task allows it, a rest that is too small for the
 * provider's batches, and everything that is left when only real time can still meet the deadline.
 */
public final class BatchEngine implements Engine {
  private static final long HEARTBEAT_NANOS = 1_000_000_000L;
  private static final long IDLE_NANOS = 250_000_000L;

  private final Journal journal;
  private final Spending spending;
  private final @Nullable Engine realtime;
  private final BatchLanes lanes;
  private final BatchRequests requests;
  private final BatchWork work;
  private final EngineClock clock;
  private final Executor workers;
  private @Nullable Thread pacer;
  private long nextBeat;
  private volatile boolean closed;

  /**
   * @param realtime null where nothing is asked in real time
   */
  public BatchEngine(
      Job job,
      @Nullable Engine realtime,
      BatchClients clients,
      EngineClock clock,
      Executor workers) {
    this.journal = job.journal();
    this.spending = job.spending();
    this.realtime = realtime;
    this.clock = clock;
    this.workers = workers;
    this.lanes = new BatchLanes(job, clock);
    this.requests = new BatchRequests(job, lanes, realtime, clock);
    this.work = new BatchWork(job, lanes, requests, clients, clock);
  }

  /** Whether a task may ask something in real time beside its batches. */
  public static boolean needsRealtime(ModelTask task) {
    Delivery delivery = task.delivery();
    return Providers.of(task).leastInBatch() > 1
        || delivery.realtimeShare() > 0
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
    requests.submit(added);
  }

  @Override
  public void count(PreparedDocument row, Finished end) {
    requests.count(row, end);
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
    List<Finished> out = new ArrayList<>(requests.takeFinished(others ? 0 : maxWaitNanos));
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
        lanes.awaitChange(wait);
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
    long now = clock.epochNanos();
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
      lanes.failed(e);
    } finally {
      lanes.release(lane);
    }
  }

  private void guarded(Runnable action) {
    try {
      action.run();
    } catch (RuntimeException e) {
      lanes.failed(e);
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
    journal.beat(snapshot(), journal.takeWaited());
  }

  @Override
  public void stop() {
    lanes.stop();
    if (realtime != null) {
      realtime.stop();
    }
  }

  /** Waits for steps and calls; batches go on without anyone. */
  @Override
  public int awaitLanded(Duration atMost) throws InterruptedException {
    long deadline = clock.epochNanos() + atMost.toNanos();
    int busy = lanes.awaitSteps(deadline);
    if (realtime != null) {
      busy += realtime.awaitLanded(Duration.ofNanos(Math.max(0, deadline - clock.epochNanos())));
    }
    beat();
    return busy;
  }

  @Override
  public void close() {
    closed = true;
    lanes.stop();
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
