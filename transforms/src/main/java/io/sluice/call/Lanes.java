package io.sluice.call;

import io.sluice.quota.QuotaState;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Every account's {@link Lane}, and which of them may send next. Lanes are in a heap by the time at
 * which they may; an entry whose version is not its lane's is void and thrown away when it comes
 * up. Guarded by the engine's lock.
 */
final class Lanes {
  /** So many rows are held however few calls there are: they cost little and keep windows full. */
  private static final int MIN_HELD = 2_000;

  private static final int MAX_HELD = 20_000;

  private final LaneFactory factory;
  private final Spending spending;
  private final LongSupplier epochNanos;
  private final long maxHeldBytes;
  private final Map<String, Lane> lanes = new HashMap<>();
  private final PriorityQueue<Scheduled> schedule = new PriorityQueue<>();
  private final Set<Lane> heldBack = new HashSet<>();
  private long added;
  private int inFlight;

  private record Scheduled(long at, Lane lane, long version) implements Comparable<Scheduled> {
    @Override
    public int compareTo(Scheduled other) {
      return Long.compare(at, other.at);
    }
  }

  /**
   * @param maxHeldBytes how much memory requests may take before more are let in
   */
  Lanes(LaneFactory factory, Spending spending, LongSupplier epochNanos, long maxHeldBytes) {
    this.factory = factory;
    this.spending = spending;
    this.epochNanos = epochNanos;
    this.maxHeldBytes = maxHeldBytes;
  }

  /** An account's lane, opened where it is new. */
  Lane of(String account) {
    Lane lane = lanes.get(account);
    if (lane == null) {
      lane = factory.open(account, epochNanos.getAsLong());
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

  /** Queues a request; {@link #reschedule} of its lane is the caller's, once for many. */
  void add(Lane lane, Flight flight) {
    lane.ready.add(flight);
    lane.lastAdded = ++added;
  }

  /**
   * Whether more rows should be let in. A few windows of work are enough where they are spread over
   * all accounts; but rows come in the input's order, and where some account has run dry behind the
   * rows of slower ones, reading on finds its next ones. Memory is the limit to that, and an
   * account that nothing has come for in a long time is not waited for.
   *
   * @param rows that are held
   * @param bytes that they take, about
   */
  boolean wantMore(int rows, long bytes) {
    if (rows <= MIN_HELD) {
      return true;
    }
    if (bytes > maxHeldBytes) {
      return false;
    }
    long windows = 0;
    boolean hungry = false;
    for (Lane lane : lanes.values()) {
      windows += lane.concurrency.limit();
      hungry |= lane.runsDry() && added - lane.lastAdded < MAX_HELD;
    }
    return rows <= Math.min(MAX_HELD, 4 * windows) || hungry;
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

  /**
   * The next call that may be sent at this moment, charged; null if there is none. Where the budget
   * alone forbids it, and nothing in flight can settle below what it holds, the budget is marked as
   * exhausted.
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
      return depart(lane, now);
    }
  }

  private @Nullable Departure depart(Lane lane, long now) {
    List<Flight> flights = lane.takePack(now);
    List<Spending.Hold> holds = new ArrayList<>(flights.size());
    long tokens = 0;
    for (Flight flight : flights) {
      Spending.Hold hold = spending.hold(flight.request);
      if (hold == null) {
        break;
      }
      holds.add(hold);
      tokens += lane.tokens(flight.request);
    }
    lane.putBack(flights.subList(holds.size(), flights.size()));
    if (holds.isEmpty()) {
      if (inFlight == 0) {
        spending.exhaust();
      }
      // Calls in flight may settle below what they hold; their end schedules the lane again.
      heldBack.add(lane);
      return null;
    }
    List<Flight> leaving = List.copyOf(flights.subList(0, holds.size()));
    leaving.forEach(flight -> flight.sent++);
    Departure departure =
        new Departure(
            lane,
            leaving,
            lane.limiter.take(tokens, now),
            lane.concurrency.start(),
            List.copyOf(holds));
    lane.inFlight++;
    inFlight++;
    reschedule(lane);
    return departure;
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

  /** The limiters' states by account. */
  Map<String, QuotaState> quotaStates() {
    Map<String, QuotaState> states = new HashMap<>();
    lanes.forEach((account, lane) -> states.put(account, lane.limiter.state()));
    return states;
  }

  void close() {
    factory.close();
  }
}
