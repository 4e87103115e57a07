package io.sluice.call;

import io.sluice.provider.Caller;
import io.sluice.quota.QuotaLimiter;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * One account: its limits, its requests in order of arrival, and those that wait before they are
 * sent again. Guarded by the engine's lock.
 */
final class Lane {
  /** {@link #readyAt} of an account that can only become ready by an event. */
  static final long NEVER = Long.MAX_VALUE;

  final String account;
  final QuotaLimiter limiter;
  final Concurrency concurrency;
  final Caller caller;
  final ArrayDeque<Flight> ready = new ArrayDeque<>();
  final PriorityQueue<Flight> delayed =
      new PriorityQueue<>(Comparator.comparingLong(flight -> flight.notBefore));
  int inFlight;

  /** Since when a request has been waiting for the limits alone; 0 where none is. */
  private long limitedSince;

  private long limitedNanos;

  /** Why nothing more is sent on this account; null while it is in order. */
  @Nullable String brokenBecause;

  /** The engine's schedule entry in force; older ones are void. */
  long scheduleVersion;

  Lane(String account, QuotaLimiter limiter, Concurrency concurrency, Caller caller) {
    this.account = account;
    this.limiter = limiter;
    this.concurrency = concurrency;
    this.caller = caller;
  }

  /** When the next request may be sent: a past time is now, {@link #NEVER} waits for an event. */
  long readyAt(long now) {
    if (brokenBecause != null || !concurrency.mayStart(inFlight)) {
      return NEVER;
    }
    promote(now);
    Flight head = ready.peek();
    if (head == null) {
      Flight next = delayed.peek();
      return next == null ? NEVER : next.notBefore;
    }
    long wait = limiter.nanosUntilAllowed(tokens(head), now);
    if (wait > 0 && limitedSince == 0) {
      limitedSince = now;
    }
    return now + wait;
  }

  /** The request that {@link #readyAt} spoke of. */
  Flight next(long now) {
    if (limitedSince != 0) {
      limitedNanos += Math.max(0, now - limitedSince);
      limitedSince = 0;
    }
    return ready.remove();
  }

  /** Whole milliseconds that requests have waited for the limits alone since the last call. */
  long takeLimitedMillis() {
    long millis = limitedNanos / 1_000_000;
    limitedNanos -= millis * 1_000_000;
    return millis;
  }

  boolean isIdle() {
    return ready.isEmpty() && delayed.isEmpty() && inFlight == 0;
  }

  /** What a request takes from the token limit before it is sent: input and worst-case output. */
  static long tokens(Flight flight) {
    return flight.request.inputTokens() + flight.request.maxOutputTokens();
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
