package io.sluice.internal.quota;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.both;
import static org.hamcrest.Matchers.closeTo;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.greaterThanOrEqualTo;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThan;
import static org.hamcrest.Matchers.lessThanOrEqualTo;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sluice.internal.quota.QuotaLimiter.Charge;
import io.sluice.internal.quota.QuotaLimiter.Limits;
import io.sluice.spi.RateHeaders;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
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
      limiter.observe(limiter.take(cost, now), RateHeaders.NONE, now);
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
  void anAnswerThatSaysItUsedAbsurdlyMuch_costsAMinuteAndNoMore() {
    QuotaLimiter limiter = new QuotaLimiter(new Limits(6_000, 60_000, BURST), 0, true);
    for (int i = 0; i < 100; i++) {
      long now = i * SECOND;
      Charge charge = limiter.take(50, now);
      limiter.observe(charge, RateHeaders.NONE, now);
      limiter.settle(charge, i == 50 ? 1_000_000_000L : 40, now);
      if (i == 50) {
        assertThat(limiter.nanosUntilAllowed(50, now), lessThan(65 * SECOND));
      }
    }
    assertThat(limiter.nanosUntilAllowed(50, 120 * SECOND), is(0L));
  }

  @Test
  void beforeTheFirstAnswer_noMoreIsSentThanABucketHolds() {
    QuotaLimiter limiter = new QuotaLimiter(new Limits(6_000, 600_000, BURST), 0, true);
    List<Charge> sent = new ArrayList<>();
    for (long now = 0; now < 5 * SECOND; now += SECOND / 1_000) {
      if (limiter.nanosUntilAllowed(10, now) == 0) {
        sent.add(limiter.take(10, now));
      }
    }
    assertThat(sent.size(), is(90));
    limiter.observe(sent.get(0), RateHeaders.NONE, 5 * SECOND);
    assertThat("it goes on", limiter.nanosUntilAllowed(10, 5 * SECOND), lessThan(SECOND / 50));
    assertThat("and evenly", limiter.nanosUntilAllowed(10, 5 * SECOND), greaterThan(0L));
  }

  @Test
  void theFirstAnswerNeverComes_itIsNotWaitedForLongerThanFiveSeconds() {
    QuotaLimiter limiter = new QuotaLimiter(new Limits(60, 60_000, BURST), 0, true);
    for (int i = 0; i < 2; i++) {
      assertThat(limiter.nanosUntilAllowed(10, i * 2 * SECOND), is(0L));
      limiter.take(10, i * 2 * SECOND);
    }
    assertThat(limiter.nanosUntilAllowed(10, 4 * SECOND), is(SECOND));
    assertThat(limiter.nanosUntilAllowed(10, 5 * SECOND), is(0L));
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

  /** Of a worker whose clock was ahead by hours. */
  @Test
  void stateOfAClockThatIsSetBack_waitsNoLongerThanItsPause() {
    long hours = 3 * 3_600 * SECOND;
    Limits limits = new Limits(600, 60_000, BURST);
    QuotaLimiter ahead = new QuotaLimiter(limits, hours, true);
    ahead.rateLimited(ahead.take(20, hours), Duration.ofSeconds(3), hours);
    QuotaLimiter restored = QuotaLimiter.restore(limits, ahead.state(), SECOND);
    assertThat(restored.nanosUntilAllowed(1, SECOND), is(ahead.nanosUntilAllowed(1, hours)));
  }

  @Test
  void noMinuteWhereverItBegins_holdsMoreThanTheLimit() {
    for (int seed = 1; seed <= 10; seed++) {
      Random random = new Random(seed);
      Limits limits = new Limits(60 + random.nextInt(600), 60_000 + random.nextInt(600_000), BURST);
      List<Sent> sent =
          greedy(
              new QuotaLimiter(limits, 0, true),
              2_000,
              i -> Math.round(10 * Math.pow(1_000, random.nextDouble())));
      int from = 0;
      long tokens = 0;
      for (int to = 0; to < sent.size(); to++) {
        tokens += sent.get(to).tokens();
        while (sent.get(to).at() - sent.get(from).at() >= 60 * SECOND) {
          tokens -= sent.get(from++).tokens();
        }
        String name = "seed " + seed + ", minute up to " + to;
        assertThat(name, to - from + 1L, lessThanOrEqualTo(limits.requestsPerMinute()));
        assertThat(name, tokens, lessThanOrEqualTo(limits.tokensPerMinute()));
      }
    }
  }

  @Test
  void burstOfAMinute_usesWhatTheProvidersBucketHolds() {
    Limits limits = new Limits(6_000, Long.MAX_VALUE, Duration.ofMinutes(1));
    QuotaLimiter limiter = new QuotaLimiter(limits, 0, true);
    for (int i = 0; i < 5_000; i++) {
      assertThat("request " + i, limiter.nanosUntilAllowed(10, 0), is(0L));
      limiter.take(10, 0);
    }
  }

  @Test
  void limitInHeadersThatFallsAndRisesAgain_isFollowedUpToTheTasks() {
    QuotaLimiter limiter = new QuotaLimiter(new Limits(6_000, 600_000, BURST), 0, true);
    limiter.observe(limiter.take(10, 0), new RateHeaders(3_000, 2_000, 300_000, 200_000), SECOND);
    assertThat(limiter.effectiveRequestsPerMinute(), is(3_000.0));
    assertThat(limiter.effectiveTokensPerMinute(), is(300_000.0));
    limiter.observe(limiter.take(10, 0), new RateHeaders(9_000, 8_000, 900_000, 1_000), SECOND);
    assertThat(limiter.effectiveRequestsPerMinute(), is(6_000.0));
    assertThat(limiter.effectiveTokensPerMinute(), is(600_000.0));
  }

  @Test
  void anotherProgramHasTakenTheRest_theHeadersAreBelieved() {
    QuotaLimiter limiter = new QuotaLimiter(new Limits(600, 600_000, BURST), 0, true);
    Charge charge = limiter.take(10, 0);
    assertThat(limiter.nanosUntilAllowed(10, 0), is(0L));
    limiter.observe(charge, new RateHeaders(600, 2, 600_000, 9_000), SECOND / 10);
    // Two were left a tenth of a second ago, and one has come back since.
    limiter.take(10, SECOND / 10);
    limiter.take(10, SECOND / 10);
    limiter.take(10, SECOND / 10);
    assertThat(limiter.nanosUntilAllowed(10, SECOND / 10), greaterThan(SECOND / 20));
  }

  @Test
  void afterAPause_requestsLeaveSpacedAndMoreSlowly() {
    QuotaLimiter limiter = new QuotaLimiter(new Limits(6_000, 600_000, BURST), 0, true);
    limiter.rateLimited(limiter.take(10, 0), Duration.ofSeconds(5), 0);
    long now = 5 * SECOND;
    int sent = 0;
    while (now < 6 * SECOND) {
      long wait = limiter.nanosUntilAllowed(10, now);
      if (wait == 0) {
        limiter.take(10, now);
        sent++;
      }
      now += wait;
    }
    assertThat("of 100 a second", sent, is(both(greaterThan(65)).and(lessThan(75))));
  }
}
