package io.sluice.internal.engine.realtime;

import io.sluice.internal.engine.EngineClock;
import io.sluice.internal.engine.Flight;
import io.sluice.internal.engine.Job;
import io.sluice.internal.engine.Journal;
import io.sluice.internal.engine.Next;
import io.sluice.internal.engine.Outcome;
import io.sluice.internal.engine.Replies;
import io.sluice.internal.engine.Spending;
import io.sluice.internal.engine.input.ReplyChecks;
import io.sluice.internal.engine.realtime.CallEnd.Decided;
import io.sluice.internal.ledger.Ledger;
import io.sluice.spi.Reply;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A call from its departure to its end, as far as no lock is needed: noted, sent, judged and
 * settled. The engine concludes what it says of its account; then it is kept, and lands.
 * Thread-safe.
 */
final class Calls {
  private final Job job;
  private final Journal journal;
  private final Spending spending;
  private final EngineClock clock;
  private final CallEngine engine;
  private final ReplyChecks checks;

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
    this.checks = ReplyChecks.of(job);
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
    List<Reply> replies =
        Replies.of(
            departure.flights().size(),
            () ->
                departure.isPacked()
                    ? departure.lane().caller.callPacked(departure.requests())
                    : List.of(departure.lane().caller.call(departure.request())));
    return replies.stream().map(reply -> Replies.named(reply, journal.asked())).toList();
  }

  @Nullable Departure end(Begun begun, List<Reply> replies) {
    Departure departure = begun.departure();
    long latencyMs = Math.max(0, (clock.epochNanos() - begun.at()) / 1_000_000);
    List<CallEnd> ends = new ArrayList<>(replies.size());
    List<Decided> decided;
    try {
      List<Reply> checked = checked(departure, replies);
      for (int i = 0; i < replies.size(); i++) {
        Flight flight = departure.flights().get(i);
        Outcome outcome = Outcome.of(checked.get(i), job.judge(flight));
        Reply.Answered answered = outcome.answered();
        Spending.Hold hold = departure.holds().get(i);
        BigDecimal cost =
            answered == null
                ? spending.settleFailure(hold, outcome.failed())
                : spending.settle(hold, answered.usage());
        ends.add(new CallEnd(flight, outcome, begun.entries().get(i), cost, latencyMs));
      }
      decided = engine.conclude(departure, replies, ends);
    } catch (RuntimeException | Error e) {
      keepUnjudged(begun, replies, ends, latencyMs);
      throw e;
    }
    decided.forEach(this::keep);
    return engine.land(departure, decided);
  }

  /** What was paid for is written down, whatever was thrown: the next run judges it anew. */
  private void keepUnjudged(Begun begun, List<Reply> replies, List<CallEnd> ends, long latencyMs) {
    Departure departure = begun.departure();
    for (int i = 0; i < replies.size(); i++) {
      if (replies.get(i) instanceof Reply.Answered answered) {
        BigDecimal cost =
            i < ends.size()
                ? ends.get(i).cost()
                : spending.settle(departure.holds().get(i), answered.usage());
        int attempts = departure.flights().get(i).sent;
        journal.answered(
            begun.entries().get(i), answered, cost, attempts, latencyMs, Next.ANSWERED);
      }
    }
  }

  private List<Reply> checked(Departure departure, List<Reply> replies) {
    if (departure.isPacked()) {
      return checks.checked(replies);
    }
    Flight flight = departure.flights().get(0);
    long counted = flight.request.inputTokens();
    return List.of(checks.checked(replies.get(0), counted, flight.sent <= 1));
  }

  /** Writes into the ledger how a call ended. */
  void keep(Decided decided) {
    CallEnd end = decided.end();
    Flight flight = end.flight();
    Next next = decided.next();
    Reply.Answered answered = end.outcome().answered();
    if (answered == null) {
      Reply.Failed failed = end.outcome().failed();
      journal.failed(end.entry(), failed, end.cost(), flight.sent, end.latencyMs(), next);
      return;
    }
    journal.answered(end.entry(), answered, end.cost(), flight.sent, end.latencyMs(), next);
    if (next instanceof Next.Answered) {
      // Before the flight ends: an identical row that comes later finds the answer in the ledger.
      journal.claimCost(flight.request.fingerprint());
    }
  }
}
