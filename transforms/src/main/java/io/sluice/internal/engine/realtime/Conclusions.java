package io.sluice.internal.engine.realtime;

import io.sluice.internal.answers.PackWords;
import io.sluice.internal.engine.EngineCounts;
import io.sluice.internal.engine.Flight;
import io.sluice.internal.engine.Next;
import io.sluice.internal.engine.Outcome;
import io.sluice.internal.engine.realtime.CallEnd.Decided;
import io.sluice.internal.evidence.Conclusion;
import io.sluice.internal.evidence.Conclusion.Then;
import io.sluice.internal.evidence.Failure;
import io.sluice.internal.evidence.Released;
import io.sluice.internal.evidence.Scope;
import io.sluice.internal.evidence.Stop;
import io.sluice.internal.http.Backoff;
import io.sluice.spi.Reply;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;

/**
 * What the end of a call says of its account, and what becomes of each of its requests: here its
 * limiter and its evidence hear of it. Guarded by the engine's lock.
 *
 * <p>Requests that are held until another call tells whose failure theirs was have no end in the
 * ledger before; {@link Lane#held} keeps them.
 */
final class Conclusions {
  private static final int MOST_UNHEARD = 3;

  /** So often requests that failed together are asked together. */
  private static final int TOGETHER = 2;

  private final int maxAttempts;
  private final EngineCounts counts;
  private final RandomGenerator random;

  /**
   * @param maxAttempts 1 or more
   */
  Conclusions(int maxAttempts, EngineCounts counts, RandomGenerator random) {
    this.maxAttempts = maxAttempts;
    this.counts = counts;
    this.random = random;
  }

  /**
   * Concludes from a call.
   *
   * @param replies one for each of its requests
   * @param ends of its requests, in their order
   * @return what is decided: those that are held are left out, and come with a later call
   */
  List<Decided> of(Departure departure, List<Reply> replies, List<CallEnd> ends, long now) {
    Lane lane = departure.lane();
    lane.settle(departure, replies, now);
    lane.limiter.observe(departure.charge(), replies.get(0).headers(), now);
    List<Decided> decided = new ArrayList<>(ends.size());
    if (replies.stream().anyMatch(Failures::isAnswer)) {
      counts.succeeded++;
      lane.size.passed(departure.flights());
      lane.evidence.answered(departure.call(), now);
      answered(ends, decided);
    } else if (isOfConnection(departure, ends.get(0).outcome().failed())) {
      lane.evidence.split(departure.call(), now);
      ends.forEach(end -> decided.add(end.then(Next.AT_ONCE)));
    } else if (departure.isPacked() && isOfOne(departure, ends.get(0).outcome().failed())) {
      lane.evidence.split(departure.call(), now);
      split(departure, ends.get(0).outcome().failed());
      ends.forEach(end -> decided.add(end.then(Next.SPLIT)));
    } else {
      failed(departure, ends, decided, now);
    }
    release(lane, decided);
    return decided;
  }

  /**
   * A connection that closed while it lay idle is no attempt; one that closes again and again is.
   */
  private static boolean isOfConnection(Departure departure, Reply.Failed failed) {
    List<Flight> flights = departure.flights();
    if (failed.scope() != Reply.Scope.CONNECTION) {
      flights.forEach(flight -> flight.unheard = 0);
      return false;
    }
    flights.forEach(flight -> flight.unheard++);
    return flights.get(0).unheard <= MOST_UNHEARD;
  }

  /**
   * Requests that failed together again are asked alone from now on, before they are given up: one
   * of them may be to blame, where it makes the server fall silent or answer with nothing of use.
   * Halving would ask, and perhaps pay, more often than the task allows.
   */
  private void part(Flight flight) {
    if (flight.asked.attempts() >= Math.min(TOGETHER, maxAttempts - 1)) {
      flight.maxPack = 1;
    }
  }

  /** A call that breaks again while others do not may break for one of its requests. */
  private static boolean isOfOne(Departure departure, Reply.Failed failed) {
    return Failures.isOfOne(failed)
        || (Failures.isBroken(failed) && departure.flights().get(0).asked.attempts() > 0);
  }

  /**
   * Halved until the one to blame is alone; the others do not suffer for it. Where the server says
   * how many it takes, or shows it, no call of the account carries more from now on.
   */
  private static void split(Departure departure, Reply.Failed failed) {
    List<Flight> flights = departure.flights();
    PackSize<Flight> size = departure.lane().size;
    int said = PackWords.most(failed.message(), flights.size());
    if (said > 0 || !failed.retryable()) {
      size.refused(flights, said);
    } else {
      size.blame(flights);
    }
    int most = said > 0 ? said : (flights.size() + 1) / 2;
    flights.forEach(flight -> flight.maxPack = most);
  }

  /** The model has answered; what it said may be of no use, or missing for some. */
  private void answered(List<CallEnd> ends, List<Decided> decided) {
    long wait = -1;
    for (CallEnd end : ends) {
      Outcome outcome = end.outcome();
      if (outcome instanceof Outcome.Fits) {
        decided.add(end.then(Next.ANSWERED));
        continue;
      }
      boolean misfit = outcome instanceof Outcome.Misfit;
      Flight flight = end.flight();
      flight.asked.count();
      part(flight);
      int attempts = flight.asked.attempts();
      flight.empty += outcome.isEmpty() ? 1 : 0;
      boolean isEnough = attempts >= maxAttempts || flight.empty >= Outcome.MOST_EMPTY;
      if (Next.planned(Next.REFUSE, outcome, flight.follows, isEnough) == Next.OTHERWISE) {
        decided.add(end.then(Next.OTHERWISE));
      } else if (isEnough || !(misfit || outcome.failed().retryable())) {
        decided.add(end.then(Next.REFUSE));
      } else if (misfit) {
        decided.add(end.then(Next.AT_ONCE));
      } else {
        // One wait for all, so that they stay together.
        wait = wait >= 0 ? wait : Backoff.nanos(attempts, null, random);
        decided.add(end.then(new Next.Again(wait)));
      }
    }
  }

  private void failed(Departure departure, List<CallEnd> ends, List<Decided> decided, long now) {
    Lane lane = departure.lane();
    Reply.Failed failed = ends.get(0).outcome().failed();
    counts.rateLimited += failed.scope() == Reply.Scope.RATE ? 1 : 0;
    Failure failure = Failures.of(failed, departure.charge().tokens());
    Flight first = departure.flights().get(0);
    int attempts = first.asked.attempts();
    boolean others = lane.inFlight > 1 || !lane.ready.isEmpty() || !lane.delayed.isEmpty();
    Conclusion conclusion = lane.evidence.failed(departure.call(), failure, others, now);
    if (failure.prior().refuses()
        && failure.prior().isOfCapacity()
        && lane.limiter.refused(departure.charge(), conclusion.ofRate(), now)) {
      lane.evidence.understood();
    }
    if (conclusion.pauseUntil() > now) {
      lane.limiter.pause(conclusion.pauseUntil(), now);
    }
    if (first.asked.attempts() > attempts) {
      departure.flights().stream().skip(1).forEach(flight -> flight.asked.count());
      departure.flights().forEach(this::part);
    }
    if (conclusion.then() == Then.HELD) {
      lane.held.put(first, List.copyOf(ends));
    } else {
      count(conclusion.scope());
      boolean isDead = conclusion.then() == Then.DEAD || isPaidForNothing(lane, ends, conclusion);
      int unread = ends.get(0).outcome().mayBePaidFor() ? 1 : 0;
      departure.flights().forEach(flight -> flight.unread += unread);
      // Chance may explain more of them, and each may have been paid for.
      isDead |= first.unread >= maxAttempts && conclusion.scope() != Scope.OUTAGE;
      Next again = new Next.Again(conclusion.waitNanos());
      for (CallEnd end : ends) {
        decided.add(isDead ? end.refused() : end.then(again));
      }
    }
  }

  /** What was paid for and had no answer, again, while others are answered: not a third time. */
  private static boolean isPaidForNothing(Lane lane, List<CallEnd> ends, Conclusion conclusion) {
    Flight first = ends.get(0).flight();
    Outcome outcome = ends.get(0).outcome();
    first.empty += outcome.isEmpty() ? 1 : 0;
    return first.empty >= Outcome.MOST_EMPTY
        && conclusion.scope() != Scope.OUTAGE
        && lane.evidence.everPassed();
  }

  /**
   * Where nothing is in flight on an account, and nothing is there to ask, what is held waits for
   * nothing any more.
   *
   * @param sendsNothing whether nothing more is sent, whatever waits
   */
  Map<Lane, List<Decided>> ofIdle(
      Collection<Lane> lanes, Predicate<String> sendsNothing, long now) {
    Map<Lane, List<Decided>> ends = new LinkedHashMap<>();
    for (Lane lane : lanes) {
      if (!lane.held.isEmpty() && lane.isIdle(sendsNothing.test(lane.account))) {
        lane.evidence.nothingElse(now);
        List<Decided> decided = new ArrayList<>();
        release(lane, decided);
        ends.put(lane, decided);
      }
    }
    return ends;
  }

  private void count(Scope scope) {
    counts.failures.merge(scope, 1L, Long::sum);
  }

  /** What is held no longer; where the account has stopped, all that is still to do. */
  private void release(Lane lane, List<Decided> decided) {
    for (Released<Flight> each : lane.evidence.takeReleased()) {
      boolean isDead = each.then() == Then.DEAD;
      List<CallEnd> ends = lane.held.remove(each.document());
      if (ends != null) {
        count(isDead ? Scope.DOCUMENT : Scope.UNKNOWN);
        ends.forEach(end -> decided.add(isDead ? end.refused() : end.then(Next.AT_ONCE)));
      }
    }
    Stop stop = lane.evidence.stop();
    if (stop != null && lane.brokenBecause == null) {
      lane.brokenBecause = stop.why();
      counts.brokenBecause = stop.why();
    }
    if (lane.brokenBecause != null) {
      lane.held.keySet().forEach(each -> count(stop == null ? Scope.ACCOUNT : stop.scope()));
      decided.replaceAll(each -> each.next().isOpen() ? each.end().then(Next.STOP_ACCOUNT) : each);
      decided.addAll(lane.takeHeld(Next.STOP_ACCOUNT));
    }
  }
}
