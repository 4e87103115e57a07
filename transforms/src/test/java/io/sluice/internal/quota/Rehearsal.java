package io.sluice.internal.quota;

import io.sluice.internal.quota.QuotaLimiter.Charge;
import io.sluice.spi.RateHeaders;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.function.IntToLongFunction;

/**
 * A job in virtual time: requests leave as the limiter says, reach the provider late by up to 30
 * ms, and are answered after a heavy-tailed latency (mean 1.5 s, sigma 0.8). The sender stalls now
 * and then, as a process does on a busy machine.
 */
final class Rehearsal {
  private static final double MEAN_LATENCY = 1.5e9;
  private static final double SIGMA = 0.8;
  private static final int WINDOW = 500;

  /**
   * What the provider saw.
   *
   * @param share of the rate between the first and the last request that it let in, by its own
   *     count
   * @param rejected share of all requests
   */
  record Outcome(double share, double rejected, double seconds) {}

  private record Work(long reserved, long used) {}

  private record Event(
      long at, long order, Kind kind, Work work, Charge charge, RateHeaders seen, long hint)
      implements Comparable<Event> {
    @Override
    public int compareTo(Event other) {
      int byTime = Long.compare(at, other.at);
      return byTime != 0 ? byTime : Long.compare(order, other.order);
    }
  }

  private enum Kind {
    ARRIVES,
    ANSWERED,
    REFUSED,
    OTHER
  }

  private static final Charge NOBODYS =
      new QuotaLimiter(new QuotaLimiter.Limits(1, 1, Duration.ofSeconds(1)), 0, true).take(1, 0);

  private final double requestsPerMinute;
  private final double tokensPerMinute;
  private final ProviderModel.Counter requests;
  private final ProviderModel.Counter tokens;
  private ProviderModel.Tokens counts = ProviderModel.Tokens.RESERVED;
  private boolean headers = true;
  private IntToLongFunction input = i -> 30;
  private IntToLongFunction output = i -> 13;
  private long maxOutput = 20;
  private double othersPerSecond;
  private double stallsPerSecond = 0.1;
  private double maxStallMillis = 150;
  private long coldNanos;

  Rehearsal(
      double requestsPerMinute,
      double tokensPerMinute,
      ProviderModel.Counter requests,
      ProviderModel.Counter tokens) {
    this.requestsPerMinute = requestsPerMinute;
    this.tokensPerMinute = tokensPerMinute;
    this.requests = requests;
    this.tokens = tokens;
  }

  Rehearsal counting(ProviderModel.Tokens counted) {
    this.counts = counted;
    return this;
  }

  Rehearsal withoutHeaders() {
    this.headers = false;
    return this;
  }

  Rehearsal withoutStalls() {
    this.stallsPerSecond = 0;
    return this;
  }

  /** What is sent in the first seconds arrives at their end, as where connections are opened. */
  Rehearsal cold(double seconds) {
    this.coldNanos = (long) (seconds * 1e9);
    return this;
  }

  /** Lengths by the number of the document. */
  Rehearsal documents(IntToLongFunction inputTokens, long maximum, IntToLongFunction outputTokens) {
    this.input = inputTokens;
    this.maxOutput = maximum;
    this.output = outputTokens;
    return this;
  }

  /** Another program sends so many requests a second of the same kind, whatever it is told. */
  Rehearsal others(double perSecond) {
    this.othersPerSecond = perSecond;
    return this;
  }

  Outcome play(QuotaLimiter limiter, int documents, long seed) {
    Random random = new Random(seed);
    PriorityQueue<Event> events = new PriorityQueue<>();
    ArrayDeque<Work> waiting = new ArrayDeque<>();
    for (int i = 0; i < documents; i++) {
      long in = input.applyAsLong(i);
      waiting.add(new Work(in + maxOutput, in + output.applyAsLong(i)));
    }
    long now = 0;
    long order = 0;
    int inFlight = 0;
    long first = -1;
    long last = 0;
    double admitted = 0;
    double admittedTokens = 0;
    int rejected = 0;
    int sent = 0;
    if (othersPerSecond > 0) {
      events.add(other(0, order++));
    }
    while (!waiting.isEmpty() || inFlight > 0) {
      Work head = inFlight < WINDOW ? waiting.peek() : null;
      long wait = head == null ? Long.MAX_VALUE : limiter.nanosUntilAllowed(head.reserved(), now);
      if (head != null && wait == 0) {
        waiting.remove();
        inFlight++;
        sent++;
        Charge charge = limiter.take(head.reserved(), now);
        long arrives =
            Math.max(coldNanos, now)
                + (long) (2e6 + Math.min(28e6, 3e6 * -Math.log(random.nextDouble())));
        events.add(event(arrives, order++, Kind.ARRIVES, head, charge, RateHeaders.NONE, 0));
        continue;
      }
      Event next = events.peek();
      long until = wait == Long.MAX_VALUE ? Long.MAX_VALUE : now + wait;
      if (next == null || next.at() > until) {
        double asleep = (until - now) / 1e9;
        now = until;
        if (random.nextDouble() < stallsPerSecond * asleep) {
          now += (long) (maxStallMillis * 1e6 * random.nextDouble());
        }
        continue;
      }
      events.remove();
      long at = next.at();
      now = Math.max(now, at);
      switch (next.kind()) {
        case OTHER -> {
          if (requests.admits(1, at) && tokens.admits(charged(next.work()), at)) {
            requests.charge(1, at);
            tokens.charge(charged(next.work()), at);
            if (first >= 0) {
              admitted++;
              admittedTokens += charged(next.work());
            }
          }
          events.add(other(at + (long) (1e9 / othersPerSecond), order++));
        }
        case ARRIVES -> {
          double cost = charged(next.work());
          boolean letIn = requests.admits(1, at) && tokens.admits(cost, at);
          long hint = Math.max(requests.nanosUntil(1, at), tokens.nanosUntil(cost, at));
          if (letIn) {
            requests.charge(1, at);
            tokens.charge(cost, at);
            first = first < 0 ? at : first;
            last = at;
            admitted++;
            admittedTokens += cost;
          }
          RateHeaders seen =
              headers
                  ? new RateHeaders(
                      (long) requestsPerMinute,
                      (long) requests.remaining(at),
                      (long) tokensPerMinute,
                      (long) tokens.remaining(at))
                  : RateHeaders.NONE;
          double latency =
              letIn
                  ? MEAN_LATENCY * Math.exp(SIGMA * random.nextGaussian() - SIGMA * SIGMA / 2)
                  : 3e6;
          events.add(
              event(
                  at + (long) latency,
                  order++,
                  letIn ? Kind.ANSWERED : Kind.REFUSED,
                  next.work(),
                  next.charge(),
                  seen,
                  hint));
        }
        case ANSWERED -> {
          inFlight--;
          if (counts == ProviderModel.Tokens.SETTLED) {
            double unused = next.work().reserved() - next.work().used();
            tokens.refund(unused, at);
            admittedTokens -= unused;
          }
          limiter.settle(next.charge(), next.work().used(), now);
          limiter.observe(next.charge(), next.seen(), now);
          limiter.succeeded(next.charge(), now);
        }
        case REFUSED -> {
          inFlight--;
          rejected++;
          waiting.addFirst(next.work());
          limiter.observe(next.charge(), next.seen(), now);
          limiter.rateLimited(
              next.charge(), Duration.ofNanos(Math.max(1_000_000, next.hint())), now);
        }
      }
    }
    double minutes = (last - first) / 60e9;
    double share =
        Math.max(
            admitted / minutes / requestsPerMinute, admittedTokens / minutes / tokensPerMinute);
    return new Outcome(share, (double) rejected / sent, minutes * 60);
  }

  private double charged(Work work) {
    return counts == ProviderModel.Tokens.USED ? work.used() : work.reserved();
  }

  private Event other(long at, long order) {
    Work work =
        new Work(input.applyAsLong(0) + maxOutput, input.applyAsLong(0) + output.applyAsLong(0));
    return new Event(at, order, Kind.OTHER, work, NOBODYS, RateHeaders.NONE, 0);
  }

  private static Event event(
      long at, long order, Kind kind, Work work, Charge charge, RateHeaders seen, long hint) {
    return new Event(at, order, kind, work, charge, seen, hint);
  }
}
