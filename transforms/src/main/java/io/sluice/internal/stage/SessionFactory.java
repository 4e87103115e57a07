package io.sluice.internal.stage;

import io.sluice.ModelTask;
import io.sluice.internal.engine.CallSettings;
import io.sluice.internal.engine.Finished;
import io.sluice.internal.engine.Held;
import io.sluice.internal.engine.Journal;
import io.sluice.internal.engine.Tally;
import java.io.Serializable;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Finds or opens this JVM's sessions of one transform. Runners make many copies of a {@code DoFn};
 * they share the sessions, which are closed when the last copy is torn down. Thread-safe.
 */
final class SessionFactory implements Serializable {
  private static final long serialVersionUID = 1L;

  /** How long a torn-down stage waits for calls in flight, so that what is paid is kept. */
  private static final Duration LANDING = Duration.ofSeconds(20);

  private static final Map<String, SharedSessions> SHARED = new ConcurrentHashMap<>();

  private final String id = UUID.randomUUID().toString();
  private final ModelTask task;
  private final CallSettings settings;
  private final EngineOpener engines;
  private final Ticks ticks;

  /** A clock that only says how much time has passed. */
  interface Ticks extends Serializable {
    long nanos();
  }

  SessionFactory(ModelTask task, CallSettings settings) {
    this(task, settings, new TaskEngines(task, settings), System::nanoTime);
  }

  SessionFactory(ModelTask task, CallSettings settings, EngineOpener engines, Ticks ticks) {
    this.task = task;
    this.settings = settings;
    this.engines = engines;
    this.ticks = ticks;
  }

  /** Time as the stage counts it, nanoseconds from anywhere. */
  long nanos() {
    return ticks.nanos();
  }

  void acquire() {
    SHARED.compute(
        id,
        (key, shared) -> {
          SharedSessions now = shared == null ? open() : shared;
          now.users++;
          return now;
        });
  }

  private SharedSessions open() {
    return new SharedSessions(nanos(), () -> new JobLog(task, settings, engines.lines(), nanos()));
  }

  /** Says in the log how far this worker is, where it is time to. */
  void tell() {
    shared().tell(nanos());
  }

  /** Says in the log what a row tells of the whole. */
  void tell(Finished row) {
    shared().log().row(row);
  }

  void release() {
    SharedSessions[] last = new SharedSessions[1];
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
      last[0].close(LANDING, this::nanos);
    }
  }

  /** Makes what was written to the ledger last. */
  void sync() {
    shared().syncLedger();
  }

  private SharedSessions shared() {
    SharedSessions shared = SHARED.get(id);
    if (shared == null) {
      throw new IllegalStateException("The stage was used before its setup");
    }
    return shared;
  }

  /** Whether more rows should wait before any are added in this JVM ({@link Held}). */
  boolean areFull() {
    Held held = Held.inThisHeap();
    shared().addTo(held);
    return !held.wantsMore();
  }

  /** The share of its accounts' limits that this JVM uses, over about ten seconds. */
  long utilisationPercent() {
    return shared().utilisationPercent(nanos());
  }

  CallSession get(Integer shard) {
    SharedSessions shared = shared();
    return shared.session(
        shard,
        () -> {
          Tally tally = Tally.of(shard);
          return new CallSession(
              states ->
                  shared.add(
                      shard,
                      engines.open(
                          shared.ledger(() -> Journal.ledger(task, settings)),
                          tally,
                          states,
                          shared.workers())),
              tally);
        });
  }

  /**
   * Stops sending in this JVM and waits for what is in flight, so that every answer that was paid
   * for is in the ledger.
   *
   * @return how many calls were still in flight when the time was over
   */
  static int landAll(Duration atMost) {
    SHARED.values().forEach(SharedSessions::stop);
    return SHARED.values().stream().mapToInt(shared -> shared.land(atMost)).sum();
  }

  static CallProgress progress() {
    return SHARED.values().stream()
        .map(SharedSessions::progress)
        .reduce(CallProgress.NONE, CallProgress::plus);
  }
}
