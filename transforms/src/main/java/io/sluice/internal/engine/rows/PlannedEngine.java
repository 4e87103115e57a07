package io.sluice.internal.engine.rows;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.sluice.DeadLetter;
import io.sluice.ErrorKind;
import io.sluice.Fallback.Cause;
import io.sluice.internal.engine.BoundedMap;
import io.sluice.internal.engine.Engine;
import io.sluice.internal.engine.Finished;
import io.sluice.internal.engine.PreparedDocument;
import io.sluice.internal.engine.StoredAnswers;
import io.sluice.internal.plan.Ask;
import io.sluice.internal.plan.Ended;
import io.sluice.internal.plan.Plan;
import io.sluice.internal.plan.Then;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Rows and their plans, above an engine that knows of asks alone: it is given asks, hands back
 * their ends, and the {@link Plan} says what is asked next or what the row's end is. Most rows end
 * with their first ask, and pass through here untouched.
 *
 * <p>Nothing of a plan is in Beam's state. After a crash a row begins with its first ask, and the
 * ledger answers what was asked before: each of its endings leads to the ask that followed it then,
 * up to the first that is not there. An ending that leads no further is of an earlier run, and is
 * asked anew, unless the job keeps its failures.
 */
public final class PlannedEngine extends OuterEngine {
  private static final int MOST_REFUSED = 10_000;
  private static final int MOST_LOOKS = 10;

  private final List<Plan> plans;
  private final StoredAnswers stored;

  /** By step and first request: how the plan of its rows has ended in this run, in vain. */
  @GuardedBy("this")
  private final BoundedMap<String, DeadLetter> refused = new BoundedMap<>(MOST_REFUSED);

  /** Ends of rows that were not handed back yet. */
  @GuardedBy("this")
  private List<Finished> ends = new ArrayList<>();

  /**
   * @param engine of its own: its rows are those of here
   * @param plans by step
   * @param stored the ledger that the engine writes
   */
  public PlannedEngine(Engine engine, List<Plan> plans, StoredAnswers stored) {
    super(engine);
    this.plans = List.copyOf(plans);
    this.stored = stored;
  }

  // ---- rows -----------------------------------------------------------------------------------

  @Override
  public synchronized void submit(List<PreparedDocument> rows) {
    List<PreparedDocument> asks = new ArrayList<>(rows.size());
    for (PreparedDocument row : rows) {
      Ask ask = row.ask() == null ? plans.get(0).first(row.request()) : row.ask();
      DeadLetter known = refused.get(key(ask));
      if (known == null) {
        asks.add(row.asking(ask));
      } else {
        end(row, new Finished.Dead(alike(row, known)));
      }
    }
    engine.submit(asks);
  }

  private static String key(Ask ask) {
    return ask.step() + "/" + ask.first();
  }

  private static DeadLetter alike(PreparedDocument row, DeadLetter other) {
    return new DeadLetter(
        row.document(),
        other.kind(),
        other.message(),
        other.status(),
        other.code(),
        other.retryable(),
        0,
        other.answer());
  }

  @Override
  public synchronized List<Finished> takeFinished(long maxWaitNanos) throws InterruptedException {
    boolean asked = hear(engine.takeFinished(ends.isEmpty() ? maxWaitNanos : 0));
    // What follows may be in the ledger.
    for (int i = 0; asked && i < MOST_LOOKS; i++) {
      asked = hear(engine.takeFinished(0));
    }
    List<Finished> out = ends;
    ends = new ArrayList<>();
    return out;
  }

  /** Whether anything was asked because of some ends. */
  @GuardedBy("this")
  private boolean hear(List<Finished> some) {
    List<PreparedDocument> asks = new ArrayList<>();
    for (Finished each : some) {
      if (each instanceof Finished.OfAsk of) {
        PreparedDocument next = next(of);
        if (next == null) {
          end(of);
        } else {
          asks.add(next);
        }
      } else {
        ends.add(each);
      }
    }
    if (!asks.isEmpty()) {
      engine.submit(asks);
    }
    return !asks.isEmpty();
  }

  /** What a row asks after an ask of it has ended; null where that was the row's end. */
  private @Nullable PreparedDocument next(Finished.OfAsk of) {
    PreparedDocument row = of.row();
    Ended ended = of.ended();
    boolean keeps = stored.keepsFailures();
    Plan plan = plans.get(ended.ask().step());
    ObjectNode fields = row.fields();
    Then then = ended.isStored() ? plan.replayed(fields, ended, stored) : plan.after(fields, ended);
    DeadLetter before = of.end() instanceof Finished.Dead dead ? letter(ended, dead) : null;
    if (then instanceof Then.Asks asks) {
      Ask ask = asks.ask();
      boolean isAsked =
          !ended.isStored()
              || (!ask.request().fingerprint().equals(row.request().fingerprint())
                  && (!keeps || stored.has(ask.request())));
      if (isAsked) {
        notePassedOn(of, ask);
        return row.asking(ask.failing(before));
      }
    }
    boolean stands = keeps && (before == null || !before.kind().isStillToDo());
    return ended.isStored() && !stands ? row.asking(ended.ask().anew()) : null;
  }

  /** Of what was sent the ledger knows the end; this is of what is not sent. */
  private void notePassedOn(Finished.OfAsk of, Ask next) {
    Ended ended = of.ended();
    Cause cause = ended.ending().toFallback();
    boolean isUnsent =
        !ended.isStored()
            && next.target() != ended.ask().target()
            && of.end() instanceof Finished.Dead dead
            && dead.deadLetter().kind() == ErrorKind.ACCOUNT;
    if (isUnsent && cause != null) {
      stored.passedOn(of.row(), cause);
    }
  }

  @GuardedBy("this")
  private void end(Finished.OfAsk of) {
    Finished end = of.end();
    if (end instanceof Finished.Dead dead) {
      DeadLetter letter = letter(of.ended(), dead);
      if (!letter.kind().isStillToDo() && !letter.retryable()) {
        refused.put(key(of.ended().ask()), letter);
      }
      end = new Finished.Dead(letter);
    }
    // Counted as it came, where it was new.
    end(of.row().asking(of.ended().ask().anew()), end);
  }

  /**
   * What a row becomes after its asks have ended in vain: what is still to do at any model stays
   * so, and one that could not be asked at all says nothing of the document.
   */
  private static DeadLetter letter(Ended ended, Finished.Dead dead) {
    DeadLetter before = ended.ask().failing();
    DeadLetter last = dead.deadLetter();
    if (before == null || last.kind().isStillToDo()) {
      return last;
    }
    boolean isOfTheAsk = last.kind() == ErrorKind.TOO_LARGE || last.kind() == ErrorKind.BAD_REQUEST;
    return isOfTheAsk || before.kind().isStillToDo() ? before : last;
  }

  @GuardedBy("this")
  private void end(PreparedDocument row, Finished end) {
    engine.count(row, end);
    ends.add(end);
  }

  @Override
  public synchronized void forgetRows() {
    ends.clear();
    engine.forgetRows();
  }
}
