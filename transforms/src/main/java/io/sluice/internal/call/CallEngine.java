package io.sluice.internal.call;

import io.sluice.Answer.ServedBy;
import io.sluice.ErrorKind;
import io.sluice.ModelTask;
import io.sluice.cost.Price;
import io.sluice.internal.http.Backoff;
import io.sluice.internal.judge.AnswerJudge;
import io.sluice.internal.judge.Verdict;
import io.sluice.internal.ledger.Ledger;
import io.sluice.internal.provider.Providers;
import io.sluice.internal.quota.QuotaState;
import io.sluice.spi.Reply;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The window of concurrent calls: takes documents, asks the model about each distinct request
 * within every account's limits, and hands back each row's end. It outlives bundles, so that a slow
 * call delays nothing but itself.
 *
 * <p><b>How it runs.</b> Requests wait in one {@link Lane} an account. A lane says when its next
 * request may go: its limiter, its concurrency and the provider's pauses decide ({@link Lanes}).
 * One pacing thread sleeps until the earliest, and starts the call on a worker thread; a worker
 * whose call has ended first looks for the next request that may go at once, which saves the
 * hand-over when nothing but latency limits the job. All bookkeeping is under one lock and takes
 * microseconds; calls, ledger writes and judging are outside it.
 *
 * <p>An account error stops the lane: what it had queued is handed back as still to do, other lanes
 * go on.
 */
final class CallEngine implements Engine {
  /** 429s in a row after which a request is given up: the account is not usable. */
  private static final int MAX_RATE_LIMITED = 50;

  private static final long HEARTBEAT_NANOS = Duration.ofSeconds(1).toNanos();
  private static final long IDLE_NANOS = Duration.ofMillis(100).toNanos();

  private final ModelTask task;
  private final Journal journal;
  private final Spending spending;
  private final AnswerJudge judge;
  private final ServedBy servedBy;
  private final StoredAnswers storedAnswers;
  private final Lanes lanes;
  private final LongSupplier epochNanos;
  private final RandomGenerator random;
  private final ExecutorService workers;
  private final Thread pacer;

  private final Object lock = new Object();
  private final EngineCounts counts = new EngineCounts();
  private final WaitingRows rows = new WaitingRows(counts);
  private long sentAtBeat;
  private boolean stopped;
  private boolean closed;
  private @Nullable RuntimeException failure;

  CallEngine(
      ModelTask task,
      Journal journal,
      Spending spending,
      LaneFactory laneFactory,
      LongSupplier epochNanos,
      RandomGenerator random,
      ExecutorService workers) {
    this.task = task;
    this.journal = journal;
    this.spending = spending;
    this.judge = new AnswerJudge(task.output(), task.operation());
    this.servedBy = Providers.of(task).runsInProcess() ? ServedBy.LOCAL : ServedBy.REALTIME;
    this.storedAnswers = new StoredAnswers(journal, judge);
    this.lanes = new Lanes(laneFactory, spending, epochNanos);
    this.epochNanos = epochNanos;
    this.random = random;
    this.workers = workers;
    this.pacer = new Thread(this::pace, "sluice-pacer");
    pacer.setDaemon(true);
    pacer.start();
  }

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
    // At once, so that requests that can share a call find each other.
    synchronized (lock) {
      Set<Lane> changed = new HashSet<>();
      for (PreparedDocument row : unasked) {
        if (!rows.joins(row)) {
          ask(row, changed);
        }
      }
      changed.forEach(this::reschedule);
    }
  }

  private void ask(PreparedDocument row, Set<Lane> changed) {
    Lane lane = lanes.of(row.account());
    long tokens = row.request().quotaTokens();
    if (lane.brokenBecause != null) {
      rows.finish(Endings.unsent(row, ErrorKind.ACCOUNT, lane.brokenBecause));
    } else if (spending.isExhausted()) {
      rows.finish(Endings.unsent(row, ErrorKind.BUDGET, spending.exhaustedMessage()));
    } else if (!lane.limiter.canEverFit(tokens)) {
      rows.finish(Endings.tooLarge(row, tokens));
    } else {
      lanes.add(lane, rows.begin(row));
      changed.add(lane);
    }
  }

  /** Calls do not wait for each other. */
  @Override
  public void inputEnded() {}

  @Override
  public void addTo(Held held) {
    synchronized (lock) {
      held.add(rows.rows(), rows.bytes());
      lanes.addTo(held);
    }
  }

  @Override
  public List<Finished> takeFinished(long maxWaitNanos) throws InterruptedException {
    List<Finished> out;
    boolean drained;
    synchronized (lock) {
      checkHealthy();
      if (!rows.hasFinished() && maxWaitNanos > 0 && rows.rows() > 0) {
        lock.wait(Math.max(1, maxWaitNanos / 1_000_000));
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
      List<Flight> unsent = new ArrayList<>();
      lanes.all().forEach(lane -> unsent.addAll(lanes.drain(lane)));
      rows.forget(unsent);
    }
  }

  @Override
  public Map<String, QuotaState> quotaStates() {
    synchronized (lock) {
      return lanes.quotaStates();
    }
  }

  @Override
  public void stop() {
    synchronized (lock) {
      stopped = true;
      lock.notifyAll();
    }
  }

  @Override
  public int awaitLanded(Duration atMost) throws InterruptedException {
    long deadline = System.nanoTime() + atMost.toNanos();
    synchronized (lock) {
      while (lanes.inFlight() > 0) {
        long left = deadline - System.nanoTime();
        if (left <= 0) {
          break;
        }
        lock.wait(left / 1_000_000 + 1);
      }
      return lanes.inFlight();
    }
  }

  @Override
  public void close() {
    synchronized (lock) {
      stopped = true;
      closed = true;
      lock.notifyAll();
    }
    try {
      pacer.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    lanes.close();
    beat();
  }

  /** The memory that waiting rows take, about. */
  long heldBytes() {
    synchronized (lock) {
      return rows.bytes();
    }
  }

  /** Notes in the ledger how far the engine is, and how long limits made each account wait. */
  private void beat() {
    Map<String, Long> waited = new TreeMap<>();
    EngineCounts now;
    synchronized (lock) {
      now = snapshot();
      sentAtBeat = now.sent;
      for (Lane lane : lanes.all()) {
        long millis = lane.takeLimitedMillis();
        if (millis > 0) {
          waited.put(lane.account, millis);
        }
      }
    }
    journal.beat(now, waited);
  }

  @Override
  public void addTo(Utilisation utilisation) {
    synchronized (lock) {
      lanes.all().forEach(utilisation::add);
    }
  }

  @Override
  public EngineCounts snapshot() {
    synchronized (lock) {
      EngineCounts copy = counts.copy();
      copy.inFlight = lanes.inFlight();
      copy.waiting = rows.rows();
      return copy;
    }
  }

  // ---- pacing -------------------------------------------------------------------------------

  private void pace() {
    long nextBeat = 0;
    while (true) {
      long now = epochNanos.getAsLong();
      if (now >= nextBeat) {
        nextBeat = now + HEARTBEAT_NANOS;
        guarded(this::beat);
        synchronized (lock) {
          // Batches on the same budget have settled without this engine's knowledge.
          lanes.rescheduleHeldBack();
        }
      }
      guarded(journal::tick);
      Departure departure;
      synchronized (lock) {
        if (closed) {
          return;
        }
        departure = nextDeparture(now);
        if (departure == null) {
          waitOnLock(lanes.nanosToNext(now, IDLE_NANOS));
          continue;
        }
      }
      Departure first = departure;
      workers.execute(() -> fly(first));
    }
  }

  private void waitOnLock(long nanos) {
    if (nanos <= 0) {
      return;
    }
    try {
      lock.wait(nanos / 1_000_000, (int) (nanos % 1_000_000));
    } catch (InterruptedException e) {
      closed = true;
    }
  }

  private @Nullable Departure nextDeparture(long now) {
    if (stopped || failure != null) {
      return null;
    }
    Departure departure = lanes.next(now);
    for (Flight flight : lanes.takeUnaffordable()) {
      rows.land(flight, row -> Endings.unsent(row, ErrorKind.BUDGET, spending.exhaustedMessage()));
    }
    if (departure != null) {
      counts.sent++;
    } else if (spending.isExhausted() && lanes.inFlight() == 0) {
      lanes.all().forEach(lane -> abandon(lane, ErrorKind.BUDGET, spending.exhaustedMessage()));
    }
    return departure;
  }

  private void reschedule(Lane lane) {
    if (lanes.reschedule(lane)) {
      lock.notifyAll();
    }
  }

  // ---- calls --------------------------------------------------------------------------------

  private void fly(Departure first) {
    Departure departure = first;
    while (departure != null) {
      try {
        call(departure);
      } catch (RuntimeException | Error e) {
        fail(departure, e);
        return;
      }
      synchronized (lock) {
        departure = closed ? null : nextDeparture(epochNanos.getAsLong());
      }
    }
  }

  private void call(Departure departure) {
    List<Ledger.@Nullable Call> entries = journal.begin(departure);
    long begun = epochNanos.getAsLong();
    List<Reply> replies =
        departure.isPacked()
            ? departure.lane().caller.callPacked(departure.requests())
            : List.of(departure.lane().caller.call(departure.flights().get(0).request));
    long latencyMs = Math.max(0, (epochNanos.getAsLong() - begun) / 1_000_000);
    List<Runnable> ends = new ArrayList<>(replies.size());
    for (int i = 0; i < replies.size(); i++) {
      Flight flight = departure.flights().get(i);
      Spending.Hold hold = departure.holds().get(i);
      ends.add(
          replies.get(i) instanceof Reply.Answered answered
              ? answered(departure, flight, hold, entries.get(i), answered, latencyMs)
              : failed(
                  departure,
                  flight,
                  hold,
                  entries.get(i),
                  (Reply.Failed) replies.get(i),
                  latencyMs));
    }
    land(departure, replies, ends);
  }

  /** Keeps an answer; what is left is to be done under the lock. */
  private Runnable answered(
      Departure departure,
      Flight flight,
      Spending.Hold hold,
      Ledger.@Nullable Call entry,
      Reply.Answered answered,
      long latencyMs) {
    Verdict verdict = judge.judge(answered.raw());
    BigDecimal cost = spending.settle(hold, answered.usage());
    Journal.Use use =
        verdict instanceof Verdict.Fits
            ? Journal.Use.FITS
            : flight.attempts + 1 < task.retry().maxAttempts()
                ? Journal.Use.ASKED_AGAIN
                : Journal.Use.GIVEN_UP;
    journal.answered(entry, answered, cost, flight.sent, latencyMs, use);
    if (verdict instanceof Verdict.Fits) {
      // Before the flight ends: an identical row that comes later finds the answer in the ledger.
      journal.claimCost(flight.request.fingerprint());
    }
    return () -> {
      counts.spent = cost == null ? counts.spent : counts.spent.add(cost);
      if (verdict instanceof Verdict.Fits fit) {
        rows.answer(flight, answered, fit, cost, latencyMs, servedBy);
      } else if (verdict instanceof Verdict.Unfit unfit) {
        retryOrRefuse(departure.lane(), flight, Endings.unfit(answered, unfit), true, 0);
      }
    };
  }

  private Runnable failed(
      Departure departure,
      Flight flight,
      Spending.Hold hold,
      Ledger.@Nullable Call entry,
      Reply.Failed failed,
      long latencyMs) {
    BigDecimal cost = spending.settleFailure(hold, failed);
    boolean splits = splits(departure, failed);
    boolean willRetry =
        splits
            || failed.scope() == Reply.Scope.RATE
            || failed.scope() == Reply.Scope.ACCOUNT
            || (failed.retryable() && flight.attempts + 1 < task.retry().maxAttempts());
    journal.failed(entry, failed, cost, flight.sent, latencyMs, willRetry);
    return splits ? () -> {} : () -> handle(departure.lane(), flight, failed);
  }

  /** A call for several requests failed for good: one of them may be to blame for all. */
  private static boolean splits(Departure departure, Reply.Failed failed) {
    return departure.isPacked() && failed.scope() == Reply.Scope.ROW && !failed.retryable();
  }

  /** What every call's end does to its lane, then what each of its requests does. */
  private void land(Departure departure, List<Reply> replies, List<Runnable> ends) {
    synchronized (lock) {
      Lane lane = departure.lane();
      long now = epochNanos.getAsLong();
      lanes.landed(lane);
      lane.settle(departure, replies, now);
      Reply first = replies.get(0);
      lane.limiter.observe(departure.charge(), first.headers(), now);
      boolean answered = replies.stream().anyMatch(Reply.Answered.class::isInstance);
      if (answered) {
        counts.succeeded++;
        lane.concurrency.succeeded(departure.call());
        lane.limiter.succeeded(departure.charge(), now);
      } else if (first instanceof Reply.Failed failed) {
        failedAsAWhole(departure, failed, now);
      }
      ends.forEach(Runnable::run);
      reschedule(lane);
      lanes.rescheduleHeldBack();
      lock.notifyAll();
    }
  }

  private void failedAsAWhole(Departure departure, Reply.Failed failed, long now) {
    Lane lane = departure.lane();
    switch (failed.scope()) {
      case RATE -> {
        counts.rateLimited++;
        lane.limiter.rateLimited(departure.charge(), failed.retryAfter(), now);
      }
      case LOAD -> lane.concurrency.overloaded(departure.call());
      case ACCOUNT, ROW -> {}
    }
    if (splits(departure, failed)) {
      // Halved until the one to blame is alone; the others do not suffer for it.
      counts.retried++;
      int half = (departure.flights().size() + 1) / 2;
      departure.flights().forEach(flight -> flight.maxPack = half);
      lane.putBack(departure.flights());
    } else if (departure.isPacked() && failed.retryable() && failed.scope() != Reply.Scope.RATE) {
      // One wait for all, so that they stay together.
      long wait =
          Backoff.nanos(departure.flights().get(0).attempts + 1, failed.retryAfter(), random);
      departure.flights().forEach(flight -> flight.notBefore = now + wait);
    }
  }

  private void handle(Lane lane, Flight flight, Reply.Failed failed) {
    switch (failed.scope()) {
      case RATE -> {
        if (++flight.rateLimited >= MAX_RATE_LIMITED) {
          rows.refuse(flight, failed);
        } else {
          counts.retried++;
          lane.putBack(List.of(flight));
        }
      }
      case ACCOUNT -> breakLane(lane, flight, failed);
      case LOAD, ROW ->
          retryOrRefuse(
              lane,
              flight,
              failed,
              failed.retryable(),
              Backoff.nanos(flight.attempts + 1, failed.retryAfter(), random));
    }
  }

  private void retryOrRefuse(
      Lane lane, Flight flight, Reply.Failed failed, boolean retryable, long waitNanos) {
    flight.attempts++;
    if (retryable && flight.attempts < task.retry().maxAttempts()) {
      counts.retried++;
      long now = epochNanos.getAsLong();
      flight.notBefore = flight.notBefore > now ? flight.notBefore : now + waitNanos;
      lane.delayed.add(flight);
    } else {
      rows.refuse(flight, failed);
    }
  }

  private void breakLane(Lane lane, Flight flight, Reply.Failed failed) {
    counts.failed++;
    if (lane.brokenBecause == null) {
      lane.brokenBecause = failed.message();
      counts.brokenBecause = failed.message();
    }
    String why = lane.brokenBecause;
    rows.land(flight, row -> Endings.unsent(row, ErrorKind.ACCOUNT, why));
    abandon(lane, ErrorKind.ACCOUNT, why);
  }

  private void abandon(Lane lane, ErrorKind kind, String why) {
    for (Flight flight : lanes.drain(lane)) {
      rows.land(flight, row -> Endings.unsent(row, kind, why));
    }
    lock.notifyAll();
  }

  // ---- failure of the engine itself -----------------------------------------------------------

  private void checkHealthy() {
    if (failure != null) {
      throw new IllegalStateException("Calling the model failed: " + failure.getMessage(), failure);
    }
  }

  private void guarded(Runnable action) {
    try {
      action.run();
    } catch (RuntimeException e) {
      synchronized (lock) {
        failure = e;
        lock.notifyAll();
      }
    }
  }

  private void fail(Departure departure, Throwable thrown) {
    synchronized (lock) {
      lanes.landed(departure.lane());
      if (failure == null) {
        failure =
            thrown instanceof RuntimeException e ? e : new IllegalStateException(thrown.toString());
      }
      lock.notifyAll();
    }
  }

  @Override
  public @Nullable Price price() {
    return spending.price();
  }
}
