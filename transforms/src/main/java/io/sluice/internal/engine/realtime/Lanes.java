package io.sluice.internal.engine.realtime;

import io.sluice.ErrorKind;
import io.sluice.internal.engine.Endings;
import io.sluice.internal.engine.Flight;
import io.sluice.internal.engine.Held;
import io.sluice.internal.engine.PreparedDocument;
import io.sluice.internal.engine.Spending;
import io.sluice.internal.engine.Utilisation;
import io.sluice.internal.engine.WaitingRows;
import io.sluice.internal.engine.prefix.PrefixTerms;
import io.sluice.internal.quota.QuotaState;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Every account's {@link Lane}, and which of them may send next. Lanes are in a heap by the time at
 * which they may; an entry whose version is not its lane's is void and thrown away when it comes
 * up. Guarded by the engine's lock.
 */
final class Lanes {
  private final LaneFactory factory;
  private final Spending spending;
  private final @Nullable PrefixTerms terms;
  private final LongSupplier epochNanos;
  private final RandomGenerator random;
  private final Map<String, Lane> lanes = new HashMap<>();
  private final PriorityQueue<Scheduled> schedule = new PriorityQueue<>();
  private final Set<Lane> heldBack = new HashSet<>();
  private final List<Unaffordable> unaffordable = new ArrayList<>();
  private long added;
  private int inFlight;

  /** A request that what is left of a budget can never pay. */
  record Unaffordable(Lane lane, Flight flight) {}

  private record Scheduled(long at, Lane lane, long version) implements Comparable<Scheduled> {
    @Override
    public int compareTo(Scheduled other) {
      return Long.compare(at, other.at);
    }
  }

  Lanes(LaneFactory factory, Spending spending, LongSupplier epochNanos, RandomGenerator random) {
    this.factory = factory;
    this.spending = spending;
    this.terms = factory.prefixTerms(spending.price());
    this.epochNanos = epochNanos;
    this.random = random;
  }

  /** An account's lane, opened where it is new. */
  Lane of(String account) {
    Lane lane = lanes.get(account);
    if (lane == null) {
      lane = factory.open(account, random, epochNanos.getAsLong());
      lane.prefixes = new LanePrefixes(terms);
      lanes.put(account, lane);
    }
    return lane;
  }

  Collection<Lane> all() {
    return lanes.values();
  }

  int inFlight() {
    return inFlight;
  }

  /**
   * Asks rows that no request on its way answers.
   *
   * @return the lanes that have more to do now
   */
  Set<Lane> ask(List<PreparedDocument> unasked, WaitingRows rows) {
    Set<Lane> extended = new HashSet<>();
    for (PreparedDocument row : unasked) {
      Lane lane = rows.joins(row) ? null : ask(row, rows);
      if (lane != null) {
        extended.add(lane);
      }
    }
    return extended;
  }

  /**
   * Asks for a row; one that can never be sent has its end at once.
   *
   * @return the lane that has more to send; null for none
   */
  private @Nullable Lane ask(PreparedDocument row, WaitingRows rows) {
    Lane lane = of(row.account());
    long tokens = lane.countedTokens(row.request());
    if (lane.brokenBecause != null) {
      rows.finish(row, Endings.unsent(row, ErrorKind.ACCOUNT, lane.brokenBecause));
    } else if (spending.isExhausted(lane.account)) {
      String why = spending.exhaustedMessage(lane.account);
      rows.finish(row, Endings.unsent(row, ErrorKind.BUDGET, why));
    } else if (!lane.limiter.canEverFit(tokens)) {
      rows.finish(row, Endings.tooLarge(row, tokens));
    } else {
      if (row.isNew()) {
        add(lane, rows.begin(row));
      } else {
        // Before others: its row has begun, and is to leave.
        lane.ready.addFirst(rows.begin(row));
      }
      return lane;
    }
    return null;
  }

  /** Queues a request; {@link #reschedule} of its lane is the caller's, once for many. */
  void add(Lane lane, Flight flight) {
    lane.ready.add(flight);
    lane.prefixes.added(flight);
    lane.lastAdded = ++added;
  }

  /** Adds how many calls there may be at once, and whether an account wants for rows. */
  void addTo(Held held) {
    for (Lane lane : lanes.values()) {
      held.add(lane.evidence.window(), lane.runsDry() && added - lane.lastAdded < Held.MAX_ROWS);
    }
  }

  void addTo(Utilisation utilisation) {
    lanes.values().forEach(lane -> lane.addTo(utilisation));
  }

  /** What holds an account up, one that stands still before others; null where nothing does. */
  @Nullable String situation() {
    String found = null;
    for (Lane lane : lanes.values()) {
      boolean still = lane.evidence.window() == 1;
      String situation =
          found == null || still ? lane.evidence.situation(epochNanos.getAsLong()) : null;
      if (situation != null) {
        found = (lane.account.isEmpty() ? "" : "key " + lane.account + ": ") + situation;
        if (still) {
          return found;
        }
      }
    }
    return found;
  }

  /** How long limits alone made each account wait since the last call, where they did. */
  Map<String, Long> takeLimitedMillis() {
    Map<String, Long> waited = new TreeMap<>();
    for (Lane lane : lanes.values()) {
      long millis = lane.takeLimitedMillis();
      if (millis > 0) {
        waited.put(lane.account, millis);
      }
    }
    return waited;
  }

  /** Puts a lane into the heap anew, after anything that may have changed when it can send. */
  boolean reschedule(Lane lane) {
    lane.scheduleVersion++;
    long at = lane.readyAt(epochNanos.getAsLong());
    if (at == Lane.NEVER) {
      return false;
    }
    Scheduled entry = new Scheduled(at, lane, lane.scheduleVersion);
    schedule.add(entry);
    return schedule.peek() == entry;
  }

  /** Lanes that the budget held back may go on, once a call has settled below what it held. */
  void rescheduleHeldBack() {
    if (!heldBack.isEmpty()) {
      List<Lane> waiting = List.copyOf(heldBack);
      heldBack.clear();
      waiting.forEach(this::reschedule);
    }
  }

  /** How long until a lane may send, in nanoseconds; the given time where nothing is known. */
  long nanosToNext(long now, long atMost) {
    Scheduled head = schedule.peek();
    return head == null ? atMost : Math.min(atMost, head.at - now);
  }

  /** Requests that what is left of the budget can never pay, taken out; each is told of once. */
  List<Unaffordable> takeUnaffordable() {
    List<Unaffordable> taken = List.copyOf(unaffordable);
    unaffordable.clear();
    return taken;
  }

  /**
   * The next call that may be sent at this moment, charged; null if there is none. A request for
   * which what was billed leaves too little of a budget is put among those of {@link
   * #takeUnaffordable}: a smaller one may still fit.
   */
  @Nullable Departure next(long now) {
    while (true) {
      Scheduled head = schedule.peek();
      if (head == null || head.at > now) {
        return null;
      }
      schedule.remove();
      Lane lane = head.lane;
      if (head.version != lane.scheduleVersion) {
        continue;
      }
      if (lane.readyAt(now) > now || lane.ready.isEmpty()) {
        reschedule(lane);
        continue;
      }
      Departure departure = depart(lane, now);
      if (departure != null || heldBack.contains(lane)) {
        return departure;
      }
    }
  }

  private @Nullable Departure depart(Lane lane, long now) {
    List<Flight> flights = lane.takePack(now);
    List<Spending.Hold> holds = new ArrayList<>(flights.size());
    long tokens = 0;
    for (Flight flight : flights) {
      Spending.Hold hold = spending.hold(lane.account, flight.request);
      if (hold == null) {
        break;
      }
      holds.add(hold);
      tokens += lane.tokens(flight.request);
    }
    lane.putBack(flights.subList(holds.size(), flights.size()));
    if (holds.isEmpty()) {
      if (spending.refusesForGood(lane.account, lane.ready.element().request)) {
        // What is left only becomes less.
        unaffordable.add(new Unaffordable(lane, lane.ready.remove()));
        reschedule(lane);
      } else {
        // Calls in flight may settle below what they hold; their end schedules the lane again.
        heldBack.add(lane);
      }
      return null;
    }
    List<Flight> leaving = List.copyOf(flights.subList(0, holds.size()));
    leaving.forEach(flight -> flight.sent++);
    leaving.forEach(flight -> lane.prefixes.departs(flight, now));
    Flight first = leaving.get(0);
    Departure departure =
        new Departure(
            lane,
            leaving,
            lane.limiter.take(tokens, now),
            lane.evidence.depart(first, first.asked, lane.limiter.cost(tokens), now),
            List.copyOf(holds));
    lane.inFlight++;
    lane.called();
    inFlight++;
    reschedule(lane);
    return departure;
  }

  /** Whether requests wait for what other calls tell. */
  boolean hold() {
    return lanes.values().stream().anyMatch(lane -> !lane.held.isEmpty());
  }

  /** A call has ended, however. */
  void landed(Lane lane) {
    lane.inFlight--;
    inFlight--;
  }

  /** Empties a lane's queue. */
  List<Flight> drain(Lane lane) {
    List<Flight> queued = new ArrayList<>(lane.ready);
    queued.addAll(lane.delayed);
    lane.ready.clear();
    lane.delayed.clear();
    reschedule(lane);
    return queued;
  }

  /** Empties all queues. */
  List<Flight> drainAll() {
    List<Flight> queued = new ArrayList<>();
    lanes.values().forEach(lane -> queued.addAll(drain(lane)));
    return queued;
  }

  /** The limiters' states by account. */
  Map<String, QuotaState> quotaStates() {
    Map<String, QuotaState> states = new HashMap<>();
    lanes.forEach((account, lane) -> states.put(account, lane.limiter.state()));
    return states;
  }
}
