package io.sluice.internal.engine.realtime;

import io.sluice.internal.engine.EngineClock;
import io.sluice.internal.engine.Flight;
import io.sluice.internal.engine.Job;
import io.sluice.internal.engine.Journal;
import io.sluice.internal.engine.Next;
import io.sluice.internal.engine.Outcome;
import io.sluice.internal.engine.Replies;
import io.sluice.internal.engine.RetryPolicy.Asked;
import io.sluice.internal.engine.RetryPolicy.Decision;
import io.sluice.internal.engine.RetryPolicy.Tries;
import io.sluice.internal.engine.Spending;
import io.sluice.internal.ledger.Ledger;
import io.sluice.spi.Reply;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A call from its departure to its end, as far as no lock is needed: noted, sent, judged, settled
 * and kept. Then the engine hears of it. Thread-safe.
 */
final class Calls {
  private final Job job;
  private final Journal journal;
  private final Spending spending;
  private final EngineClock clock;
  private final CallEngine engine;

  /**
   * A call that is noted in the ledger and on its way.
   *
   * @param entries null where no ledger is kept
   */
  record Begun(Departure departure, List<Ledger.@Nullable Call> entries, long at) {}

  Calls(Job job, EngineClock clock, CallEngine engine) {
    this.job = job;
    this.journal = job.journal();
    this.spending = job.spending();
    this.clock = clock;
    this.engine = engine;
  }

  /**
   * Makes a call on this thread.
   *
   * @return the next that may be sent at once; null if there is none
   */
  @Nullable Departure make(Departure departure) {
    try {
      Begun begun = begin(departure);
      return end(begun, send(departure));
    } catch (RuntimeException | Error e) {
      fail(departure, e);
      return null;
    }
  }

  /** The call could not be made, or its end not be kept. */
  void fail(Departure departure, Throwable thrown) {
    engine.fail(departure, thrown);
  }

  Begun begin(Departure departure) {
    List<Ledger.@Nullable Call> entries =
        journal.begin(departure.lane().account, departure.flights(), departure.holds());
    return new Begun(departure, entries, clock.epochNanos());
  }

  List<Reply> send(Departure departure) {
    return Replies.of(
        departure.flights().size(),
        () ->
            departure.isPacked()
                ? departure.lane().caller.callPacked(departure.requests())
                : List.of(departure.lane().caller.call(departure.flights().get(0).request)));
  }

  @Nullable Departure end(Begun begun, List<Reply> replies) {
    Departure departure = begun.departure();
    long latencyMs = Math.max(0, (clock.epochNanos() - begun.at()) / 1_000_000);
    boolean answered = replies.stream().anyMatch(Reply.Answered.class::isInstance);
    Asked asked = departure.isPacked() && !answered ? Asked.TOGETHER : Asked.ALONE;
    List<CallEnd> ends = new ArrayList<>(replies.size());
    for (int i = 0; i < replies.size(); i++) {
      Flight flight = departure.flights().get(i);
      Outcome outcome = Outcome.of(replies.get(i), job.judge());
      Decision decision = job.retries().after(outcome, Tries.of(flight), asked);
      BigDecimal cost =
          keep(
              flight,
              outcome,
              decision.next(),
              departure.holds().get(i),
              begun.entries().get(i),
              latencyMs);
      ends.add(new CallEnd(flight, outcome, decision, cost, latencyMs));
    }
    return engine.land(departure, replies, ends);
  }

  private @Nullable BigDecimal keep(
      Flight flight,
      Outcome outcome,
      Next next,
      Spending.Hold hold,
      Ledger.@Nullable Call entry,
      long latencyMs) {
    Reply.Answered answered = outcome.answered();
    if (answered == null) {
      BigDecimal cost = spending.settleFailure(hold, outcome.failed());
      journal.failed(entry, outcome.failed(), cost, flight.sent, latencyMs, next);
      return cost;
    }
    BigDecimal cost = spending.settle(hold, answered.usage());
    journal.answered(entry, answered, cost, flight.sent, latencyMs, next);
    if (next instanceof Next.Answered) {
      // Before the flight ends: an identical row that comes later finds the answer in the ledger.
      journal.claimCost(flight.request.fingerprint());
    }
    return cost;
  }
}
