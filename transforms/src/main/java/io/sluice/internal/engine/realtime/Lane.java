package io.sluice.internal.engine.realtime;

import io.sluice.Fallback.Cause;
import io.sluice.Usage;
import io.sluice.internal.engine.Flight;
import io.sluice.internal.engine.Next;
import io.sluice.internal.engine.Utilisation;
import io.sluice.internal.engine.realtime.CallEnd.Decided;
import io.sluice.internal.evidence.Evidence;
import io.sluice.internal.evidence.Scope;
import io.sluice.internal.evidence.Stop;
import io.sluice.internal.quota.QuotaLimiter;
import io.sluice.spi.Caller;
import io.sluice.spi.PackLimits;
import io.sluice.spi.Reply;
import io.sluice.spi.Request;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * One account: its limits, its requests in order of arrival, and those that wait before they are
 * sent again. Guarded by the engine's lock.
 */
final class Lane {
  /** {@link #readyAt} of an account that can only become ready by an event. */
  static final long NEVER = Evidence.NEVER;

  final String account;
  final QuotaLimiter limiter;
  final Evidence<Flight> evidence;
  final Caller caller;
  private final InputEstimate inputs;
  private final PackLimits packs;
  final PackSize<Flight> size;
  final ArrayDeque<Flight> ready = new ArrayDeque<>();
  final PriorityQueue<Flight> delayed =
      new PriorityQueue<>(Comparator.comparingLong(flight -> flight.notBefore));

  /** Requests that wait until it is known whose failure theirs was, by the first of each call. */
  final Map<Flight, List<CallEnd>> held = new LinkedHashMap<>();

  /** The beginnings that its requests share. */
  LanePrefixes prefixes = new LanePrefixes(null);

  int inFlight;

  private long usedCalls;
  private long usedTokens;

  /** When a request was last queued, as {@link Lanes} counts requests. */
  long lastAdded;

  /** Since when a request has been waiting for the limits alone; 0 where none is. */
  private long limitedSince;

  private long limitedNanos;

  /** Why nothing more is sent on this account; null while it is in order. */
  @Nullable String brokenBecause;

  /** The engine's schedule entry in force; older ones are void. */
  long scheduleVersion;

  Lane(
      String account,
      QuotaLimiter limiter,
      Evidence<Flight> evidence,
      Caller caller,
      InputEstimate inputs,
      PackLimits packs) {
    this.account = account;
    this.inputs = inputs;
    this.packs = packs;
    this.size = new PackSize<>(packs.requests());
    this.limiter = limiter;
    this.evidence = evidence;
    this.caller = caller;
  }

  /** When the next call may be sent: a past time is now, {@link #NEVER} waits for an event. */
  long readyAt(long now) {
    if (brokenBecause != null) {
      return NEVER;
    }
    if (inFlight > 0 && !size.isTried()) {
      return NEVER;
    }
    promote(now);
    Flight head = ready.peek();
    if (head == null) {
      Flight next = delayed.peek();
      return next == null ? NEVER : next.notBefore;
    }
    long may = Math.max(evidence.readyAt(now), prefixes.readyAt(head, now));
    if (may > now) {
      return may;
    }
    limiter.pace(evidence.pace(now), now);
    long wait = limiter.nanosUntilAllowed(packTokens(packSize()), now);
    if (wait > 0 && limitedSince == 0) {
      limitedSince = now;
    }
    return now + wait;
  }

  /** The requests of the call that {@link #readyAt} spoke of; one or more. */
  List<Flight> takePack(long now) {
    if (limitedSince != 0) {
      limitedNanos += Math.max(0, now - limitedSince);
      limitedSince = 0;
    }
    int size = packSize();
    List<Flight> pack = new ArrayList<>(size);
    for (int i = 0; i < size; i++) {
      pack.add(evidence.wantsFromFurtherDown() ? ready.removeLast() : ready.removeFirst());
    }
    return pack;
  }

  /** Requests go back to where they came from, in their order. */
  void putBack(List<Flight> flights) {
    for (int i = flights.size() - 1; i >= 0; i--) {
      ready.addFirst(flights.get(i));
    }
  }

  /** How many of the waiting requests the next call carries. */
  private int packSize() {
    if (packs.requests() == 1) {
      return 1;
    }
    int size = 0;
    int most = this.size.most();
    long tokens = 0;
    for (Iterator<Flight> each = inOrder(); each.hasNext(); ) {
      Flight flight = each.next();
      most = Math.min(most, flight.maxPack);
      tokens += tokens(flight.request);
      if (size > 0 && (size >= most || tokens > packs.tokens())) {
        break;
      }
      size++;
    }
    return size;
  }

  private long packTokens(int size) {
    long tokens = 0;
    for (Iterator<Flight> each = inOrder(); each.hasNext() && size > 0; size--) {
      tokens += tokens(each.next().request);
    }
    return tokens;
  }

  /** As they are sent: from the end, where those at the head may be to blame for failures. */
  private Iterator<Flight> inOrder() {
    return evidence.wantsFromFurtherDown() ? ready.descendingIterator() : ready.iterator();
  }

  /** Those that wait for what other calls tell, with what becomes of them. */
  List<Decided> takeHeld(Next next) {
    List<Decided> taken = new ArrayList<>();
    held.values().forEach(ends -> ends.forEach(end -> taken.add(end.then(next))));
    held.clear();
    return taken;
  }

  /** Whether calls can tell no more about what is held. */
  boolean isIdle(boolean sendsNothing) {
    return inFlight == 0 && (sendsNothing || (ready.isEmpty() && delayed.isEmpty()));
  }

  /** What an account that has stopped is to a fallback. */
  Cause stopCause() {
    Stop stop = evidence.stop();
    return stop != null && stop.scope() == Scope.OUTAGE ? Cause.OUTAGE : Cause.ACCOUNT;
  }

  /** Whether it could send more than it has to send. */
  boolean runsDry() {
    return brokenBecause == null
        && (evidence.wantsMore() || ready.size() < (long) packs.requests() * evidence.window());
  }

  /** Whole milliseconds that requests have waited for the limits alone since the last call. */
  long takeLimitedMillis() {
    long millis = limitedNanos / 1_000_000;
    limitedNanos -= millis * 1_000_000;
    return millis;
  }

  /** Notes a call. */
  void called() {
    usedCalls++;
  }

  /** Notes what a call has used. */
  void used(long tokens) {
    usedTokens += tokens;
  }

  /** Adds what was used since the last look; nothing where there was nothing to do. */
  void addTo(Utilisation utilisation) {
    if (usedCalls > 0 || !ready.isEmpty()) {
      utilisation.add(
          usedCalls,
          usedTokens,
          limiter.effectiveRequestsPerMinute(),
          limiter.effectiveTokensPerMinute());
    }
    usedCalls = 0;
    usedTokens = 0;
  }

  /** What a request takes from the token limit before it is sent: input and worst-case output. */
  long tokens(Request request) {
    return inputs.reserved(request);
  }

  /**
   * As above, by our own count: whether it can ever be sent must not depend on what was learned.
   */
  long countedTokens(Request request) {
    return inputs.counted(request);
  }

  /** Corrects the limiter by what a call used, where the provider said so for the whole of it. */
  void settle(Departure call, List<Reply> replies, long now) {
    prefixes.landed(call.flights(), replies, now);
    long counted = 0;
    long input = 0;
    long used = 0;
    for (int i = 0; i < replies.size(); i++) {
      Reply reply = replies.get(i);
      Usage usage =
          reply instanceof Reply.Answered answered
              ? answered.usage()
              : ((Reply.Failed) reply).usage();
      if (usage == null) {
        return;
      }
      counted += call.flights().get(i).request.inputTokens();
      input += usage.inputTokens();
      used += inputs.used(usage);
    }
    used(used);
    inputs.learn(counted, input);
    limiter.settle(call.charge(), used, now);
  }

  /** Requests whose wait is over go before those never sent: they are the oldest. */
  private void promote(long now) {
    for (Flight next = delayed.peek();
        next != null && next.notBefore <= now;
        next = delayed.peek()) {
      ready.addFirst(delayed.remove());
    }
  }
}
