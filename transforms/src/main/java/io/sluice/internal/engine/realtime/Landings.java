package io.sluice.internal.engine.realtime;

import io.sluice.Answer.ServedBy;
import io.sluice.ErrorKind;
import io.sluice.ModelTask;
import io.sluice.internal.engine.Endings;
import io.sluice.internal.engine.EngineCounts;
import io.sluice.internal.engine.Flight;
import io.sluice.internal.engine.Next;
import io.sluice.internal.engine.Outcome;
import io.sluice.internal.engine.Spending;
import io.sluice.internal.engine.WaitingRows;
import io.sluice.internal.engine.realtime.CallEnd.Decided;
import io.sluice.internal.provider.Providers;
import java.util.ArrayList;
import java.util.List;

/**
 * What the end of a call does to each of its requests and the rows that wait for it, once it is
 * decided ({@link Conclusions}) and kept. Guarded by the engine's lock.
 */
final class Landings {
  private final Lanes lanes;
  private final WaitingRows rows;
  private final EngineCounts counts;

  /** How the row that has the cost of an answer was served. */
  private final ServedBy paid;

  Landings(Lanes lanes, WaitingRows rows, EngineCounts counts, ModelTask task) {
    this.lanes = lanes;
    this.rows = rows;
    this.counts = counts;
    this.paid = Providers.of(task).runsInProcess() ? ServedBy.LOCAL : ServedBy.REALTIME;
  }

  /** Lands a call that is kept; to schedule its lane anew is the caller's. */
  void land(Lane lane, List<Decided> decided, long now) {
    lanes.landed(lane);
    landEach(lane, decided, now);
  }

  /** Gives each request its end, or sends it back to its lane. */
  void landEach(Lane lane, List<Decided> decided, long now) {
    List<Flight> atOnce = new ArrayList<>();
    List<Flight> split = new ArrayList<>();
    for (Decided each : decided) {
      CallEnd end = each.end();
      Flight flight = end.flight();
      if (end.outcome().answered() != null && end.cost() != null) {
        counts.spent = counts.spent.add(end.cost());
      }
      if (end.outcome() instanceof Outcome.Fits fits) {
        rows.answer(flight, fits.answered(), fits.fits(), end.cost(), end.latencyMs(), paid);
      } else if (each.next() instanceof Next.Again again) {
        counts.retried++;
        flight.notBefore = now + again.waitNanos();
        if (again.waitNanos() > 0) {
          lane.delayed.add(flight);
        } else {
          atOnce.add(flight);
        }
      } else if (each.next() instanceof Next.Otherwise) {
        rows.otherwise(flight, end.outcome());
      } else if (each.next() instanceof Next.Split) {
        split.add(flight);
      } else if (each.next() instanceof Next.StopAccount) {
        counts.failed++;
        String why = String.valueOf(lane.brokenBecause);
        rows.land(flight, row -> Endings.unsent(row, ErrorKind.ACCOUNT, why));
      } else {
        lane.size.blame(List.of(flight));
        rows.refuse(flight, end.outcome().failed());
      }
    }
    lane.putBack(atOnce);
    split(lane, split);
    if (lane.brokenBecause != null) {
      // What has just come back would wait there for ever.
      abandon(lane, ErrorKind.ACCOUNT, lane.brokenBecause);
    }
  }

  private void split(Lane lane, List<Flight> flights) {
    if (!flights.isEmpty()) {
      counts.retried++;
      lane.putBack(flights);
    }
  }

  /**
   * Ends what the budget will never pay.
   *
   * @return whether that ended any row
   */
  boolean endUnaffordable(Spending spending) {
    int before = rows.rows();
    for (Lanes.Unaffordable each : lanes.takeUnaffordable()) {
      String why = spending.exhaustedMessage(each.lane().account);
      rows.land(each.flight(), row -> Endings.unsent(row, ErrorKind.BUDGET, why));
    }
    if (lanes.inFlight() == 0 && !lanes.hold()) {
      for (Lane lane : lanes.all()) {
        if (spending.isExhausted(lane.account)) {
          abandon(lane, ErrorKind.BUDGET, spending.exhaustedMessage(lane.account));
        }
      }
    }
    return rows.rows() < before;
  }

  /** What a lane has queued is not sent. */
  private void abandon(Lane lane, ErrorKind kind, String why) {
    for (Flight flight : lanes.drain(lane)) {
      rows.land(flight, row -> Endings.unsent(row, kind, why));
    }
  }
}
