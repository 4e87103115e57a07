package io.sluice.internal.engine.realtime;

import io.sluice.Answer.ServedBy;
import io.sluice.ErrorKind;
import io.sluice.internal.answers.PackWords;
import io.sluice.internal.engine.Endings;
import io.sluice.internal.engine.EngineCounts;
import io.sluice.internal.engine.Flight;
import io.sluice.internal.engine.Next;
import io.sluice.internal.engine.Outcome;
import io.sluice.internal.engine.RetryPolicy;
import io.sluice.internal.engine.Spending;
import io.sluice.internal.engine.WaitingRows;
import io.sluice.internal.http.Backoff;
import io.sluice.spi.Reply;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * What the end of a call does: to its account's limiter and window, then to each of its requests
 * and the rows that wait for it. Guarded by the engine's lock.
 */
final class Landings {
  private final Lanes lanes;
  private final WaitingRows rows;
  private final EngineCounts counts;
  private final ServedBy paid;
  private final RandomGenerator random;

  /**
   * @param paid how the row that has the cost of an answer was served
   */
  Landings(
      Lanes lanes, WaitingRows rows, EngineCounts counts, ServedBy paid, RandomGenerator random) {
    this.lanes = lanes;
    this.rows = rows;
    this.counts = counts;
    this.paid = paid;
    this.random = random;
  }

  /** Lands a call; to schedule its lane anew is the caller's. */
  void land(Departure departure, List<Reply> replies, List<CallEnd> ends, long now) {
    Lane lane = departure.lane();
    lanes.landed(lane);
    lane.settle(departure, replies, now);
    lane.limiter.observe(departure.charge(), replies.get(0).headers(), now);
    if (replies.stream().anyMatch(Reply.Answered.class::isInstance)) {
      counts.succeeded++;
      lane.size.passed(departure.flights());
      lane.concurrency.succeeded(departure.call());
      lane.limiter.succeeded(departure.charge(), now);
    } else {
      failed(departure, ends.get(0), now);
    }
    if (ends.get(0).decision().next() instanceof Next.Split) {
      split(departure, ends.get(0).outcome().failed());
    } else {
      landEach(lane, ends, now);
    }
    if (lane.brokenBecause != null) {
      // What has just come back would wait there for ever.
      abandon(lane, ErrorKind.ACCOUNT, lane.brokenBecause);
    }
  }

  /** What a call that brought no answer tells of its account. */
  private void failed(Departure departure, CallEnd end, long now) {
    Lane lane = departure.lane();
    switch (end.decision().scope()) {
      case RATE -> {
        counts.rateLimited++;
        lane.limiter.rateLimited(departure.charge(), end.outcome().failed().retryAfter(), now);
      }
      case LOAD -> lane.concurrency.overloaded(departure.call());
      case ACCOUNT, ROW -> {}
    }
  }

  /**
   * Halved until the one to blame is alone; the others do not suffer for it. Where the server says
   * how many it takes, or shows it, no call of the account carries more from now on.
   */
  private void split(Departure departure, Reply.Failed failed) {
    counts.retried++;
    List<Flight> flights = departure.flights();
    Lane lane = departure.lane();
    int said = PackWords.most(failed.message(), flights.size());
    if (said > 0 || !failed.retryable()) {
      lane.size.refused(flights, said);
    } else {
      lane.size.blame(flights);
    }
    int most = said > 0 ? said : (flights.size() + 1) / 2;
    flights.forEach(flight -> flight.maxPack = most);
    lane.putBack(flights);
  }

  private void landEach(Lane lane, List<CallEnd> ends, long now) {
    List<Flight> atOnce = new ArrayList<>();
    long backoff = -1;
    for (CallEnd end : ends) {
      Flight flight = end.flight();
      flight.rateLimited += end.decision().scope() == Reply.Scope.RATE ? 1 : 0;
      if (end.outcome().answered() != null && end.cost() != null) {
        counts.spent = counts.spent.add(end.cost());
      }
      if (end.outcome() instanceof Outcome.Fits fits) {
        rows.answer(flight, fits.answered(), fits.fits(), end.cost(), end.latencyMs(), paid);
      } else if (end.decision().next() instanceof Next.Again again) {
        counts.retried++;
        flight.attempts += again.isAttempt() ? 1 : 0;
        flight.empty += RetryPolicy.isEmpty(end.outcome().failed()) ? 1 : 0;
        if (again.backsOff()) {
          // One wait for all, so that they stay together.
          backoff = backoff >= 0 ? backoff : Backoff.nanos(flight.attempts, again.hint(), random);
          flight.notBefore = now + backoff;
          lane.delayed.add(flight);
        } else {
          atOnce.add(flight);
        }
      } else if (end.decision().next() instanceof Next.StopAccount) {
        breakLane(lane, flight, end.outcome().failed());
      } else {
        lane.size.blame(List.of(flight));
        rows.refuse(flight, end.outcome().failed());
      }
    }
    lane.putBack(atOnce);
  }

  private void breakLane(Lane lane, Flight flight, Reply.Failed failed) {
    counts.failed++;
    if (lane.brokenBecause == null) {
      lane.brokenBecause = failed.message();
      counts.brokenBecause = failed.message();
    }
    String why = lane.brokenBecause;
    rows.land(flight, row -> Endings.unsent(row, ErrorKind.ACCOUNT, why));
  }

  /**
   * Ends what the budget will never pay.
   *
   * @return whether that ended any row
   */
  boolean endUnaffordable(Spending spending) {
    int before = rows.rows();
    for (Flight flight : lanes.takeUnaffordable()) {
      rows.land(flight, row -> Endings.unsent(row, ErrorKind.BUDGET, spending.exhaustedMessage()));
    }
    if (spending.isExhausted() && lanes.inFlight() == 0) {
      for (Lane lane : lanes.all()) {
        abandon(lane, ErrorKind.BUDGET, spending.exhaustedMessage());
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
