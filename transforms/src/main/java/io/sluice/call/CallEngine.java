package io.sluice.call;

import io.sluice.Answer.ServedBy;
import io.sluice.ErrorKind;
import io.sluice.ModelTask;
import io.sluice.Usage;
import io.sluice.cost.Price;
import io.sluice.judge.AnswerJudge;
import io.sluice.judge.Verdict;
import io.sluice.ledger.Ledger;
import io.sluice.provider.RateHeaders;
import io.sluice.provider.Reply;
import io.sluice.quota.QuotaLimiter;
import io.sluice.quota.QuotaState;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The window of concurrent calls: takes documents, asks the model about each distinct request
 * within every account's limits, and hands back each row's end. It outlives bundles, so that a slow
 * call delays nothing but itself.
 *
 * <p><b>How it runs.</b> Requests wait in one {@link Lane} an account. A lane says when its next
 * request may go: its limiter, its concurrency and the provider's pauses decide. The engine keeps
 * lanes in a heap by that time. One pacing thread sleeps until the earliest, and starts the call on
 * a worker thread; a worker whose call has ended first looks for the next request that may go at
 * once, which saves the hand-over when nothing but latency limits the job. All bookkeeping is under
 * one lock and takes microseconds; calls, ledger writes and judging are outside it.
 *
 * <p><b>What is promised.</b> A row is handed back only after the answer it rests on is in the
 * ledger. A request that is in flight or answered is not sent again for another row. An account
 * error stops the lane: what it had queued is handed back as still to do, other lanes go on.
 *
 * <p>Thread-safe, but {@link #submit} and {@link #takeFinished} are meant for one caller at a time.
 */
final class CallEngine implements AutoCloseable {
  /** 429s in a row after which a request is given up: the account is not usable. */
  private static final int MAX_RATE_LIMITED = 50;

  private static final long HEARTBEAT_NANOS = Duration.ofSeconds(1).toNanos();
  private static final long IDLE_NANOS = Duration.ofMillis(100).toNanos();

  private final ModelTask task;
  private final Journal journal;
  private final Spending spending;
  private final AnswerJudge judge;
  private final StoredAnswers storedAnswers;
  private final LaneFactory laneFactory;
  private final LongSupplier epochNanos;
  private final RandomGenerator random;
  private final ExecutorService workers;
  private final Thread pacer;

  private final Object lock = new Object();
  private final Map<String, Lane> lanes = new HashMap<>();
  private final PriorityQueue<Scheduled> schedule = new PriorityQueue<>();
  private final Map<String, Flight> flights = new HashMap<>();

  /** Permanent failures of this run: an identical row fails alike without being asked. */
  private final BoundedMap<String, Reply.Failed> refused = new BoundedMap<>(10_000);

  private final ArrayDeque<Finished> finished = new ArrayDeque<>();
  private int rowsWaiting;
  private long sentAtBeat;
  private int inFlight;
  private boolean stopped;
  private boolean closed;
  private @Nullable RuntimeException failure;
  private final EngineCounts counts = new EngineCounts();

  /** A lane's place in the schedule; void when its version is not the lane's. */
  private record Scheduled(long at, Lane lane, long version) implements Comparable<Scheduled> {
    @Override
    public int compareTo(Scheduled other) {
      return Long.compare(at, other.at);
    }
  }

  /** A call that has been charged and may be sent. */
  private record Departure(
      Lane lane, Flight flight, QuotaLimiter.Charge charge, long call, Spending.Hold hold) {}

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
    this.storedAnswers = new StoredAnswers(journal, judge);
    this.laneFactory = laneFactory;
    this.epochNanos = epochNanos;
    this.random = random;
    this.workers = workers;
    this.pacer = new Thread(this::pace, "sluice-pacer");
    pacer.setDaemon(true);
    pacer.start();
  }

  /**
   * Takes a row. What the ledger holds, and what can never be sent, is finished at once; anything
   * else is finished later. Never blocks on the network.
   */
  void submit(PreparedDocument row) {
    String fingerprint = row.request().fingerprint();
    synchronized (lock) {
      checkHealthy();
      counts.seen++;
      Flight flight = flights.get(fingerprint);
      if (flight != null) {
        flight.rows.add(row);
        rowsWaiting++;
        return;
      }
      Reply.Failed known = refused.get(fingerprint);
      if (known != null) {
        finish(Endings.dead(row, known, 0));
        return;
      }
    }
    Finished stored = storedAnswers.find(row);
    synchronized (lock) {
      if (stored != null) {
        counts.servedFromLedger++;
        finish(stored);
        return;
      }
      Flight flight = new Flight(row);
      Lane lane = lane(row.account());
      if (lane.brokenBecause != null) {
        finish(Endings.unsent(row, ErrorKind.ACCOUNT, lane.brokenBecause));
      } else if (spending.isExhausted()) {
        finish(Endings.unsent(row, ErrorKind.BUDGET, spending.exhaustedMessage()));
      } else if (!lane.limiter.canEverFit(Lane.tokens(flight))) {
        finish(Endings.tooLarge(row, Lane.tokens(flight)));
      } else {
        flights.put(fingerprint, flight);
        rowsWaiting++;
        lane.ready.add(flight);
        reschedule(lane);
      }
    }
  }

  /** Rows that were submitted and are not finished yet. */
  int waiting() {
    synchronized (lock) {
      return rowsWaiting;
    }
  }

  /** How many rows are worth holding: enough that no account's window ever runs dry. */
  int capacity() {
    synchronized (lock) {
      long windows = 0;
      for (Lane lane : lanes.values()) {
        windows += lane.concurrency.limit();
      }
      return (int) Math.min(20_000, Math.max(2_000, 4 * windows));
    }
  }

  /**
   * Hands back rows that have finished, at once if there are any.
   *
   * @param maxWaitNanos how long to wait for the first; 0 does not wait
   * @return possibly empty
   */
  List<Finished> takeFinished(long maxWaitNanos) throws InterruptedException {
    List<Finished> out;
    boolean drained;
    synchronized (lock) {
      checkHealthy();
      if (finished.isEmpty() && maxWaitNanos > 0 && rowsWaiting > 0) {
        lock.wait(Math.max(1, maxWaitNanos / 1_000_000));
        checkHealthy();
      }
      out = new ArrayList<>(finished);
      finished.clear();
      drained = rowsWaiting == 0 && counts.sent > sentAtBeat;
    }
    if (drained) {
      // These may be the last rows: what reads the ledger after them must find the whole story.
      beat();
    }
    return out;
  }

  /** Forgets every row, as after a restore; calls in flight end, and their answers are kept. */
  void forgetRows() {
    synchronized (lock) {
      finished.clear();
      rowsWaiting = 0;
      for (Lane lane : lanes.values()) {
        lane.ready.forEach(flight -> flights.remove(flight.request.fingerprint()));
        lane.delayed.forEach(flight -> flights.remove(flight.request.fingerprint()));
        lane.ready.clear();
        lane.delayed.clear();
        reschedule(lane);
      }
      flights.values().forEach(flight -> flight.rows.clear());
    }
  }

  /** The limiters' states by account, for Beam's state. */
  Map<String, QuotaState> quotaStates() {
    synchronized (lock) {
      Map<String, QuotaState> states = new HashMap<>();
      lanes.forEach((account, lane) -> states.put(account, lane.limiter.state()));
      return states;
    }
  }

  /** Stops sending; calls in flight go on. */
  void stop() {
    synchronized (lock) {
      stopped = true;
      lock.notifyAll();
    }
  }

  /**
   * Waits until nothing is in flight.
   *
   * @return how many calls were still in flight when the time was over
   */
  int awaitLanded(Duration atMost) throws InterruptedException {
    long deadline = System.nanoTime() + atMost.toNanos();
    synchronized (lock) {
      while (inFlight > 0) {
        long left = deadline - System.nanoTime();
        if (left <= 0) {
          break;
        }
        lock.wait(left / 1_000_000 + 1);
      }
      return inFlight;
    }
  }

  /** Stops for good, and closes what the lanes hold. Does not wait for calls in flight. */
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
    laneFactory.close();
    beat();
  }

  /** Notes in the ledger how far the engine is, and how long limits made each account wait. */
  private void beat() {
    Map<String, Long> waited = new TreeMap<>();
    EngineCounts now;
    synchronized (lock) {
      now = snapshot();
      sentAtBeat = now.sent;
      for (Lane lane : lanes.values()) {
        long millis = lane.takeLimitedMillis();
        if (millis > 0) {
          waited.put(lane.account, millis);
        }
      }
    }
    journal.beat(now, waited);
  }

  EngineCounts snapshot() {
    synchronized (lock) {
      EngineCounts copy = counts.copy();
      copy.inFlight = inFlight;
      copy.waiting = rowsWaiting;
      return copy;
    }
  }

  private Lane lane(String account) {
    Lane lane = lanes.get(account);
    if (lane == null) {
      lane = laneFactory.open(account, epochNanos.getAsLong());
      lanes.put(account, lane);
    }
    return lane;
  }

  // ---- pacing -------------------------------------------------------------------------------

  private void pace() {
    long nextBeat = 0;
    while (true) {
      long now = epochNanos.getAsLong();
      if (now >= nextBeat) {
        nextBeat = now + HEARTBEAT_NANOS;
        guarded(this::beat);
      }
      guarded(journal::tick);
      Departure departure;
      synchronized (lock) {
        if (closed) {
          return;
        }
        departure = nextDeparture(now);
        if (departure == null) {
          Scheduled head = schedule.peek();
          long wait = head == null ? IDLE_NANOS : Math.min(IDLE_NANOS, head.at - now);
          waitOnLock(wait);
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

  /** The next request that may be sent at this moment, charged; null if there is none. */
  private @Nullable Departure nextDeparture(long now) {
    if (stopped || failure != null) {
      return null;
    }
    while (true) {
      Scheduled head = schedule.peek();
      if (head == null || head.at > now) {
        return null;
      }
      schedule.remove();
      Lane lane = head.lane;
      if (head.version != lane.scheduleVersion) {
        continue;
      }
      if (lane.readyAt(now) > now || lane.ready.isEmpty()) {
        reschedule(lane);
        continue;
      }
      Flight flight = lane.next(now);
      Spending.Hold hold = spending.hold(flight.request);
      if (hold == null) {
        lane.ready.addFirst(flight);
        if (inFlight == 0) {
          spending.exhaust();
          abandonAll(ErrorKind.BUDGET, spending.exhaustedMessage());
        }
        // Calls in flight may settle below what they hold; their end schedules the lane again.
        return null;
      }
      QuotaLimiter.Charge charge = lane.limiter.take(Lane.tokens(flight), now);
      lane.inFlight++;
      inFlight++;
      counts.sent++;
      flight.sent++;
      Departure departure = new Departure(lane, flight, charge, lane.concurrency.start(), hold);
      reschedule(lane);
      return departure;
    }
  }

  private void reschedule(Lane lane) {
    lane.scheduleVersion++;
    long at = lane.readyAt(epochNanos.getAsLong());
    if (at != Lane.NEVER) {
      schedule.add(new Scheduled(at, lane, lane.scheduleVersion));
      if (schedule.peek().version == lane.scheduleVersion && schedule.peek().lane == lane) {
        lock.notifyAll();
      }
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
    Flight flight = departure.flight;
    Ledger.@Nullable Call entry =
        journal.begin(departure.lane.account, flight.request, departure.hold.usd());
    long begun = epochNanos.getAsLong();
    Reply reply = departure.lane.caller.call(flight.request);
    long latencyMs = Math.max(0, (epochNanos.getAsLong() - begun) / 1_000_000);
    if (reply instanceof Reply.Answered answered) {
      Verdict verdict = judge.judge(answered.raw());
      BigDecimal cost = spending.settle(departure.hold, answered.usage());
      boolean fits = verdict instanceof Verdict.Fits;
      Journal.Use use =
          fits
              ? Journal.Use.FITS
              : flight.attempts + 1 < task.retry().maxAttempts()
                  ? Journal.Use.ASKED_AGAIN
                  : Journal.Use.GIVEN_UP;
      journal.answered(entry, answered, cost, flight.sent, latencyMs, use);
      if (fits) {
        // Before the flight ends: an identical row that comes later finds the answer in the ledger.
        journal.claimCost(flight.request.fingerprint());
      }
      land(
          departure,
          answered.headers(),
          answered.usage(),
          () -> {
            departure.lane.concurrency.succeeded();
            departure.lane.limiter.succeeded(departure.charge, epochNanos.getAsLong());
            counts.spent = cost == null ? counts.spent : counts.spent.add(cost);
            if (verdict instanceof Verdict.Fits fit) {
              counts.succeeded++;
              arrive(flight, answered, fit, cost, latencyMs);
            } else if (verdict instanceof Verdict.Unfit unfit) {
              retryOrRefuse(departure, Endings.unfit(answered, unfit), true);
            }
          });
    } else if (reply instanceof Reply.Failed failed) {
      BigDecimal cost = spending.settleFailure(departure.hold, failed);
      boolean willRetry =
          failed.scope() == Reply.Scope.RATE
              || failed.scope() == Reply.Scope.ACCOUNT
              || (failed.retryable() && flight.attempts + 1 < task.retry().maxAttempts());
      journal.failed(entry, failed, cost, flight.sent, latencyMs, willRetry);
      land(departure, failed.headers(), failed.usage(), () -> handle(departure, failed));
    }
  }

  /** What every call's end does to its lane, then what this one does. */
  private void land(
      Departure departure, RateHeaders headers, @Nullable Usage usage, Runnable then) {
    synchronized (lock) {
      Lane lane = departure.lane;
      long now = epochNanos.getAsLong();
      lane.inFlight--;
      inFlight--;
      if (usage != null) {
        lane.limiter.settle(departure.charge, usage.inputTokens() + usage.outputTokens(), now);
      }
      lane.limiter.observe(departure.charge, headers, now);
      then.run();
      reschedule(lane);
      if (spending.isLimited()) {
        lanes.values().forEach(this::reschedule);
      }
      lock.notifyAll();
    }
  }

  private void handle(Departure departure, Reply.Failed failed) {
    Lane lane = departure.lane;
    Flight flight = departure.flight;
    long now = epochNanos.getAsLong();
    switch (failed.scope()) {
      case RATE -> {
        counts.rateLimited++;
        lane.limiter.rateLimited(departure.charge, failed.retryAfter(), now);
        if (++flight.rateLimited >= MAX_RATE_LIMITED) {
          refuse(flight, failed);
        } else {
          counts.retried++;
          lane.ready.addFirst(flight);
        }
      }
      case ACCOUNT -> breakLane(lane, flight, failed);
      case LOAD -> {
        lane.concurrency.overloaded(departure.call);
        retryOrRefuse(departure, failed, failed.retryable());
      }
      case ROW -> retryOrRefuse(departure, failed, failed.retryable());
    }
  }

  private void retryOrRefuse(Departure departure, Reply.Failed failed, boolean retryable) {
    Flight flight = departure.flight;
    flight.attempts++;
    flight.lastFailure = failed;
    if (retryable && flight.attempts < task.retry().maxAttempts()) {
      counts.retried++;
      flight.notBefore =
          epochNanos.getAsLong()
              + (failed.kind() == ErrorKind.INVALID_OUTPUT
                  ? 0
                  : Backoff.nanos(flight.attempts, failed.retryAfter(), random));
      departure.lane.delayed.add(flight);
    } else {
      refuse(flight, failed);
    }
  }

  private void refuse(Flight flight, Reply.Failed failed) {
    counts.failed++;
    refused.put(flight.request.fingerprint(), failed);
    landRows(flight, row -> Endings.dead(row, failed, flight.sent));
  }

  private void arrive(
      Flight flight,
      Reply.Answered answered,
      Verdict.Fits fits,
      @Nullable BigDecimal cost,
      long latencyMs) {
    ServedBy first =
        task.provider().kind() == ModelTask.ProviderKind.LOCAL ? ServedBy.LOCAL : ServedBy.REALTIME;
    PreparedDocument payer = flight.rows.isEmpty() ? null : flight.rows.get(0);
    landRows(
        flight,
        row ->
            Endings.answered(
                row,
                answered,
                fits,
                row == payer ? cost : Endings.shared(cost),
                flight.sent,
                latencyMs,
                row == payer ? first : ServedBy.LEDGER));
  }

  private void landRows(Flight flight, Function<PreparedDocument, Finished> end) {
    flights.remove(flight.request.fingerprint());
    rowsWaiting -= flight.rows.size();
    for (PreparedDocument row : flight.rows) {
      finish(end.apply(row));
    }
  }

  private void finish(Finished row) {
    if (row instanceof Finished.Answered) {
      counts.answered++;
    } else {
      counts.dead++;
    }
    finished.add(row);
  }

  private void breakLane(Lane lane, Flight flight, Reply.Failed failed) {
    counts.failed++;
    if (lane.brokenBecause == null) {
      lane.brokenBecause = failed.message();
      counts.brokenBecause = failed.message();
    }
    String why = lane.brokenBecause;
    landRows(flight, row -> Endings.unsent(row, ErrorKind.ACCOUNT, why));
    abandon(lane, ErrorKind.ACCOUNT, why);
  }

  private void abandonAll(ErrorKind kind, String why) {
    lanes.values().forEach(lane -> abandon(lane, kind, why));
    lock.notifyAll();
  }

  private void abandon(Lane lane, ErrorKind kind, String why) {
    List<Flight> queued = new ArrayList<>(lane.ready);
    queued.addAll(lane.delayed);
    lane.ready.clear();
    lane.delayed.clear();
    for (Flight flight : queued) {
      landRows(flight, row -> Endings.unsent(row, kind, why));
    }
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
      departure.lane.inFlight--;
      inFlight--;
      if (failure == null) {
        failure =
            thrown instanceof RuntimeException e ? e : new IllegalStateException(thrown.toString());
      }
      lock.notifyAll();
    }
  }

  /** The price that calls are settled at; null where it is unknown. */
  @Nullable Price price() {
    return spending.price();
  }
}
