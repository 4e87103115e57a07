package io.sluice.internal.http.hints;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.greaterThanOrEqualTo;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThanOrEqualTo;
import static org.hamcrest.Matchers.nullValue;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WaitsTest {
  /** 2026-11-26T14:00:00Z, a Thursday. */
  private static final Instant NOW = Instant.ofEpochSecond(1_795_701_600L);

  static Map<String, List<String>> headers(String... namesAndValues) {
    Map<String, List<String>> headers = new HashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      headers.put(namesAndValues[i], List.of(namesAndValues[i + 1]));
    }
    return headers;
  }

  private static @Nullable Duration wait(String body, String... headers) {
    Waits.Wait wait = Waits.of(headers(headers), body, NOW);
    return wait == null ? null : wait.duration();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          20                              | PT20S
          0.5                             | PT0.5S
          1e2                             | PT100S
          12ms                            | PT0.012S
          8.64s                           | PT8.64S
          6m0s                            | PT6M
          1m26.4s                         | PT1M26.4S
          1h2m3.5s                        | PT1H2M3.5S
          1d                              | PT24H
          1d2h                            | PT26H
          2m59.56s                        | PT2M59.56S
          PT1M30S                         | PT1M30S
          pt30s                           | PT30S
          P1DT1H                          | PT25H
          20 seconds                      | PT20S
          1 hour 5 minutes                | PT1H5M
          2 hours and 3 minutes           | PT2H3M
          1 minute, 5 seconds             | PT1M5S
          1795701630                      | PT30S
          1795701630.5                    | PT30.5S
          1795701630000                   | PT30S
          1795701630000000                | PT30S
          1795701630000000000             | PT30S
          1795701500                      | PT0S
          2026-11-26T14:00:30Z            | PT30S
          2026-11-26T14:00:30.250Z        | PT30.25S
          2026-11-26T15:00:30+01:00       | PT30S
          2026-11-26 14:00:30+00:00       | PT30S
          2026-11-26T14:00:30             | PT30S
          2026-11-27                      | PT10H
          Thu, 26 Nov 2026 14:00:30 GMT   | PT30S
          Thursday, 26-Nov-26 14:00:30 GMT| PT30S
          Thu Nov 26 14:00:30 2026        | PT30S
          Thu Nov 26 2026 15:00:30 GMT+0100 (Central European Standard Time) | PT30S
          Thu, 26 Nov 2026 13:59:00 GMT   | PT0S
          -5                              | PT0S
          99999999                        | PT744H
          1e300                           | PT744H
          9999-12-31T23:59:59Z            | PT744H
          P10000D                         | PT744H
          900000h                         | PT744H
          """)
  void aHeaderSaysItInAnyForm(String value, String expected) {
    assertThat(value, wait("", "Retry-After", value), is(Duration.parse(expected)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "soon",
        "NaN",
        "Infinity",
        "-Infinity",
        "1e999",
        "0x10",
        "1.2.3",
        "5 apples",
        "1h2",
        "P",
        "PT",
        "Thu, 32 Nov 2026 14:00:30 GMT",
        "2026-13-45T99:00:00Z",
        "1m2",
        "--",
        "1,5"
      })
  void whatIsNoWaitIsNone(String value) {
    assertThat(value, wait("", "Retry-After", value), is(nullValue()));
  }

  @Test
  void millisecondsComeBeforeSeconds_andBothBeforeWords() {
    assertThat(
        wait(
            "{\"error\":{\"message\":\"Please try again in 9s\"}}",
            "retry-after",
            "2",
            "retry-after-ms",
            "1250"),
        is(Duration.ofMillis(1250)));
    assertThat(wait("", "x-ms-retry-after-ms", "300"), is(Duration.ofMillis(300)));
    assertThat(wait("Please try again in 9s", "retry-after", "2"), is(Duration.ofSeconds(2)));
    assertThat(
        "an unreadable one is absent",
        wait("Please try again in 9s", "retry-after", "later"),
        is(Duration.ofSeconds(9)));
  }

  @Test
  void instantsAreByTheServersClock() {
    assertThat(
        wait(
            "",
            "date",
            "Thu, 26 Nov 2026 13:00:00 GMT",
            "retry-after",
            "Thu, 26 Nov 2026 13:00:07 GMT"),
        is(Duration.ofSeconds(7)));
  }

  /** Texts as providers and proxies send them. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          Rate limit reached for gpt-4o in organization org-x on tokens per min (TPM): Limit 30000, Used 29500, Requested 1200. Please try again in 1.4s. Visit https://x.y/z to learn more. | PT1.4S
          Rate limit reached. Please try again in 120ms. | PT0.12S
          Rate limit reached for model `llama` on requests per day (RPD): Limit 14400, Used 14400. Please try again in 1m26.4s. | PT1M26.4S
          Please try again in 6m0s. | PT6M
          Requests have exceeded token rate limit of your current pricing tier. Please retry after 7 seconds. | PT7S
          Please retry after 86400 seconds. | PT24H
          You exceeded your current quota. Please retry in 34.074824224s. | PT34.074824224S
          Your quota will reset after 31s. | PT31S
          Quota resets in 2 hours and 5 minutes | PT2H5M
          The model will be available in 40 seconds | PT40S
          Model is loading, available again in 1 minute. | PT1M
          Too many requests, please wait 20 seconds before trying again | PT20S
          Retry after 5 | PT5S
          retry after: 2026-11-26T14:00:30Z is no sentence, but retry after 2026-11-26T14:00:30Z is | PT30S
          Your limit resets at 2026-11-26 14:00:30 UTC. | PT30S
          Try again at Thu, 26 Nov 2026 14:00:30 GMT, please | PT30S
          Retrying in 3s | PT3S
          Rate limited; come back in about 2 minutes | PT2M
          Too many requests. Retry after: 20s | PT20S
          slow down (retry_after=20) | PT20S
          retry-after: 20 seconds | PT20S
          You can retry your request in 12 sec. | PT12S
          Requests may be made again after 5 min | PT5M
          This model can be asked again at 2026-11-26T14:00:30Z | PT30S
          """)
  void wordsSayIt(String text, String expected) {
    Duration wait = Duration.parse(expected);
    assertThat("as text", wait(text), is(wait));
    String quoted = text.replace("\"", "\\\"");
    assertThat("message", wait("{\"error\":{\"message\":\"" + quoted + "\"}}"), is(wait));
    assertThat("detail", wait("{\"detail\":\"" + quoted + "\"}"), is(wait));
    assertThat("in an array", wait("[{\"error\":{\"message\":\"" + quoted + "\"}}]"), is(wait));
    assertThat("details of a list", wait("{\"detail\":[{\"msg\":\"" + quoted + "\"}]}"), is(wait));
    String inner = "{\\\"error\\\":{\\\"message\\\":\\\"" + quoted + "\\\"}}";
    assertThat("JSON in a string", wait("{\"error\":{\"raw\":\"" + inner + "\"}}"), is(wait));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "available in 3 regions",
        "retry 3 times",
        "we retry for 5 good reasons",
        "wait",
        "try again in a while",
        "again and again 5 times",
        "we asked again: 5 of them",
        "reset at dawn",
        "try again in NaN s",
        "retry after",
        "available in 100% of cases"
      })
  void otherWordsDoNot(String text) {
    assertThat(wait(text), is(nullValue()));
  }

  @Test
  void googlesRetryInfo() {
    String body =
        """
        [{"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "message": "You exceeded your current quota.",
          "details": [
            {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [
              {"quotaMetric": "m", "quotaId": "GenerateRequestsPerMinutePerProjectPerModel-FreeTier", "quotaValue": "15"}]},
            {"@type": "type.googleapis.com/google.rpc.Help", "links": []},
            {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "34.5s"}]}}]
        """;
    assertThat(wait(body), is(Duration.ofMillis(34_500)));
    assertThat(Waits.isOfADay(body), is(false));
    assertThat(Waits.isOfADay(body.replace("PerMinute", "PerDay")), is(true));
    assertThat(Waits.isOfADay("Limit of requests per day (RPD) reached"), is(true));
    assertThat(Waits.isOfADay(null), is(false));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"error":{"message":"Too fast","retry_after":12}}                       | PT12S
          {"retry_after_ms":1500}                                                 | PT1.5S
          {"error":{"metadata":{"retry_after_seconds":3}}}                        | PT3S
          {"error":{"code":"x","resets_in_seconds":90}}                           | PT1M30S
          {"error":{"resets_at":1795701630}}                                      | PT30S
          {"error":{"reset_at":"2026-11-26T14:00:30Z"}}                           | PT30S
          {"retryAfter":"1m"}                                                     | PT1M
          {"error":"Model m is currently loading","estimated_time":20.5}          | PT20.5S
          {"error":{"metadata":{"headers":{"X-RateLimit-Limit":"20","X-RateLimit-Remaining":"0","X-RateLimit-Reset":"1795701630000"}}}} | PT30S
          """)
  void fieldsAreNamedForIt(String body, String expected) {
    assertThat(wait(body), is(Duration.parse(expected)));
  }

  /** A 429's headers; the reset counts only where something is used up. */
  @Test
  void resetsOfWhatIsUsedUp() {
    assertThat(
        "OpenAI",
        wait(
            "",
            "x-ratelimit-remaining-requests",
            "0",
            "x-ratelimit-reset-requests",
            "8.64s",
            "x-ratelimit-remaining-tokens",
            "500",
            "x-ratelimit-reset-tokens",
            "6m0s"),
        is(Duration.ofMillis(8_640)));
    assertThat(
        "Azure",
        wait("", "x-ratelimit-remaining-tokens", "0", "x-ratelimit-reset-tokens", "10"),
        is(Duration.ofSeconds(10)));
    assertThat(
        "Anthropic",
        wait(
            "",
            "anthropic-ratelimit-input-tokens-remaining",
            "0",
            "anthropic-ratelimit-input-tokens-reset",
            "2026-11-26T14:00:12Z"),
        is(Duration.ofSeconds(12)));
    assertThat(
        "OpenRouter",
        wait("", "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "1795701630000"),
        is(Duration.ofSeconds(30)));
    assertThat(
        "the IETF's",
        wait("", "RateLimit", "limit=100, remaining=0, reset=17"),
        is(Duration.ofSeconds(17)));
    assertThat(
        "the IETF's, newer",
        wait("", "RateLimit", "\"burst\";r=5;t=1, \"daily\";r=0;t=7200"),
        is(Duration.ofHours(2)));
    assertThat(
        "there is room",
        wait("", "x-ratelimit-remaining-requests", "7", "x-ratelimit-reset-requests", "8s"),
        is(nullValue()));
  }

  @Test
  void itIsSaidWhereItWasRead() {
    Waits.Wait header = Waits.of(headers("Retry-After", "7"), "", NOW);
    assertThat(Objects.requireNonNull(header).said(), is("retry-after: 7"));
    Waits.Wait words = Waits.of(headers(), "Slow down. Please try again in 5s.", NOW);
    assertThat(Objects.requireNonNull(words).said(), is("\"try again in 5s.\""));
  }

  private static final String[] PIECES = {
    "{",
    "}",
    "[",
    "]",
    "\"",
    ":",
    ",",
    ";",
    "=",
    " ",
    "\n",
    "error",
    "message",
    "retry_after",
    "retryDelay",
    "detail",
    "try again in ",
    "retry after ",
    "available in ",
    "reset after ",
    "resets at ",
    "wait ",
    "1h2m3.5s",
    "6m0s",
    "ms",
    "s",
    "-",
    ".",
    "1e400",
    "NaN",
    "9999999999999999999999",
    "Thu, 26 Nov 2026 14:00:30 GMT",
    "2026-11-26T14:00:30Z",
    "PT1M",
    "P",
    "remaining",
    "limit",
    "reset",
    "\"default\";r=0;t=30",
    "\\",
    "\u0000",
    "é",
    "𝟙",
    "٣",
    "0",
    "-1",
    "null"
  };

  private static String noise(Random random, int most) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(most); i >= 0; i--) {
      text.append(
          random.nextInt(4) == 0
              ? String.valueOf((char) random.nextInt(0x3000))
              : PIECES[random.nextInt(PIECES.length)]);
    }
    return text.toString();
  }

  @Test
  void noise_neverThrows_andWaitsAreBounded() {
    String[] names = {
      "retry-after",
      "Retry-After-MS",
      "x-ratelimit-reset",
      "x-ratelimit-remaining",
      "RateLimit",
      "RateLimit-Policy",
      "ratelimit-limit",
      "anthropic-ratelimit-tokens-reset",
      "date",
      "x-ratelimit-limit-req-minute",
      "X-Limit-Remaining"
    };
    for (int seed = 0; seed < 20_000; seed++) {
      Random random = new Random(seed);
      Map<String, List<String>> headers = new HashMap<>();
      for (int i = random.nextInt(4); i > 0; i--) {
        headers.put(
            names[random.nextInt(names.length)], List.of(noise(random, 6), noise(random, 3)));
      }
      Waits.Wait wait = Waits.of(headers, noise(random, 30), NOW);
      if (wait != null) {
        assertThat(
            "seed " + seed,
            wait.duration(),
            allOf(greaterThanOrEqualTo(Duration.ZERO), lessThanOrEqualTo(Times.LONGEST)));
      }
      Waits.limits(headers, NOW).ofAMinute();
    }
  }

  /** Whatever repeats, the work does not grow faster than the text. */
  @Test
  void longTextsAreReadInLinearTime() {
    for (String piece : PIECES) {
      String text = piece.repeat(2_000_000 / Math.max(1, piece.length()));
      Waits.of(headers("retry-after", text, "ratelimit", text), text, NOW);
      Waits.of(headers(), "{\"error\":{\"message\":\"" + text.replace("\"", "'") + "\"}}", NOW);
    }
  }
}
