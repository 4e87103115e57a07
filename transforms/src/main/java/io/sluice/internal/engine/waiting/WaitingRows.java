package io.sluice.internal.engine.waiting;

import io.sluice.Answer.ServedBy;
import io.sluice.DeadLetter;
import io.sluice.ErrorKind;
import io.sluice.Fallback.Cause;
import io.sluice.internal.engine.BoundedMap;
import io.sluice.internal.engine.Endings;
import io.sluice.internal.engine.EngineCounts;
import io.sluice.internal.engine.Finished;
import io.sluice.internal.engine.Flight;
import io.sluice.internal.engine.Outcome;
import io.sluice.internal.engine.PreparedDocument;
import io.sluice.internal.engine.RowSignals;
import io.sluice.internal.judge.Verdict;
import io.sluice.internal.plan.Ask;
import io.sluice.internal.plan.Ending;
import io.sluice.spi.Reply;
import java.math.BigDecimal;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The rows that wait for an answer, by the request that they wait for, and those that have had
 * theirs and wait to be handed back. Guarded by the engine's lock.
 */
public final class WaitingRows {
  /** Permanent failures of this run: an identical row fails alike without being asked. */
  private final BoundedMap<String, Reply.Failed> refused = new BoundedMap<>(10_000);

  private final Map<String, Flight> flights = new HashMap<>();

  /** Requests that a provider may still answer, and bill. */
  private final Set<String> unsettled = new HashSet<>();

  private final ArrayDeque<Finished> finished = new ArrayDeque<>();
  private final EngineCounts counts;
  private final @Nullable RowSignals signals;
  private final boolean areSteps;
  private final Lookups lookups;
  private int rows;
  private long bytes;

  /** Ends of asks that wait to be handed back. */
  private int unheard;

  /** Whether such were handed back the last time. */
  private boolean handedOut;

  private boolean heard = true;

  /**
   * @param counts told of every row that ends
   * @param signals for engines that share their rows; null for an engine alone
   * @param areSteps whether rows go on after their ends here
   * @param lookups told of every request that ends
   */
  public WaitingRows(
      EngineCounts counts, @Nullable RowSignals signals, boolean areSteps, Lookups lookups) {
    this.counts = counts;
    this.signals = signals;
    this.areSteps = areSteps;
    this.lookups = lookups;
  }

  /**
   * Whether a row's request is on its way, was refused in this run, or has ended while the row was
   * looked up: then that is its end.
   */
  public boolean joins(PreparedDocument row) {
    Flight flight = flights.get(row.request().fingerprint());
    if (flight != null) {
      join(flight, row);
      return true;
    }
    Reply.Failed known = refused.get(refusal(row.request().fingerprint(), step(row)));
    if (known != null) {
      finish(row, Endings.dead(row, known, row.ask() == null ? 0 : row.ask().sent()));
      return true;
    }
    Finished late = lookups.again(row);
    if (late != null) {
      finishStored(late);
      return true;
    }
    return false;
  }

  private static int step(PreparedDocument row) {
    return row.ask() == null ? 0 : row.ask().step();
  }

  /** Steps may ask the same, and judge by rules of their own. */
  private static String refusal(String fingerprint, int step) {
    return step == 0 ? fingerprint : fingerprint + "/" + step;
  }

  /** A row whose request is to be asked. */
  public Flight begin(PreparedDocument row) {
    String fingerprint = row.request().fingerprint();
    Flight flight = new Flight(row.request(), row.ask(), lookups.takeReason(fingerprint));
    flights.put(fingerprint, flight);
    join(flight, row);
    return flight;
  }

  private void join(Flight flight, PreparedDocument row) {
    flight.rows.add(row);
    rows++;
    bytes += row.heldBytes();
  }

  /** A row's end. */
  public void finish(Finished row) {
    count(row);
    unheard += areSteps ? 1 : 0;
    add(row);
  }

  private void add(Finished row) {
    finished.add(row);
    tellHeard();
    if (signals != null && finished.size() == 1) {
      signals.finished();
    }
  }

  private void tellHeard() {
    boolean now = unheard == 0 && !handedOut;
    if (signals != null && now != heard) {
      if (now) {
        signals.done();
      } else {
        signals.begins();
      }
    }
    heard = now;
  }

  /** What the ledger has of a row: its end, or that of an ask. */
  public void finishStored(Finished stored) {
    if (stored instanceof Finished.OfAsk ask) {
      finish(ask);
    } else {
      counts.servedFromLedger++;
      finish(stored);
    }
  }

  /**
   * Counts a row that ended by its plan.
   *
   * @param row as it asked last; as it came where it asked nothing
   */
  public void count(PreparedDocument row, Finished end) {
    counts.seen += row.isNew() ? 1 : 0;
    count(end);
  }

  private void count(Finished row) {
    if (row instanceof Finished.Answered) {
      counts.answered++;
    } else {
      counts.dead++;
    }
  }

  /**
   * The end of what a row asked: the row's, where it was asked nothing before and nothing else may
   * be asked.
   */
  public void finish(PreparedDocument row, Finished end) {
    DeadLetter dead = end instanceof Finished.Dead of ? of.deadLetter() : null;
    finish(row, end, dead == null ? null : Cause.of(dead.kind()));
  }

  private void finish(PreparedDocument row, Finished end, @Nullable Cause cause) {
    Ask ask = row.ask();
    if (ask == null || !(ask.isFollowUp() || ask.follows().fallsBack())) {
      finish(end);
      return;
    }
    DeadLetter dead = end instanceof Finished.Dead of ? of.deadLetter() : null;
    int sent = dead == null ? 0 : dead.attempts();
    finish(
        new Finished.OfAsk(
            row,
            end,
            ask.ended(new Ending.Failed(cause), ask.attempts(), Math.max(ask.sent(), sent))));
  }

  /** A row for which nothing is sent, as its account has stopped. */
  public void stopped(PreparedDocument row, String why, Cause cause) {
    boolean mayBeBilled = unsettled.contains(row.request().fingerprint());
    finish(row, Endings.unsent(row, ErrorKind.ACCOUNT, why), mayBeBilled ? null : cause);
  }

  /** A provider may still answer a request, and bill it: no other model is asked for its rows. */
  public void unsettled(String fingerprint) {
    unsettled.add(fingerprint);
  }

  /** Every row that waits for a request, as its account has stopped. */
  public void stopped(Flight flight, String why, Cause cause) {
    leave(flight).forEach(row -> stopped(row, why, cause));
  }

  /** The end of an ask, of which a plan is to hear. */
  public void finish(Finished.OfAsk end) {
    unheard++;
    add(end);
  }

  /** The end of every row that waits for a request. */
  public void land(Flight flight, Function<PreparedDocument, Finished> end) {
    leave(flight).forEach(row -> finish(row, end.apply(row)));
  }

  /** What came of a request is of no use, and its rows' plan asks something else. */
  public void otherwise(Flight flight, Outcome outcome) {
    Reply.Failed failed = outcome.failed();
    Reply.Answered answered = outcome.answered();
    Ending ending =
        answered == null ? Ending.CUT : new Ending.Misfit(answered.raw(), failed.message());
    counts.retried++;
    for (PreparedDocument row : leave(flight)) {
      Finished dead = Endings.dead(row, failed, flight.sent);
      Ask ask = row.ask();
      if (ask == null) {
        finish(dead);
      } else {
        finish(
            new Finished.OfAsk(row, dead, ask.ended(ending, flight.asked.attempts(), flight.sent)));
      }
    }
  }

  /** The rows that wait for a request, which wait no longer. */
  private List<PreparedDocument> leave(Flight flight) {
    flights.remove(flight.request.fingerprint());
    lookups.ended(flight.request.fingerprint());
    rows -= flight.rows.size();
    flight.rows.forEach(row -> bytes -= row.heldBytes());
    return flight.rows;
  }

  /**
   * A request's answer: its first row has the cost, the others share it.
   *
   * @param paid how the row that has the cost was served
   */
  public void answer(
      Flight flight,
      Reply.Answered answered,
      Verdict.Fits fits,
      @Nullable BigDecimal cost,
      long latencyMs,
      ServedBy paid) {
    PreparedDocument payer = flight.rows.isEmpty() ? null : flight.rows.get(0);
    for (PreparedDocument row : leave(flight)) {
      finish(
          Endings.answered(
              row,
              answered,
              fits,
              row == payer ? cost : Endings.shared(cost),
              flight.sent,
              latencyMs,
              row == payer ? paid : ServedBy.LEDGER));
    }
  }

  /** A request that has failed for good. */
  public void refuse(Flight flight, Reply.Failed failed) {
    counts.failed++;
    refused.put(refusal(flight.request.fingerprint(), flight.step), failed);
    land(flight, row -> Endings.dead(row, failed, flight.sent));
  }

  /** Gives up the rows that wait for a request, which are to be asked elsewhere. */
  public List<PreparedDocument> giveUp(Flight flight) {
    return leave(flight);
  }

  public boolean hasFinished() {
    return !finished.isEmpty();
  }

  public List<Finished> takeFinished() {
    List<Finished> taken = new ArrayList<>(finished);
    finished.clear();
    handedOut = unheard > 0;
    unheard = 0;
    tellHeard();
    return taken;
  }

  /**
   * Whether plans have heard of every end, so that what they ask next is here: who takes ends comes
   * back with what follows from them before more are taken.
   */
  public boolean areHeard() {
    return heard && (signals == null || signals.areHeard());
  }

  /** Forgets every row; requests in flight stay known, so that they are not asked again. */
  public void forget(List<Flight> unsent) {
    finished.clear();
    unheard = 0;
    handedOut = false;
    tellHeard();
    rows = 0;
    bytes = 0;
    unsent.forEach(flight -> flights.remove(flight.request.fingerprint()));
    flights.values().forEach(flight -> flight.rows.clear());
  }

  public int rows() {
    return rows;
  }

  /** The memory that they take, about. */
  public long bytes() {
    return bytes;
  }
}
