package io.sluice.internal.stage;

import io.sluice.internal.engine.CallMeter;
import io.sluice.internal.engine.Engine;
import io.sluice.internal.engine.Finished;
import io.sluice.internal.engine.PreparedDocument;
import io.sluice.internal.engine.RowsBefore;
import io.sluice.internal.quota.QuotaState;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What a worker's JVM holds for one shard between the runner's callbacks: the engine, and which
 * rows are on their way. Beam's state holds the same rows; {@link #mark} in both tells whether they
 * agree. They disagree after a restore, and then the state is right: the session forgets its rows
 * and is given those of the state.
 *
 * <p>Used by one callback at a time; synchronized because runners change threads between them.
 */
final class CallSession implements AutoCloseable {
  private final Function<Map<String, QuotaState>, Engine> factory;
  private final RowsBefore before;
  private final CallMeter meter;
  private final Map<RowId, PreparedDocument> live = new LinkedHashMap<>();
  private @Nullable Engine engine;
  private EngineMark mark = new EngineMark(UUID.randomUUID().toString(), 0, 0, 0);

  /** Rows of {@link #live} that are in Beam's bag. */
  private final Set<RowId> stored = new HashSet<>();

  /** Rows in the bag that have left since. */
  private int left;

  private long answered;
  private long dead;

  CallSession(
      Function<Map<String, QuotaState>, Engine> factory, RowsBefore before, CallMeter meter) {
    this.factory = factory;
    this.before = before;
    this.meter = meter;
  }

  synchronized boolean agreesWith(@Nullable EngineMark other) {
    return engine != null && mark.equals(other);
  }

  /**
   * Takes the rows of the state as the truth.
   *
   * @param known the mark that is in the state; null where there is none
   */
  synchronized void restore(
      @Nullable EngineMark known, List<PreparedDocument> rows, Map<String, QuotaState> quotas) {
    live.clear();
    stored.clear();
    left = 0;
    if (engine == null) {
      engine = factory.apply(quotas);
    } else {
      engine.forgetRows();
    }
    answered = known == null ? 0 : known.answered();
    dead = known == null ? 0 : known.dead();
    before.restored(answered, dead, engine.snapshot());
    rows.forEach(row -> stored.add(row.rowId()));
    submit(rows);
  }

  /** Takes rows; those that are here already, replayed, are left out. */
  synchronized void submit(List<PreparedDocument> rows) {
    List<PreparedDocument> added = new ArrayList<>(rows.size());
    for (PreparedDocument row : rows) {
      if (live.putIfAbsent(row.rowId(), row) == null) {
        added.add(row);
      }
    }
    engine().submit(added);
  }

  /**
   * Rows that have finished since the last call.
   *
   * @return each row once; a row is no longer live when it is returned
   */
  synchronized List<Finished> take(long maxWaitNanos) throws InterruptedException {
    List<Finished> finished = engine().takeFinished(maxWaitNanos);
    finished.removeIf(row -> live.remove(RowId.of(row.document().source())) == null);
    for (Finished row : finished) {
      if (row instanceof Finished.Answered) {
        answered++;
      } else {
        dead++;
      }
    }
    return finished;
  }

  /** Those of some rows that still wait and are not in the bag; they are to be put there. */
  synchronized List<PreparedDocument> toStore(List<PreparedDocument> rows) {
    List<PreparedDocument> waiting = new ArrayList<>();
    for (PreparedDocument row : rows) {
      RowId id = row.rowId();
      if (live.containsKey(id) && stored.add(id)) {
        waiting.add(row);
      }
    }
    return waiting;
  }

  /** Notes that a row has left; true where the state must be told, as the bag holds it. */
  synchronized boolean leaves(RowId row) {
    if (!stored.remove(row)) {
      return false;
    }
    left++;
    return true;
  }

  /** Whether the bag holds so many rows that have left that it should be written anew. */
  synchronized boolean wantsCompaction() {
    return left > 1_000 && left > live.size();
  }

  /** The rows that wait, to be all that is in the bags. */
  synchronized List<PreparedDocument> compact() {
    left = 0;
    stored.clear();
    stored.addAll(live.keySet());
    return List.copyOf(live.values());
  }

  /** No more rows will come. */
  synchronized void inputEnded() {
    engine().inputEnded();
  }

  synchronized int liveRows() {
    return live.size();
  }

  /** Advances the mark; the caller writes it to the state. */
  synchronized EngineMark advance() {
    mark = new EngineMark(mark.id(), mark.version() + 1, answered, dead);
    return mark;
  }

  /** What the engine's calls add up to. */
  CallMeter meter() {
    return meter;
  }

  synchronized Engine engine() {
    if (engine == null) {
      throw new IllegalStateException("The session has not been given its rows yet");
    }
    return engine;
  }

  /** The engine, if there is one yet, without waiting for a callback that uses the session. */
  @Override
  public synchronized void close() {
    if (engine != null) {
      engine.close();
    }
  }
}
