package io.sluice.quota;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.both;
import static org.hamcrest.Matchers.closeTo;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.greaterThanOrEqualTo;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThan;
import static org.hamcrest.Matchers.lessThanOrEqualTo;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sluice.provider.RateHeaders;
import io.sluice.quota.QuotaLimiter.Charge;
import io.sluice.quota.QuotaLimiter.Limits;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.function.IntToLongFunction;
import org.junit.jupiter.api.Test;

class QuotaLimiterTest {
  private static final long SECOND = 1_000_000_000L;
  private static final Duration BURST = Duration.ofSeconds(1);

  /** An admission: when, and how many tokens. */
  private record Sent(long at, long tokens) {}

  private static List<Sent> greedy(QuotaLimiter limiter, int count, IntToLongFunction tokens) {
    List<Sent> sent = new ArrayList<>();
    long now = 0;
    for (int i = 0; i < count; i++) {
      long cost = tokens.applyAsLong(i);
      for (long wait = limiter.nanosUntilAllowed(cost, now);
          wait > 0;
          wait = limiter.nanosUntilAllowed(cost, now)) {
        now += wait;
      }
      limiter.take(cost, now);
      sent.add(new Sent(now, cost));
    }
    return sent;
  }

  /** No window holds more than a full provider bucket and its refill, and the request in debt. */
  private static void assertNoWindowExceeds(List<Sent> sent, Limits limits, String seed) {
    double burst = limits.burst().toNanos() / 60e9;
    double requestCapacity = Math.max(1, limits.requestsPerMinute() * burst);
    double tokenCapacity = limits.tokensPerMinute() * burst;
    for (int from = 0; from < sent.size(); from++) {
      long tokens = 0;
      long largest = 0;
      for (int to = from; to < sent.size(); to++) {
        tokens += sent.get(to).tokens();
        largest = Math.max(largest, sent.get(to).tokens());
        double minutes = (sent.get(to).at() - sent.get(from).at()) / 60e9;
        assertThat(
            seed + ": requests " + from + " to " + to,
            to - from + 1.0,
            lessThanOrEqualTo(requestCapacity + limits.requestsPerMinute() * minutes + 1e-3));
        assertThat(
            seed + ": tokens of " + from + " to " + to,
            (double) tokens,
            lessThanOrEqualTo(
                Math.max(tokenCapacity, largest)
                    + largest
                    + limits.tokensPerMinute() * minutes
                    + 1e-3));
      }
    }
  }

  @Test
  void smallCases_noWindowEverExceedsTheLimit() {
    for (long requests : new long[] {1, 2, 60, 600}) {
      for (long tokens : new long[] {10, 600, 6_000}) {
        for (long cost : new long[] {0, 1, 7, 10}) {
          Limits limits = new Limits(requests, tokens, BURST);
          String name = requests + "/" + tokens + "/" + cost;
          assertNoWindowExceeds(
              greedy(new QuotaLimiter(limits, 0, true), 40, i -> cost), limits, name);
        }
      }
    }
  }

  @Test
  void mixedSizes_neitherExceedNorWasteTheTokens() {
    for (int seed = 1; seed <= 20; seed++) {
      Random random = new Random(seed);
      Limits limits = new Limits(100_000, 600_000, BURST);
      List<Sent> sent =
          greedy(
              new QuotaLimiter(limits, 0, false),
              600,
              i -> Math.round(10 * Math.pow(1_000, random.nextDouble())));
      assertNoWindowExceeds(sent, limits, "seed " + seed);
      double minutes = sent.get(sent.size() - 1).at() / 60e9;
      double tokens = sent.stream().mapToLong(Sent::tokens).sum();
      assertThat("seed " + seed, tokens / minutes / 600_000, greaterThan(0.985));
    }
  }

  @Test
  void requestsBind_theRateIsUsed() {
    Limits limits = new Limits(6_000, Long.MAX_VALUE, BURST);
    List<Sent> sent = greedy(new QuotaLimiter(limits, 0, false), 10_000, i -> 10);
    double minutes = sent.get(sent.size() - 1).at() / 60e9;
    assertThat(10_000 / minutes / 6_000, is(closeTo(0.997, 0.001)));
  }

  @Test
  void requestLargerThanTheBucket_waitsForAFullOneAndLeavesDebt() {
    QuotaLimiter limiter = new QuotaLimiter(new Limits(6_000, 60_000, BURST), 0, true);
    assertThat(limiter.canEverFit(60_000), is(true));
    assertThat(limiter.canEverFit(60_001), is(false));
    assertThat(limiter.nanosUntilAllowed(30_000, 0), is(0L));
    limiter.take(30_000, 0);
    assertThat(limiter.nanosUntilAllowed(10, 0), greaterThan(29 * SECOND));
  }

  @Test
  void timeGoingBack_standsStill() {
    QuotaLimiter limiter = new QuotaLimiter(new Limits(60, 60_000, BURST), 100 * SECOND, false);
    long wait = limiter.nanosUntilAllowed(1, 100 * SECOND);
    assertThat(limiter.nanosUntilAllowed(1, 0), is(wait));
  }

  @Test
  void absurdLimits() {
    assertThrows(IllegalArgumentException.class, () -> new Limits(0, 1, BURST));
    assertThrows(IllegalArgumentException.class, () -> new Limits(1, 0, BURST));
    assertThrows(IllegalArgumentException.class, () -> new Limits(1, 1, Duration.ZERO));
    QuotaLimiter unlimited =
        new QuotaLimiter(new Limits(Long.MAX_VALUE, Long.MAX_VALUE, BURST), 0, true);
    for (int i = 0; i < 1_000; i++) {
      assertThat(unlimited.nanosUntilAllowed(1_000_000, 0), is(0L));
      unlimited.take(1_000_000, 0);
    }
  }

  @Test
  void rateLimited_pausesTheAccountAndStartsSlowly() {
    QuotaLimiter limiter = new QuotaLimiter(new Limits(6_000, 600_000, BURST), 0, true);
    Charge charge = limiter.take(10, 0);
    limiter.rateLimited(charge, Duration.ofSeconds(5), SECOND);
    assertThat(limiter.nanosUntilAllowed(10, SECOND), greaterThanOrEqualTo(5 * SECOND));
    assertThat(limiter.nanosUntilAllowed(10, 6 * SECOND), greaterThan(0L));
    assertThat(limiter.rateFactor(), is(closeTo(0.7, 1e-9)));
    limiter.nanosUntilAllowed(10, 60 * SECOND);
    assertThat(limiter.rateFactor(), is(1.0));
  }

  @Test
  void rateLimited_requestsSentBeforeThePauseSayNothingNew() {
    QuotaLimiter limiter = new QuotaLimiter(new Limits(6_000, 600_000, BURST), 0, true);
    Charge first = limiter.take(10, 0);
    Charge second = limiter.take(10, 0);
    limiter.rateLimited(first, null, SECOND);
    limiter.rateLimited(second, null, SECOND);
    assertThat(limiter.rateFactor(), is(closeTo(0.7, 1e-9)));
  }

  @Test
  void state_survivesItsCoder() {
    Limits limits = new Limits(600, 60_000, BURST);
    QuotaLimiter limiter = new QuotaLimiter(limits, 0, true);
    limiter.take(500, 0);
    limiter.rateLimited(limiter.take(20, 0), Duration.ofSeconds(3), 0);
    QuotaState state = QuotaState.decode(limiter.state().encode());
    assertThat(state, is(limiter.state()));
    QuotaLimiter restored = QuotaLimiter.restore(limits, state, SECOND);
    assertThat(restored.nanosUntilAllowed(1, SECOND), is(limiter.nanosUntilAllowed(1, SECOND)));
    assertThrows(IllegalArgumentException.class, () -> QuotaState.decode(new byte[3]));
  }

  /** A provider with a bucket of a second, behind a network that bunches requests. */
  private static final class ModelProvider {
    final double requestsPerNano;
    final double tokensPerNano;
    double requests;
    double tokens;
    double at;

    ModelProvider(double requestsPerMinute, double tokensPerMinute) {
      requestsPerNano = requestsPerMinute / 60e9;
      tokensPerNano = tokensPerMinute / 60e9;
      requests = requestsPerMinute / 60;
      tokens = tokensPerMinute / 60;
    }

    void advance(double now) {
      requests = Math.min(requestsPerNano * SECOND, requests + (now - at) * requestsPerNano);
      tokens = Math.min(tokensPerNano * SECOND, tokens + (now - at) * tokensPerNano);
      at = now;
    }

    boolean admit(long cost, double now) {
      advance(now);
      if (requests < 1 || tokens < Math.min(cost, tokensPerNano * SECOND)) {
        return false;
      }
      requests -= 1;
      tokens -= cost;
      return true;
    }
  }

  private record Event(
      long at, int kind, Charge charge, long used, boolean admitted, RateHeaders seen)
      implements Comparable<Event> {
    @Override
    public int compareTo(Event other) {
      return Long.compare(at, other.at);
    }
  }

  private record Outcome(double utilisation, double rejected) {}

  /**
   * Sends whenever it may; requests arrive late by up to 50 ms and are answered with a long tail.
   */
  private static Outcome play(
      QuotaLimiter limiter,
      ModelProvider provider,
      boolean headers,
      boolean refunds,
      boolean tokensBind,
      long statedRequests,
      long seed) {
    Random random = new Random(seed);
    PriorityQueue<Event> events = new PriorityQueue<>();
    int left = 9_000;
    long now = 0;
    long firstAdmitted = -1;
    long lastAdmitted = 0;
    double admittedRequests = 0;
    double admittedTokens = 0;
    int rejected = 0;
    int total = 0;
    while (left > 0 || !events.isEmpty()) {
      long cost = tokensBind ? 2_000 : 10;
      long wait = left > 0 ? limiter.nanosUntilAllowed(cost, now) : Long.MAX_VALUE;
      if (wait == 0) {
        left--;
        total++;
        Charge charge = limiter.take(cost, now);
        long arrives = now + (long) (random.nextDouble() * 50e6);
        events.add(new Event(arrives, 0, charge, cost / 4, false, RateHeaders.NONE));
        continue;
      }
      Event next = events.peek();
      long until = wait == Long.MAX_VALUE ? Long.MAX_VALUE : now + wait;
      if (next == null || next.at() > until) {
        now = until;
        continue;
      }
      events.remove();
      now = Math.max(now, next.at());
      if (next.kind() == 0) {
        boolean admitted = provider.admit(next.charge().tokens(), now);
        RateHeaders seen =
            headers
                ? new RateHeaders(
                    statedRequests,
                    (long) Math.max(0, provider.requests),
                    (long) (provider.tokensPerNano * 60e9),
                    (long) Math.max(0, provider.tokens))
                : RateHeaders.NONE;
        if (admitted) {
          firstAdmitted = firstAdmitted < 0 ? now : firstAdmitted;
          lastAdmitted = now;
          admittedRequests++;
          admittedTokens += refunds ? next.used() : next.charge().tokens();
        }
        double latency = admitted ? 1.5e9 * Math.exp(0.8 * random.nextGaussian() - 0.32) : 20e6;
        events.add(new Event(now + (long) latency, 1, next.charge(), next.used(), admitted, seen));
      } else if (next.admitted()) {
        if (refunds) {
          provider.advance(now);
          provider.tokens += next.charge().tokens() - next.used();
        }
        limiter.settle(next.charge(), next.used(), now);
        limiter.observe(next.charge(), next.seen(), now);
        limiter.succeeded(next.charge(), now);
      } else {
        rejected++;
        limiter.observe(next.charge(), next.seen(), now);
        limiter.rateLimited(next.charge(), Duration.ofMillis(100), now);
      }
    }
    double minutes = (lastAdmitted - firstAdmitted) / 60e9;
    double share =
        Math.max(
            admittedRequests / minutes / (provider.requestsPerNano * 60e9),
            admittedTokens / minutes / (provider.tokensPerNano * 60e9));
    return new Outcome(share, (double) rejected / total);
  }

  @Test
  void slowTail_withHeaders_theQuotaIsFullAndNotExceeded() {
    for (int seed = 1; seed <= 5; seed++) {
      QuotaLimiter limiter = new QuotaLimiter(new Limits(6_000, 1L << 40, BURST), 0, true);
      Outcome outcome =
          play(limiter, new ModelProvider(6_000, 1e12), true, false, false, 6_000, seed);
      assertThat("seed " + seed, outcome.utilisation(), greaterThan(0.98));
      assertThat("seed " + seed, outcome.rejected(), lessThan(0.001));
    }
  }

  @Test
  void slowTail_withoutHeaders_theQuotaIsFullAndNotExceeded() {
    for (int seed = 1; seed <= 5; seed++) {
      QuotaLimiter limiter = new QuotaLimiter(new Limits(6_000, 1L << 40, BURST), 0, true);
      Outcome outcome =
          play(limiter, new ModelProvider(6_000, 1e12), false, false, false, 6_000, seed);
      assertThat("seed " + seed, outcome.utilisation(), greaterThan(0.98));
      assertThat("seed " + seed, outcome.rejected(), lessThan(0.001));
    }
  }

  @Test
  void tokensBind_providerKeepsWhatWasReserved() {
    for (int seed = 1; seed <= 5; seed++) {
      QuotaLimiter limiter = new QuotaLimiter(new Limits(1L << 40, 6_000_000, BURST), 0, true);
      Outcome outcome =
          play(limiter, new ModelProvider(1e12, 6_000_000), true, false, true, 1L << 40, seed);
      assertThat("seed " + seed, outcome.utilisation(), greaterThan(0.96));
      assertThat("seed " + seed, outcome.rejected(), lessThan(0.01));
    }
  }

  @Test
  void tokensBind_providerGivesBackWhatWasNotUsed() {
    for (int seed = 1; seed <= 5; seed++) {
      QuotaLimiter limiter = new QuotaLimiter(new Limits(1L << 40, 6_000_000, BURST), 0, true);
      Outcome outcome =
          play(limiter, new ModelProvider(1e12, 6_000_000), true, true, true, 1L << 40, seed);
      assertThat("seed " + seed, outcome.utilisation(), both(greaterThan(0.7)).and(lessThan(1.1)));
      assertThat("seed " + seed, outcome.rejected(), lessThan(0.01));
    }
  }

  @Test
  void providerAllowsLess_theHeadersAreBelieved() {
    QuotaLimiter limiter = new QuotaLimiter(new Limits(12_000, 1L << 40, BURST), 0, true);
    Outcome outcome = play(limiter, new ModelProvider(6_000, 1e12), true, false, false, 6_000, 1);
    assertThat(outcome.utilisation(), greaterThan(0.95));
    assertThat(outcome.rejected(), lessThan(0.03));
    assertThat(limiter.effectiveRequestsPerMinute(), is(lessThanOrEqualTo(6_000.0)));
  }

  @Test
  void providerAllowsLess_withoutHeadersTheRejectionsTeach() {
    QuotaLimiter limiter = new QuotaLimiter(new Limits(12_000, 1L << 40, BURST), 0, true);
    Outcome outcome = play(limiter, new ModelProvider(6_000, 1e12), false, false, false, 0, 1);
    assertThat(outcome.utilisation(), greaterThan(0.6));
    assertThat(outcome.rejected(), lessThan(0.1));
  }
}
