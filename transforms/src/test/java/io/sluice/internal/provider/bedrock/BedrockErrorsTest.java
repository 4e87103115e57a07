package io.sluice.internal.provider.bedrock;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;

import io.sluice.ErrorKind;
import io.sluice.internal.http.hints.AnswerHeaders;
import io.sluice.spi.Reply;
import io.sluice.spi.Reply.Scope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BedrockErrorsTest {
  private static Reply.Failed inBody(int status, String type, String message) {
    return BedrockErrors.classify(
        status,
        AnswerHeaders.of(),
        "{\"__type\":\"" + type + "\",\"message\":\"" + message + "\"}",
        "POST x");
  }

  @ParameterizedTest
  @CsvSource({
    "400, ValidationException, Malformed input request, BAD_REQUEST, ROW, false",
    "400, ValidationException, Input is too long for requested model., TOO_LARGE, ROW, false",
    "400, ValidationException, The provided model identifier is invalid., ACCOUNT, ACCOUNT, false",
    "400, ValidationException, Invocation of model ID x with on-demand throughput isn't supported,"
        + " ACCOUNT, ACCOUNT, false",
    "400, ServiceQuotaExceededException, reached, ACCOUNT, ACCOUNT, false",
    "403, AccessDeniedException, You don't have access to the model, ACCOUNT, ACCOUNT, false",
    "404, ResourceNotFoundException, Could not resolve, ACCOUNT, ACCOUNT, false",
    "408, ModelTimeoutException, took too long, TIMEOUT, LOAD, true",
    "424, ModelErrorException, an error while processing the model, SERVER_ERROR, ROW, true",
    "429, ThrottlingException, Too many requests, RATE_LIMITED, RATE, true",
    "429, ModelNotReadyException, Model is not ready for inference, SERVER_ERROR, LOAD, true",
    "500, InternalServerException, oops, SERVER_ERROR, ROW, true",
    "503, ServiceUnavailableException, busy, SERVER_ERROR, LOAD, true",
    "403, ExpiredTokenException, The security token is expired, ACCOUNT, ACCOUNT, false",
    "403, InvalidSignatureException, Signature not yet current, ACCOUNT, ACCOUNT, false"
  })
  void types_areTakenForWhatTheyAre(
      int status, String type, String message, ErrorKind kind, Scope scope, boolean retryable) {
    for (String written :
        new String[] {type, "com.amazon.coral.service#" + type, type + ":http://x/"}) {
      Reply.Failed failed = inBody(status, written, message);
      assertThat(failed.kind(), is(kind));
      assertThat(failed.scope(), is(scope));
      assertThat(failed.retryable(), is(retryable));
      assertThat(failed.code(), is(type));
      assertThat(failed.message(), containsString(message));
    }
  }

  @Test
  void type_isInTheHeader_whereTheBodyHasNone() {
    Reply.Failed failed =
        BedrockErrors.classify(
            429,
            AnswerHeaders.of(
                "x-amzn-ErrorType", "ModelNotReadyException:http://internal.amazon.com/"),
            "{\"Message\":\"soon\"}",
            "POST x");
    assertThat(failed.scope(), is(Scope.LOAD));
    assertThat(failed.code(), is("ModelNotReadyException"));
  }

  @Test
  void limitOfADay_isTheAccounts() {
    Reply.Failed failed =
        inBody(429, "ThrottlingException", "Too many tokens per day, please wait before trying");
    assertThat(failed.scope(), is(Scope.ACCOUNT));
  }
}
