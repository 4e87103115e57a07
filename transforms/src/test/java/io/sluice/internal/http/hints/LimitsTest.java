package io.sluice.internal.http.hints;

import static io.sluice.internal.http.hints.WaitsTest.headers;
import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsInAnyOrder;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.is;

import io.sluice.internal.http.hints.Limits.Limit;
import io.sluice.internal.http.hints.Limits.What;
import io.sluice.internal.http.hints.Limits.Window;
import io.sluice.spi.RateHeaders;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** Headers as providers send them. */
class LimitsTest {
  private static final Instant NOW = Instant.ofEpochSecond(1_795_701_600L);
  private static final long UNKNOWN = RateHeaders.UNKNOWN_VALUE;

  private static Limits limits(String... namesAndValues) {
    return Waits.limits(headers(namesAndValues), NOW);
  }

  private static RateHeaders rates(String... namesAndValues) {
    return limits(namesAndValues).ofAMinute();
  }

  @Test
  void openAi() {
    assertThat(
        rates(
            "x-ratelimit-limit-requests", "5000",
            "x-ratelimit-limit-tokens", "160000",
            "x-ratelimit-limit-tokens_usage_based", "160001",
            "x-ratelimit-remaining-requests", "4999",
            "x-ratelimit-remaining-tokens", "159976",
            "x-ratelimit-remaining-tokens_usage_based", "1",
            "x-ratelimit-reset-requests", "12ms",
            "x-ratelimit-reset-tokens", "9ms"),
        is(new RateHeaders(5000, 4999, 160_000, 159_976)));
  }

  @Test
  void azure_valuesThatAreUnknown() {
    assertThat(
        rates(
            "x-ratelimit-limit-requests", "-1",
            "x-ratelimit-remaining-requests", "-1",
            "x-ratelimit-limit-tokens", "0",
            "x-ratelimit-remaining-tokens", "0",
            "x-ratelimit-reset-tokens", "10"),
        is(RateHeaders.NONE));
    assertThat(
        rates("x-ratelimit-limit-tokens", "30000", "x-ratelimit-remaining-tokens", "29000"),
        is(new RateHeaders(UNKNOWN, UNKNOWN, 30_000, 29_000)));
  }

  @Test
  void anthropic_theLimitOfTheInput_andTheLeastShareLeft() {
    assertThat(
        rates(
            "anthropic-ratelimit-requests-limit", "1000",
            "anthropic-ratelimit-requests-remaining", "999",
            "anthropic-ratelimit-requests-reset", "2026-11-26T14:00:01Z",
            "anthropic-ratelimit-input-tokens-limit", "400000",
            "anthropic-ratelimit-input-tokens-remaining", "380000",
            "anthropic-ratelimit-output-tokens-limit", "80000",
            "anthropic-ratelimit-output-tokens-remaining", "40000",
            "anthropic-ratelimit-tokens-limit", "480000",
            "anthropic-ratelimit-tokens-remaining", "420000",
            "anthropic-priority-input-tokens-limit", "10000",
            "anthropic-priority-input-tokens-remaining", "0"),
        is(new RateHeaders(1000, 999, 400_000, 200_000)));
  }

  @Test
  void groq_itsRequestsAreOfADay() {
    String[] headers = {
      "x-ratelimit-limit-requests", "14400",
      "x-ratelimit-limit-tokens", "18000",
      "x-ratelimit-remaining-requests", "14370",
      "x-ratelimit-remaining-tokens", "17997",
      "x-ratelimit-reset-requests", "2m59.56s",
      "x-ratelimit-reset-tokens", "7.66ms"
    };
    assertThat(rates(headers), is(new RateHeaders(UNKNOWN, UNKNOWN, 18_000, 17_997)));
    assertThat(
        limits(headers).all(),
        containsInAnyOrder(
            new Limit(What.REQUESTS, Window.DAY, 14_400, 14_370, Duration.ofMillis(179_560)),
            new Limit(What.TOKENS, Window.UNKNOWN, 18_000, 17_997, Duration.ofNanos(7_660_000))));
  }

  @Test
  void mistral_theMinuteCounts_notTheMonth() {
    assertThat(
        rates(
            "x-ratelimit-limit-req-minute", "60",
            "x-ratelimit-remaining-req-minute", "59",
            "x-ratelimit-limit-tokens-minute", "500000",
            "x-ratelimit-remaining-tokens-minute", "499000",
            "x-ratelimit-limit-tokens-month", "1000000000",
            "x-ratelimit-remaining-tokens-month", "17",
            "x-ratelimit-tokens-query-cost", "32"),
        is(new RateHeaders(60, 59, 500_000, 499_000)));
    assertThat(
        "older",
        rates(
            "ratelimitbysize-limit", "500000",
            "ratelimitbysize-remaining", "499990",
            "ratelimitbysize-reset", "42",
            "x-ratelimitbysize-limit-month", "1000000000",
            "x-ratelimitbysize-remaining-month", "999999"),
        is(new RateHeaders(UNKNOWN, UNKNOWN, 500_000, 499_990)));
  }

  @Test
  void openRouter() {
    assertThat(
        rates(
            "X-RateLimit-Limit",
            "20",
            "X-RateLimit-Remaining",
            "3",
            "X-RateLimit-Reset",
            "1795701630000"),
        is(new RateHeaders(20, 3, UNKNOWN, UNKNOWN)));
    assertThat(
        "of a day, by its reset",
        limits(
                "X-RateLimit-Limit",
                "50",
                "X-RateLimit-Remaining",
                "0",
                "X-RateLimit-Reset",
                "1795737600000")
            .all(),
        containsInAnyOrder(new Limit(What.REQUESTS, Window.DAY, 50, 0, Duration.ofHours(10))));
  }

  @Test
  void together() {
    assertThat(
        rates(
            "x-ratelimit-limit", "10",
            "x-ratelimit-remaining", "9",
            "x-ratelimit-reset", "1",
            "x-tokenlimit-limit", "3000",
            "x-tokenlimit-remaining", "2900"),
        is(new RateHeaders(10, 9, 3000, 2900)));
  }

  @Test
  void fireworks() {
    assertThat(
        rates(
            "x-ratelimit-limit-requests", "600",
            "x-ratelimit-remaining-requests", "599",
            "x-ratelimit-limit-tokens-prompt", "60000",
            "x-ratelimit-remaining-tokens-prompt", "57000",
            "x-ratelimit-limit-tokens-generated", "6000",
            "x-ratelimit-remaining-tokens-generated", "3000",
            "x-ratelimit-over-limit", "no"),
        is(new RateHeaders(600, 599, 60_000, 30_000)));
  }

  @Test
  void cloudflare_andOthersByTheDraftsOfTheIetf() {
    assertThat(
        rates("RateLimit", "limit=100, remaining=50, reset=30"),
        is(new RateHeaders(100, 50, UNKNOWN, UNKNOWN)));
    assertThat(
        rates(
            "RateLimit-Limit",
            "100, 100;w=60;burst=1000, 5000;w=3600",
            "RateLimit-Remaining",
            "9",
            "RateLimit-Reset",
            "50"),
        is(new RateHeaders(100, 9, UNKNOWN, UNKNOWN)));
    assertThat(
        rates(
            "ratelimit-policy", "\"default\";q=100;w=60, \"daily\";q=1000;w=86400",
            "ratelimit", "\"default\";r=50;t=30, \"daily\";r=0;t=7200"),
        is(new RateHeaders(100, 50, UNKNOWN, UNKNOWN)));
    assertThat(
        limits("ratelimit-policy", "\"a, b\";q=10;w=1", "ratelimit", "\"a, b\";r=0;t=1").all(),
        containsInAnyOrder(new Limit(What.REQUESTS, Window.SECOND, 10, 0, Duration.ofSeconds(1))));
  }

  @Test
  void aSecondsLimitIsSixtyTimesThatAMinute() {
    assertThat(
        rates(
            "x-ratelimit-limit-requests-second", "5", "x-ratelimit-remaining-requests-second", "0"),
        is(new RateHeaders(300, UNKNOWN, UNKNOWN, UNKNOWN)));
  }

  @Test
  void othersHeadersAreNone() {
    assertThat(
        limits(
                "content-length", "10",
                "x-content-limit", "none",
                "x-ms-region", "west",
                "cf-ray", "8f",
                "x-request-id", "limit-3")
            .all()
            .stream()
            .filter(limit -> limit.most() >= 0 || limit.left() >= 0)
            .toList(),
        is(empty()));
    assertThat(rates(), is(RateHeaders.NONE));
  }
}
