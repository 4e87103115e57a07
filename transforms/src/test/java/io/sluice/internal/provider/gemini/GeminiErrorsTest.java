package io.sluice.internal.provider.gemini;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.nullValue;

import io.sluice.ErrorKind;
import io.sluice.internal.http.hints.AnswerHeaders;
import io.sluice.spi.Reply;
import io.sluice.spi.Reply.Scope;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class GeminiErrorsTest {
  private static Reply.Failed limited(String details) {
    return GeminiErrors.classify(
        429,
        AnswerHeaders.of(),
        "[{\"error\":{\"code\":429,\"status\":\"RESOURCE_EXHAUSTED\",\"message\":\"You exceeded your"
            + " current quota.\",\"details\":["
            + details
            + "]}}]",
        "POST x");
  }

  private static String quota(String id) {
    return "{\"@type\":\"type.googleapis.com/google.rpc.QuotaFailure\",\"violations\":[{\"quotaId\":\""
        + id
        + "\"}]}";
  }

  private static final String RETRY =
      "{\"@type\":\"type.googleapis.com/google.rpc.RetryInfo\",\"retryDelay\":\"34.5s\"}";

  @Test
  void limitOfAMinute_waitsAsLongAsItSays() {
    Reply.Failed failed =
        limited(quota("GenerateRequestsPerMinutePerProjectPerModel") + "," + RETRY);
    assertThat(failed.scope(), is(Scope.RATE));
    assertThat(failed.retryAfter(), is(Duration.ofMillis(34_500)));
    assertThat(failed.code(), is("RESOURCE_EXHAUSTED"));
  }

  @Test
  void limitOfADay_isTheAccounts_whateverWaitStandsBesideIt() {
    Reply.Failed failed =
        limited(quota("GenerateRequestsPerDayPerProjectPerModel-FreeTier") + "," + RETRY);
    assertThat(failed.scope(), is(Scope.ACCOUNT));
    assertThat(failed.retryable(), is(false));
  }

  @Test
  void refusalWithoutDetails_isOfSharedCapacity() {
    Reply.Failed failed = limited("");
    assertThat(failed.scope(), is(Scope.RATE));
    assertThat(failed.retryAfter(), is(nullValue()));
  }

  @Test
  void keyThatIsWrong_isToldByItsReason_inAnyWords() {
    Reply.Failed failed =
        GeminiErrors.classify(
            400,
            AnswerHeaders.of(),
            "{\"error\":{\"code\":400,\"message\":\"Nein.\",\"details\":[{\"@type\":"
                + "\"type.googleapis.com/google.rpc.ErrorInfo\",\"reason\":\"API_KEY_INVALID\"}]}}",
            "POST x");
    assertThat(failed.kind(), is(ErrorKind.ACCOUNT));
  }

  @Test
  void regionThatIsNotServed_isTheAccounts() {
    Reply.Failed failed =
        GeminiErrors.classify(
            400,
            AnswerHeaders.of(),
            "{\"error\":{\"code\":400,\"status\":\"FAILED_PRECONDITION\",\"message\":\"User location"
                + " is not supported for the API use.\"}}",
            "POST x");
    assertThat(failed.scope(), is(Scope.ACCOUNT));
  }
}
