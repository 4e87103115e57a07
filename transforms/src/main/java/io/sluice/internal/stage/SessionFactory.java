package io.sluice.internal.stage;

import io.sluice.ModelTask;
import io.sluice.cost.Budget;
import io.sluice.cost.Price;
import io.sluice.internal.engine.CallMeter;
import io.sluice.internal.engine.CallSettings;
import io.sluice.internal.engine.Engine;
import io.sluice.internal.engine.EngineCounts;
import io.sluice.internal.engine.Held;
import io.sluice.internal.engine.InputBound;
import io.sluice.internal.engine.Journal;
import io.sluice.internal.engine.RowsBefore;
import io.sluice.internal.engine.Spending;
import io.sluice.internal.engine.Utilisation;
import io.sluice.internal.engine.batch.BatchClients;
import io.sluice.internal.engine.batch.BatchEngine;
import io.sluice.internal.engine.realtime.CallEngine;
import io.sluice.internal.engine.realtime.LaneFactory;
import io.sluice.internal.ledger.Ledger;
import io.sluice.internal.prepare.RequestBuilder;
import io.sluice.internal.provider.Callers;
import io.sluice.internal.quota.QuotaState;
import java.io.Serializable;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Finds or opens this JVM's sessions of one transform. Runners make many copies of a {@code DoFn};
 * they share the sessions, which are closed when the last copy is torn down. Thread-safe.
 */
final class SessionFactory implements Serializable {
  private static final long serialVersionUID = 1L;

  /** How long a torn-down stage waits for calls in flight, so that what is paid is kept. */
  private static final Duration LANDING = Duration.ofSeconds(20);

  /** Long enough for an account of a few requests a minute to have sent some. */
  private static final long LOOK_NANOS = Duration.ofSeconds(10).toNanos();

  private static final Map<String, Shared> SHARED = new ConcurrentHashMap<>();

  private final String id = UUID.randomUUID().toString();
  private final ModelTask task;
  private final CallSettings settings;

  /** The sessions of one transform in this JVM. Guarded by {@link #SHARED}'s compute. */
  private static final class Shared {
    final Map<Integer, CallSession> sessions = new ConcurrentHashMap<>();
    final Map<Integer, Engine> engines = new ConcurrentHashMap<>();
    private @Nullable Ledger ledger;
    private long lookedAt = System.nanoTime();
    private long utilisationPercent;
    final ExecutorService workers =
        Executors.newCachedThreadPool(
            runnable -> {
              Thread thread = new Thread(runnable, "sluice-call");
              thread.setDaemon(true);
              return thread;
            });
    int users;

    /** The one ledger of all shards here; what other workers wrote up to now is known to it. */
    synchronized @Nullable Ledger ledger(ModelTask task, CallSettings settings) {
      if (ledger == null) {
        ledger = Journal.ledger(task, settings);
      } else {
        ledger.refresh();
      }
      return ledger;
    }

    synchronized void syncLedger() {
      if (ledger != null) {
        ledger.sync();
      }
    }

    synchronized void closeLedger() {
      if (ledger != null) {
        ledger.close();
      }
    }

    synchronized long utilisationPercent() {
      long now = System.nanoTime();
      if (now - lookedAt >= LOOK_NANOS) {
        Utilisation utilisation = new Utilisation(now - lookedAt);
        engines.values().forEach(engine -> engine.addTo(utilisation));
        utilisationPercent = utilisation.percent();
        lookedAt = now;
      }
      return utilisationPercent;
    }
  }

  SessionFactory(ModelTask task, CallSettings settings) {
    this.task = task;
    this.settings = settings;
  }

  void acquire() {
    SHARED.compute(
        id,
        (key, shared) -> {
          Shared now = shared == null ? new Shared() : shared;
          now.users++;
          return now;
        });
  }

  void release() {
    Shared[] last = new Shared[1];
    SHARED.computeIfPresent(
        id,
        (key, shared) -> {
          if (--shared.users > 0) {
            return shared;
          }
          last[0] = shared;
          return null;
        });
    if (last[0] != null) {
      close(last[0], LANDING);
    }
  }

  /** Makes what was written to the ledger last. */
  void sync() {
    shared().syncLedger();
  }

  private Shared shared() {
    Shared shared = SHARED.get(id);
    if (shared == null) {
      throw new IllegalStateException("The stage was used before its setup");
    }
    return shared;
  }

  /** Whether more rows should wait before any are added in this JVM ({@link Held}). */
  boolean areFull() {
    Held held = Held.inThisHeap();
    shared().engines.values().forEach(engine -> engine.addTo(held));
    return !held.wantsMore();
  }

  /** The share of its accounts' limits that this JVM uses, over about ten seconds. */
  long utilisationPercent() {
    return shared().utilisationPercent();
  }

  CallSession get(Integer shard) {
    Shared shared = shared();
    return shared.sessions.computeIfAbsent(
        shard,
        key -> {
          RowsBefore before = new RowsBefore();
          CallMeter meter = new CallMeter();
          return new CallSession(
              states -> open(shared, shard, states, before, meter), before, meter);
        });
  }

  private Engine open(
      Shared shared,
      Integer shard,
      Map<String, QuotaState> states,
      RowsBefore before,
      CallMeter meter) {
    Journal journal =
        Journal.of(shared.ledger(task, settings), task, settings, shard, before, meter);
    BigDecimal budgetUsd = settings.budgetUsd();
    Budget budget = budgetUsd == null ? null : new Budget(budgetUsd, journal.spentUsd());
    Spending spending = spending(budget);
    // Requests and batches of an account share no connection: each closes its own.
    Engine engine =
        task.delivery().batch()
            ? new BatchEngine(
                    task,
                    journal,
                    spending,
                    BatchEngine.needsRealtime(task.delivery())
                        ? calls(shared, states, journal.within(), spending)
                        : null,
                    new BatchClients(new Callers(task, System::getenv)),
                    epochNanos(),
                    shared.workers)
                .start()
            : calls(shared, states, journal, spending);
    shared.engines.put(shard, engine);
    return engine;
  }

  private Spending spending(@Nullable Budget budget) {
    Price price = settings.price();
    if (price == null) {
      return new Spending(null, null);
    }
    RequestBuilder requests = new RequestBuilder(task);
    return new Spending(
        price,
        budget,
        new InputBound(requests.countsExactly()),
        requests.mostOutputTokens(price).orElse(0));
  }

  private CallEngine calls(
      Shared shared, Map<String, QuotaState> states, Journal journal, Spending spending) {
    LaneFactory lanes =
        new LaneFactory(
            task,
            new Callers(task, System::getenv),
            new HashMap<>(states),
            journal::lastCallMillis);
    return new CallEngine(
        task, journal, spending, lanes, epochNanos(), RandomGenerator.getDefault(), shared.workers);
  }

  /** Epoch nanoseconds that advance evenly: the wall clock once, the monotonic clock from there. */
  private static LongSupplier epochNanos() {
    Instant begun = Clock.systemUTC().instant();
    long base = begun.getEpochSecond() * 1_000_000_000L + begun.getNano();
    long origin = System.nanoTime();
    return () -> base + (System.nanoTime() - origin);
  }

  /**
   * Stops sending in this JVM and waits for what is in flight, so that every answer that was paid
   * for is in the ledger.
   *
   * @return how many calls were still in flight when the time was over
   */
  static int landAll(Duration atMost) {
    int remaining = 0;
    for (Shared shared : SHARED.values()) {
      shared.engines.values().forEach(Engine::stop);
    }
    for (Shared shared : SHARED.values()) {
      remaining += land(shared, atMost);
    }
    return remaining;
  }

  static CallProgress progress() {
    long seen = 0;
    long answered = 0;
    long dead = 0;
    long sent = 0;
    int inFlight = 0;
    int batches = 0;
    long batchRequests = 0;
    long batchDone = 0;
    @Nullable BigDecimal spent = BigDecimal.ZERO;
    for (Shared shared : SHARED.values()) {
      for (Engine engine : shared.engines.values()) {
        EngineCounts counts = engine.snapshot();
        seen += counts.seen;
        answered += counts.answered;
        dead += counts.dead;
        sent += counts.sent;
        inFlight += counts.inFlight;
        batches += counts.batches;
        batchRequests += counts.batchRequests;
        batchDone += counts.batchDone;
        spent = engine.price() == null || spent == null ? null : spent.add(counts.spent);
      }
    }
    return new CallProgress(
        seen, answered, dead, sent, inFlight, batches, batchRequests, batchDone, spent);
  }

  private static int land(Shared shared, Duration atMost) {
    int remaining = 0;
    for (Engine engine : shared.engines.values()) {
      try {
        remaining += engine.awaitLanded(atMost);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    shared.syncLedger();
    return remaining;
  }

  private static void close(Shared shared, Duration landing) {
    shared.engines.values().forEach(Engine::stop);
    land(shared, landing);
    shared.engines.values().forEach(Engine::close);
    shared.closeLedger();
    shared.workers.shutdown();
  }
}
