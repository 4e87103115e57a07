package io.sluice.internal.stage;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.sluice.internal.engine.Engine;
import io.sluice.internal.engine.EngineCounts;
import io.sluice.internal.engine.Held;
import io.sluice.internal.engine.Utilisation;
import io.sluice.internal.ledger.Ledger;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What the copies of one transform's {@code DoFn} share in a JVM. Thread-safe. */
final class SharedSessions {
  /** Long enough for an account of a few requests a minute to have sent some. */
  private static final long LOOK_NANOS = Duration.ofSeconds(10).toNanos();

  private final Map<Integer, CallSession> sessions = new ConcurrentHashMap<>();
  private final Map<Integer, Engine> engines = new ConcurrentHashMap<>();
  private final ExecutorService workers =
      Executors.newCachedThreadPool(
          runnable -> {
            Thread thread = new Thread(runnable, "sluice-call");
            thread.setDaemon(true);
            return thread;
          });

  private final Supplier<JobLog> newLog;

  @GuardedBy("this")
  private @Nullable JobLog log;

  @GuardedBy("this")
  private @Nullable Ledger ledger;

  @GuardedBy("this")
  private long lookedAt;

  @GuardedBy("this")
  private long utilisationPercent;

  /**
   * By how many copies it is used; changed in {@link SessionFactory}'s map alone, by one at once.
   */
  int users;

  SharedSessions(long nowNanos, Supplier<JobLog> newLog) {
    this.lookedAt = nowNanos;
    this.newLog = newLog;
  }

  /** A shard's session, made where it is new; with the first the job begins on this worker. */
  CallSession session(Integer shard, Supplier<CallSession> make) {
    log();
    return sessions.computeIfAbsent(shard, key -> make.get());
  }

  /** What the job says in this worker's log. */
  synchronized JobLog log() {
    JobLog made = log;
    if (made == null) {
      made = newLog.get();
      log = made;
    }
    return made;
  }

  /** Says how far it is, where it is time to. */
  void tell(long nowNanos) {
    JobLog job = log();
    if (job.isDue(nowNanos)) {
      job.progress(counts(), isPriced(), utilisationPercent(nowNanos), nowNanos);
    }
  }

  private EngineCounts counts() {
    EngineCounts sum = new EngineCounts();
    for (Engine engine : engines.values()) {
      EngineCounts counts = engine.snapshot();
      sum.addWithin(counts);
      sum.seen += counts.seen;
      sum.batches += counts.batches;
    }
    return sum;
  }

  private boolean isPriced() {
    return engines.values().stream().anyMatch(engine -> engine.price() != null);
  }

  private synchronized void tellEnd(long nowNanos) {
    if (log != null) {
      log.end(counts(), isPriced(), nowNanos);
    }
  }

  /** Takes in the engine of a shard. */
  Engine add(Integer shard, Engine engine) {
    engines.put(shard, engine);
    return engine;
  }

  ExecutorService workers() {
    return workers;
  }

  /** The one ledger of all shards here; what other workers wrote up to now is known to it. */
  synchronized @Nullable Ledger ledger(Supplier<@Nullable Ledger> open) {
    if (ledger == null) {
      ledger = open.get();
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

  private synchronized void closeLedger() {
    if (ledger != null) {
      ledger.close();
    }
  }

  void addTo(Held held) {
    engines.values().forEach(engine -> engine.addTo(held));
  }

  /** The share of its accounts' limits that was used, over about ten seconds. */
  synchronized long utilisationPercent(long nowNanos) {
    if (nowNanos - lookedAt >= LOOK_NANOS) {
      Utilisation utilisation = new Utilisation(nowNanos - lookedAt);
      engines.values().forEach(engine -> engine.addTo(utilisation));
      utilisationPercent = utilisation.percent();
      lookedAt = nowNanos;
    }
    return utilisationPercent;
  }

  CallProgress progress() {
    CallProgress sum = CallProgress.NONE;
    for (Engine engine : engines.values()) {
      EngineCounts counts = engine.snapshot();
      sum =
          sum.plus(
              new CallProgress(
                  counts.seen,
                  counts.answered,
                  counts.dead,
                  counts.sent,
                  counts.inFlight,
                  counts.batches,
                  counts.batchRequests,
                  counts.batchDone,
                  engine.price() == null ? null : counts.spent,
                  counts.situation));
    }
    return sum;
  }

  /** Sends nothing more. */
  void stop() {
    engines.values().forEach(Engine::stop);
  }

  /**
   * Waits for calls in flight, so that every answer that was paid for is in the ledger.
   *
   * @return how many calls were still in flight when the time was over
   */
  int land(Duration atMost) {
    int remaining = 0;
    for (Engine engine : engines.values()) {
      try {
        remaining += engine.awaitLanded(atMost);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    syncLedger();
    return remaining;
  }

  /** Ends it, after what is paid is kept. */
  void close(Duration landing, LongSupplier nanos) {
    stop();
    land(landing);
    tellEnd(nanos.getAsLong());
    engines.values().forEach(Engine::close);
    closeLedger();
    workers.shutdown();
  }
}
