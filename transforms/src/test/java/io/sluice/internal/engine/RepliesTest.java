package io.sluice.internal.engine;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.nullValue;

import io.sluice.ErrorKind;
import io.sluice.Usage;
import io.sluice.spi.RateHeaders;
import io.sluice.spi.Reply;
import io.sluice.spi.Reply.Billing;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RepliesTest {
  private static Reply answered(Usage usage) {
    return new Reply.Answered("x", "m", "stop", usage, RateHeaders.NONE);
  }

  private static Reply.Failed failed(Duration wait) {
    return new Reply.Failed(
        ErrorKind.SERVER_ERROR,
        Reply.Scope.ROW,
        true,
        "x",
        503,
        null,
        wait,
        Billing.UNKNOWN,
        null,
        null,
        RateHeaders.NONE);
  }

  @Test
  void answerOfAServerThatNamesNoModel_isOfTheOneThatWasAsked() {
    Reply named = answered(Usage.NONE);
    assertThat(Replies.named(named, "asked"), is(named));
    Reply unnamed = new Reply.Answered("x", " ", "stop", Usage.NONE, RateHeaders.NONE);
    assertThat(
        Replies.named(unnamed, "asked"),
        is(new Reply.Answered("x", "asked", "stop", Usage.NONE, RateHeaders.NONE)));
    Reply failure = failed(Duration.ZERO);
    assertThat(Replies.named(failure, "asked"), is(failure));
  }

  @Test
  void whatACallerThrows_isTheFailureOfItsCall() {
    List<Reply> replies =
        Replies.of(
            2,
            () -> {
              throw new ArithmeticException("long overflow");
            });
    assertThat(replies, hasSize(2));
    Reply.Failed failed = (Reply.Failed) replies.get(0);
    assertThat(failed.message(), containsString("ArithmeticException: long overflow"));
    assertThat(failed.billing(), is(Billing.UNKNOWN));
    assertThat(failed.retryable(), is(true));
    assertThat(
        Replies.of(
                    1,
                    () -> {
                      throw new StackOverflowError();
                    })
                .get(0)
            instanceof Reply.Failed,
        is(true));
  }

  @Test
  void aReplyTooFew_isTheFailureOfAll() {
    List<Reply> replies = Replies.of(2, () -> List.of(answered(Usage.NONE)));
    assertThat(replies, hasSize(2));
    assertThat(
        ((Reply.Failed) replies.get(1)).message(), containsString("1 replies to 2 requests"));
  }

  @ParameterizedTest
  @CsvSource({
    "10, 0, 5, 0, true",
    "10, 4, 5, 6, true",
    "-1, 0, 5, 0, false",
    "10, 0, -5, 0, false",
    "10, 11, 5, 0, false",
    "10, -1, 5, 0, false",
    "10, 6, 5, 6, false",
    "20000000, 0, 20000000, 0, true",
    // No model takes so many: counted as it says, they would be a budget's end.
    "1000000000, 0, 5, 0, false",
    "10, 0, 1000000000, 0, false",
    "9223372036854775807, 0, 5, 0, false",
    "10, 9223372036854775807, 5, 9223372036854775807, false",
  })
  void tokensThatCannotBe_areUnknown(long in, long cached, long out, long written, boolean sound) {
    Usage usage = new Usage(in, cached, out, written);
    Reply.Answered reply = (Reply.Answered) Replies.bounded(answered(usage));
    assertThat(reply.usage(), sound ? is(usage) : nullValue());
  }

  @Test
  void waitsThatCannotBe_areBounded() {
    assertThat(
        ((Reply.Failed) Replies.bounded(failed(Duration.ofSeconds(Long.MAX_VALUE)))).retryAfter(),
        is(Duration.ofDays(31)));
    assertThat(
        ((Reply.Failed) Replies.bounded(failed(Duration.ofSeconds(-5)))).retryAfter(),
        is(Duration.ZERO));
    assertThat(
        ((Reply.Failed) Replies.bounded(failed(Duration.ofSeconds(5)))).retryAfter(),
        is(Duration.ofSeconds(5)));
  }
}
