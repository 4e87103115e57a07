package io.sluice.internal.engine.realtime;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.is;

import io.sluice.ErrorKind;
import io.sluice.spi.RateHeaders;
import io.sluice.spi.Reply;
import io.sluice.spi.Reply.Billing;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FailuresTest {
  private static Reply.Failed failed(ErrorKind kind, @Nullable Integer status, Billing billing) {
    return new Reply.Failed(
        kind,
        Reply.Scope.ROW,
        true,
        "x",
        status,
        null,
        null,
        billing,
        null,
        null,
        RateHeaders.NONE);
  }

  /** Where something was there to answer, the last documents at which it breaks are no outage. */
  @ParameterizedTest
  @CsvSource({
    "TIMEOUT, , UNKNOWN, true",
    "TIMEOUT, , NOT_BILLED, false",
    // Half an answer.
    "TRANSPORT, 200, UNKNOWN, true",
    // A connection that was closed without a word, and one that was never made.
    "TRANSPORT, , UNKNOWN, false",
    "TRANSPORT, , NOT_BILLED, false",
    // Something that is no answer.
    "SERVER_ERROR, , UNKNOWN, true",
    // Whatever stands between may say so.
    "SERVER_ERROR, 502, UNKNOWN, false",
  })
  void somethingWorked_whereItTookTooLongOrCameInPart(
      ErrorKind kind, @Nullable Integer status, Billing billing, boolean worked) {
    assertThat(Failures.of(failed(kind, status, billing), 1).worked(), is(worked));
  }
}
