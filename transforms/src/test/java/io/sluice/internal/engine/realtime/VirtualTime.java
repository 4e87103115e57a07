package io.sluice.internal.engine.realtime;

import io.sluice.internal.engine.EngineClock;
import io.sluice.spi.Reply;
import io.sluice.spi.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Time that passes only while a test or an engine waits, and calls that take as long of it as the
 * test says. One thread does everything, in the order of time; whatever waits lets the engines that
 * are driven take their turns.
 */
public final class VirtualTime implements EngineClock, Calling {
  public static final long SECOND = 1_000_000_000L;

  /** So many turns without an end are taken for a job that hangs. */
  private static final int PATIENCE = 1_000_000;

  private record Event(long at, long number, Runnable action) implements Comparable<Event> {
    @Override
    public int compareTo(Event other) {
      return at == other.at ? Long.compare(number, other.number) : Long.compare(at, other.at);
    }
  }

  private final PriorityQueue<Event> events = new PriorityQueue<>();
  private final List<CallEngine> engines = new ArrayList<>();
  private long now;
  private long number;
  private int turns;

  /** How long a call takes, by its first request. */
  public ToLongFunction<Request> latencyNanos = request -> SECOND;

  /** What happens on the way back of the next call, once; null for nothing. */
  public @Nullable RuntimeException lostNext;

  public VirtualTime(long epochNanos) {
    this.now = epochNanos;
  }

  public VirtualTime() {
    this(1_700_000_000L * SECOND);
  }

  /** Lets an engine take its turns while time passes. */
  public CallEngine drive(CallEngine engine) {
    engines.add(engine);
    return engine;
  }

  @Override
  public long epochNanos() {
    return now;
  }

  @Override
  public void await(Object monitor, long nanos) {
    if (!Thread.holdsLock(monitor)) {
      throw new IllegalMonitorStateException("Waits on a monitor that it does not hold");
    }
    step(now + Math.max(0, nanos));
  }

  @Override
  public void make(Departure departure, Calls calls) {
    Calls.Begun begun = calls.begin(departure);
    Request first = departure.requests().get(0);
    try {
      List<Reply> replies = calls.send(departure);
      RuntimeException lost = lostNext;
      lostNext = null;
      at(now + latencyNanos.applyAsLong(first), () -> end(begun, replies, lost, calls));
    } catch (RuntimeException | Error e) {
      calls.fail(departure, e);
    }
  }

  private void end(
      Calls.Begun begun, List<Reply> replies, @Nullable RuntimeException lost, Calls calls) {
    if (lost != null) {
      calls.fail(begun.departure(), lost);
      return;
    }
    Departure next = calls.end(begun, replies);
    if (next != null) {
      make(next, calls);
    }
  }

  /** Lets something happen at a time. */
  public void at(long epochNanos, Runnable action) {
    events.add(new Event(epochNanos, number++, action));
  }

  /** Lets time pass. */
  public void pass(long nanos) {
    long end = now + nanos;
    while (now < end) {
      step(end);
    }
    turn();
  }

  /** Lets time pass until something happens, or until then. */
  private void step(long until) {
    long next = Math.min(until, turn());
    Event event = events.peek();
    if (event != null && event.at <= next) {
      events.remove();
      now = Math.max(now, event.at);
      event.action.run();
    } else {
      now = Math.max(now, next);
    }
  }

  private long turn() {
    if (++turns > PATIENCE) {
      throw new AssertionError("Nothing ends: " + events.size() + " events to come");
    }
    long next = Long.MAX_VALUE;
    for (CallEngine engine : engines) {
      next = Math.min(next, now + Math.max(1, engine.turn()));
    }
    return next;
  }
}
