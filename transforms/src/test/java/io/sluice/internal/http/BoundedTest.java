package io.sluice.internal.http;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThanOrEqualTo;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BoundedTest {
  private static JsonNode json(String text) throws JsonProcessingException {
    return new ObjectMapper().readTree(text);
  }

  @ParameterizedTest
  @CsvSource({
    "7, 7",
    "7.9, 7",
    "-7, 0",
    "1e17, 1000000000",
    "1e400, 1000000000",
    "99999999999999999999999999, 1000000000",
    "'\"7\"', 7",
    "'\" 30 \"', 30",
    "'\"-7\"', 0",
    "'\"many\"', 0",
    "'\"99999999999999999999\"', 1000000000",
    "null, 0",
    "'[]', 0",
  })
  void counts(String text, long count) throws JsonProcessingException {
    assertThat(Bounded.count(json(text)), is(count));
  }

  @ParameterizedTest
  @CsvSource({
    "1700000000, 2023-11-14T22:13:20Z",
    "0, 1970-01-01T00:00:00Z",
    "1700000000.5, 2023-11-14T22:13:20Z",
    "1e17, ",
    "-1, ",
    "1e400, ",
    "'\"1700000000\"', ",
    "null, ",
  })
  void seconds(String text, Instant expected) throws JsonProcessingException {
    assertThat(Bounded.seconds(json(text)), is(expected));
  }

  @ParameterizedTest
  @CsvSource({
    "2026-11-24T12:00:00Z, 2026-11-24T12:00:00Z",
    "+999999999-12-31T23:59:59Z, ",
    "-999999999-01-01T00:00:00Z, ",
    "soon, ",
  })
  void instants(String text, Instant expected) throws JsonProcessingException {
    assertThat(Bounded.instant(json('"' + text + '"')), is(expected));
  }

  @ParameterizedTest
  @ValueSource(longs = {-5, 0, 1, 999_999_999L, Long.MAX_VALUE})
  void noHintIsWaitedForLongerThanAJobCanBe(long seconds) {
    long nanos = Backoff.nanos(1, Duration.ofSeconds(seconds), new Random(1));
    assertThat(Duration.ofNanos(nanos), lessThanOrEqualTo(Duration.ofMinutes(16)));
  }

  @Test
  void aHintOfYears_isNone() {
    assertThat(
        Duration.ofNanos(Backoff.nanos(1, Duration.ofSeconds(999_999_999), new Random(1))),
        lessThanOrEqualTo(Duration.ofSeconds(1)));
  }

  @Test
  void aHintIsObeyed() {
    assertThat(
        Duration.ofNanos(Backoff.nanos(1, Duration.ofMinutes(10), new Random(1))).toMinutes(),
        is(10L));
  }
}
