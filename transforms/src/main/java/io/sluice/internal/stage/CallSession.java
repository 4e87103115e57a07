package io.sluice.internal.stage;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.sluice.DeadLetter;
import io.sluice.Document;
import io.sluice.ErrorKind;
import io.sluice.internal.engine.CallMeter;
import io.sluice.internal.engine.Engine;
import io.sluice.internal.engine.Finished;
import io.sluice.internal.engine.PreparedDocument;
import io.sluice.internal.engine.Tally;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a worker's JVM holds for one shard between the runner's callbacks: the engine, and which
 * rows are on their way. Beam's state holds the same rows; {@link #mark} in both tells whether they
 * agree. They disagree after a restore, and then the state is right: the session forgets its rows
 * and is given those of the state.
 *
 * <p>Used by one callback at a time; synchronized because runners change threads between them.
 */
final class CallSession {
  private static final Logger LOG = LoggerFactory.getLogger(CallSession.class);

  private final Function<Map<String, QuotaState>, Engine> factory;
  private final Tally tally;

  @GuardedBy("this")
  private final Map<RowId, PreparedDocument> live = new LinkedHashMap<>();

  @GuardedBy("this")
  private @Nullable Engine engine;

  @GuardedBy("this")
  private EngineMark mark = new EngineMark(UUID.randomUUID().toString(), 0, 0, 0);

  /** Rows of {@link #live} that are in Beam's bag. */
  @GuardedBy("this")
  private final Set<RowId> stored = new HashSet<>();

  /** Rows in the bag that have left since. */
  @GuardedBy("this")
  private int left;

  @GuardedBy("this")
  private long answered;

  @GuardedBy("this")
  private long dead;

  @GuardedBy("this")
  private long repeated;

  @GuardedBy("this")
  private long repeatedTaken;

  /**
   * @param factory makes the engine, from the limiters' states by account
   */
  CallSession(Function<Map<String, QuotaState>, Engine> factory, Tally tally) {
    this.factory = factory;
    this.tally = tally;
  }

  /** Not within a callback that has taken or given rows, nor after one that failed. */
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
    tally.before().restored(answered, dead, engine.snapshot());
    for (PreparedDocument row : rows) {
      stored.add(RowId.of(row));
    }
    submit(rows);
  }

  /**
   * Takes rows. Those that are here already, replayed, are left out. Another document with the
   * source of one that is here cannot be told apart from it in the state, and is not taken.
   *
   * @return what becomes of those that are not taken
   */
  synchronized List<DeadLetter> submit(List<PreparedDocument> rows) {
    advance();
    List<PreparedDocument> added = new ArrayList<>(rows.size());
    List<DeadLetter> refused = new ArrayList<>();
    for (PreparedDocument row : rows) {
      PreparedDocument here = live.putIfAbsent(RowId.of(row), row);
      if (here == null) {
        added.add(row);
      } else if (!here.document().equals(row.document())) {
        refused.add(sameSource(here.document(), row.document()));
      } else {
        noteRepeated(row.document());
      }
    }
    dead += refused.size();
    tally.before().refused(refused.size());
    engine().submit(added);
    return refused;
  }

  /** A runner that replays, or an input that has it twice: the two cannot be told apart. */
  @GuardedBy("this")
  private void noteRepeated(Document document) {
    if (repeated++ == 0) {
      LOG.warn(
          "Document \"{}\" ({}, position {}) was given again while it was on its way, and is asked"
              + " and counted once; so is every other that comes again with the same content and"
              + " source (metric repeatedDocuments)",
          document.id(),
          document.source().file(),
          document.source().position());
    }
  }

  /** Documents that were left out since the last time, as they were on their way already. */
  synchronized long takeRepeated() {
    long since = repeated - repeatedTaken;
    repeatedTaken = repeated;
    return since;
  }

  private static DeadLetter sameSource(Document here, Document refused) {
    return DeadLetter.unsent(
        refused,
        ErrorKind.BAD_INPUT,
        "Not asked: document \""
            + refused.id()
            + "\" has the source of another one that is on its way, \""
            + here.id()
            + "\" ("
            + here.source().file()
            + ", position "
            + here.source().position()
            + "); give each document of the pipeline a source of its own");
  }

  /**
   * Rows that have finished since the last call.
   *
   * @return each row once; a row is no longer live when it is returned
   */
  synchronized List<Finished> take(long maxWaitNanos) throws InterruptedException {
    advance();
    List<Finished> finished = engine().takeFinished(maxWaitNanos);
    List<Finished> leaving = new ArrayList<>(finished.size());
    for (Finished row : finished) {
      if (live.remove(RowId.of(row.document().source())) == null) {
        continue;
      }
      leaving.add(row);
      if (row instanceof Finished.Answered) {
        answered++;
      } else {
        dead++;
      }
    }
    return leaving;
  }

  /** Those of some rows that still wait and are not in the bag; they are to be put there. */
  synchronized List<PreparedDocument> toStore(List<PreparedDocument> rows) {
    List<PreparedDocument> waiting = new ArrayList<>();
    for (PreparedDocument row : rows) {
      RowId id = RowId.of(row);
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

  /**
   * Advances the mark; at the end of a callback the caller writes it to the state. It goes on
   * before anything is changed, too: where a callback fails half way, the two no longer agree.
   */
  synchronized EngineMark advance() {
    mark = new EngineMark(mark.id(), mark.version() + 1, answered, dead);
    return mark;
  }

  /** What the engine's calls add up to. */
  CallMeter meter() {
    return tally.meter();
  }

  synchronized Engine engine() {
    if (engine == null) {
      throw new IllegalStateException("The session has not been given its rows yet");
    }
    return engine;
  }
}
