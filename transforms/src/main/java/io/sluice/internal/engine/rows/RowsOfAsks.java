package io.sluice.internal.engine.rows;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.sluice.Answer;
import io.sluice.Answer.ServedBy;
import io.sluice.DeadLetter;
import io.sluice.Document;
import io.sluice.internal.engine.Engine;
import io.sluice.internal.engine.EngineClock;
import io.sluice.internal.engine.EngineCounts;
import io.sluice.internal.engine.Finished;
import io.sluice.internal.engine.Heartbeat;
import io.sluice.internal.engine.Journal;
import io.sluice.internal.engine.PreparedDocument;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Rows that are asked several things, above an engine to which each of these is a row of its own:
 * its document stands for the ask wherever it comes back. What is asked next, and what the answers
 * come to, is the subclass's to say, of each row by itself.
 *
 * <p>What a row has been answered is here while it is on its way, and nowhere in Beam's state:
 * after a restore it begins with its first ask, and the ledger answers what was asked.
 *
 * @param <R> a row on its way
 */
abstract class RowsOfAsks<R extends RowsOfAsks.Row> extends OuterEngine {
  /** A row on its way. */
  static class Row {
    final PreparedDocument row;
    private int flying;
    private @Nullable DeadLetter failure;

    Row(PreparedDocument row) {
      this.row = row;
    }

    /** Whether one of its asks has failed: then nothing else is asked of it. */
    final boolean hasFailed() {
      return failure != null;
    }

    /** It ends with this, unless it has failed before. */
    final boolean fail(DeadLetter because) {
      boolean isFirst = failure == null;
      failure = isFirst ? because : failure;
      return isFirst;
    }

    final int flying() {
      return flying;
    }
  }

  private record Asking<R>(R row, int place, String fingerprint) {}

  /** By an ask's document, which the engine hands back as it is. */
  @GuardedBy("this")
  private final Map<Document, Asking<R>> flying = new IdentityHashMap<>();

  /** Which step a request is on its way for: another is judged by other rules, and waits. */
  @GuardedBy("this")
  private final Map<String, Integer> stepOf = new HashMap<>();

  @GuardedBy("this")
  private final Map<String, Integer> flyingOf = new HashMap<>();

  @GuardedBy("this")
  private final Map<String, Deque<PreparedDocument>> waiting = new HashMap<>();

  /** What the engine is to be asked once what is at hand is done. */
  @GuardedBy("this")
  private List<PreparedDocument> asks = new ArrayList<>();

  @GuardedBy("this")
  private List<Finished> ends = new ArrayList<>();

  /** Rows, where the engine counts asks. */
  @GuardedBy("this")
  private final EngineCounts rows = new EngineCounts();

  @GuardedBy("this")
  private int live;

  @GuardedBy("this")
  private final Heartbeat heartbeat;

  /**
   * @param engine within this one: its journal is within this one's
   */
  RowsOfAsks(Engine engine, Journal journal, EngineClock clock) {
    super(engine);
    this.heartbeat = new Heartbeat(journal, clock);
  }

  /** A row that has come. */
  abstract R begin(PreparedDocument row);

  /** Asks what can be asked of a row now; one with nothing on its way then is over. */
  @GuardedBy("this")
  abstract void goOn(R row);

  /**
   * An ask was answered.
   *
   * @param place as it was asked with
   */
  abstract void answered(R row, int place, Answer answer);

  /** An ask has failed, the first of its row. */
  abstract void failed(R row, int place);

  /** What a row's answers come to. */
  abstract Answer answer(R row);

  /** What a row becomes whose ask has failed. */
  abstract DeadLetter dead(R row, DeadLetter failure);

  // ---- rows -----------------------------------------------------------------------------------

  @Override
  public final synchronized void submit(List<PreparedDocument> added) {
    for (PreparedDocument each : added) {
      rows.seen++;
      live++;
      move(begin(each));
    }
    engine.submit(takeAsks());
  }

  @GuardedBy("this")
  private List<PreparedDocument> takeAsks() {
    List<PreparedDocument> taken = asks;
    asks = new ArrayList<>();
    return taken;
  }

  @GuardedBy("this")
  private void move(R row) {
    if (!row.hasFailed()) {
      goOn(row);
    }
    if (((Row) row).flying == 0) {
      live--;
      end(row);
    }
  }

  /**
   * Asks.
   *
   * @param place of the ask in its row
   * @param ask with a document of its own, and its plan
   */
  @GuardedBy("this")
  final void ask(R row, int place, PreparedDocument ask) {
    ((Row) row).flying++;
    flying.put(ask.document(), new Asking<>(row, place, ask.request().fingerprint()));
    send(ask);
  }

  @GuardedBy("this")
  private void send(PreparedDocument ask) {
    String fingerprint = ask.request().fingerprint();
    int step = ask.ask() == null ? 0 : ask.ask().step();
    if (stepOf.getOrDefault(fingerprint, step) != step) {
      waiting.computeIfAbsent(fingerprint, key -> new ArrayDeque<>()).add(ask);
      return;
    }
    stepOf.put(fingerprint, step);
    flyingOf.merge(fingerprint, 1, Integer::sum);
    asks.add(ask);
  }

  /** A request is on its way no longer for one row: what waits for that may go. */
  @GuardedBy("this")
  private void landed(String fingerprint) {
    if (flyingOf.merge(fingerprint, -1, Integer::sum) > 0) {
      return;
    }
    flyingOf.remove(fingerprint);
    stepOf.remove(fingerprint);
    Deque<PreparedDocument> those = waiting.remove(fingerprint);
    if (those != null) {
      those.forEach(this::send);
    }
  }

  @Override
  public final synchronized List<Finished> takeFinished(long maxWaitNanos)
      throws InterruptedException {
    List<Finished> some = engine.takeFinished(ends.isEmpty() ? maxWaitNanos : 0);
    while (!some.isEmpty()) {
      some.forEach(this::hear);
      // Told in any case: an engine of batches waits until its ends are heard.
      engine.submit(takeAsks());
      some = engine.takeFinished(0);
    }
    List<Finished> out = ends;
    ends = new ArrayList<>();
    heartbeat.beat(!out.isEmpty() && live == 0, this::snapshot);
    return out;
  }

  @GuardedBy("this")
  private void hear(Finished end) {
    Asking<R> asking = flying.remove(end.document());
    if (asking == null) {
      return;
    }
    R row = asking.row;
    ((Row) row).flying--;
    landed(asking.fingerprint);
    if (end instanceof Finished.Answered answered) {
      answered(row, asking.place, answered.answer());
    } else if (end instanceof Finished.Dead dead && row.fail(dead.deadLetter())) {
      failed(row, asking.place);
    }
    move(row);
  }

  @GuardedBy("this")
  private void end(R row) {
    DeadLetter failure = ((Row) row).failure;
    if (failure != null) {
      rows.dead++;
      ends.add(new Finished.Dead(dead(row, failure)));
      return;
    }
    Answer answer = answer(row);
    rows.answered++;
    rows.servedFromLedger += answer.servedBy() == ServedBy.LEDGER ? 1 : 0;
    ends.add(new Finished.Answered(answer));
  }

  // ---- how far it is --------------------------------------------------------------------------

  @Override
  public final synchronized EngineCounts snapshot() {
    return engine.snapshot().ofRows(rows, live);
  }

  @Override
  public final synchronized void forgetRows() {
    flying.clear();
    stepOf.clear();
    flyingOf.clear();
    waiting.clear();
    asks.clear();
    ends.clear();
    live = 0;
    engine.forgetRows();
  }

  @Override
  public final synchronized void close() {
    engine.close();
    heartbeat.beat(true, this::snapshot);
  }
}
