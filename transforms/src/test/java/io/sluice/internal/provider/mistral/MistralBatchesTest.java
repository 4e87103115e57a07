package io.sluice.internal.provider.mistral;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.instanceOf;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.ErrorKind;
import io.sluice.ModelTask.KeySource;
import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.Provider;
import io.sluice.cost.Price;
import io.sluice.cost.PriceTable;
import io.sluice.internal.batches.BatchRig;
import io.sluice.internal.http.hints.AnswerHeaders;
import io.sluice.spi.BatchApi;
import io.sluice.spi.BatchStatus;
import io.sluice.spi.BatchStatus.State;
import io.sluice.spi.Connection;
import io.sluice.spi.Reply;
import io.sluice.spi.Reply.Scope;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.apache.hc.core5.http.MessageHeaders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MistralBatchesTest {
  @TempDir Path directory;

  private BatchRig rig() throws Exception {
    return new BatchRig("mistral", "/v1", directory, Duration.ofSeconds(20));
  }

  private BatchStatus polled(String status, String more) throws Exception {
    try (BatchRig rig = rig()) {
      rig.server.on("GET /v1/batch/jobs/b1", 200, MistralContractTest.job("b1", status, more));
      return rig.client.poll("b1");
    }
  }

  @Test
  void job_isOfOneModelAndEndpoint_withItsIntent() throws Exception {
    try (BatchRig rig = rig()) {
      rig.server.on("POST /v1/files", 200, "{\"id\":\"file-1\"}");
      rig.server.on("POST /v1/batch/jobs", 200, MistralContractTest.job("b1", "QUEUED", ""));
      rig.submit(2);
      String upload = rig.server.received().get(0).body();
      assertThat(
          upload, containsString("{\"custom_id\":\"" + BatchRig.customId(0) + "\",\"body\":{"));
      assertThat("no method, no url", upload, not(containsString("\"url\"")));
      JsonNode asked = new ObjectMapper().readTree(rig.server.received().get(1).body());
      assertThat(
          asked,
          is(
              new ObjectMapper()
                  .readTree(
                      "{\"model\":\"m-1\",\"endpoint\":\"/v1/chat/completions\",\"input_files\":"
                          + "[\"file-1\"],\"metadata\":{\"sluice_intent\":\"intent1\"},"
                          + "\"timeout_hours\":24}")));
    }
  }

  /** Those that were worked on count failures, too. */
  @Test
  void counts_areOfSuccessesAndFailuresApart() throws Exception {
    BatchStatus status =
        polled(
            "RUNNING",
            ",\"total_requests\":10,\"completed_requests\":7,\"succeeded_requests\":4,"
                + "\"failed_requests\":3");
    assertThat(status.state(), is(State.IN_PROGRESS));
    assertThat(status.counts().succeeded(), is(4L));
    assertThat(status.counts().failed(), is(3L));
    assertThat(status.resultFiles(), is(empty()));
  }

  @Test
  void success_whoseFilesAreNotThereYet_hasNone() throws Exception {
    BatchStatus early = polled("SUCCESS", ",\"succeeded_requests\":2,\"output_file\":null");
    assertThat(early.state(), is(State.COMPLETED));
    assertThat(early.resultFiles(), is(empty()));
    assertThat(
        polled("SUCCESS", ",\"succeeded_requests\":2,\"output_file\":\"o\"").resultFiles(),
        contains("/files/o/content"));
  }

  @Test
  void anUnknownWord_isAnEnd_whereAllIsDone() throws Exception {
    String done = ",\"total_requests\":2,\"succeeded_requests\":2,\"output_file\":";
    assertThat(polled("FINISHED", done + "\"o\"").state(), is(State.COMPLETED));
    assertThat(polled("FINISHED", done + "null").state(), is(State.UNKNOWN));
  }

  @ParameterizedTest
  @CsvSource({"CANCELLED, CANCELLED", "TIMEOUT_EXCEEDED, EXPIRED", "FAILED, EXPIRED"})
  void jobsThatEndedEarly_keepWhatTheyAnswered(String status, State state) throws Exception {
    BatchStatus ended = polled(status, ",\"output_file\":\"o\",\"error_file\":\"e\"");
    assertThat(ended.state(), is(state));
    assertThat(ended.resultFiles(), is(List.of("/files/o/content", "/files/e/content")));
  }

  @Test
  void failedWithoutResults_wasRefused_withItsReasons() throws Exception {
    BatchStatus failed =
        polled("FAILED", ",\"errors\":[{\"message\":\"no such file\",\"count\":2}]");
    assertThat(failed.state(), is(State.FAILED));
    assertThat(failed.problems().get(0).message(), is("no such file (2 times)"));
  }

  private static Reply reply(String line) throws Exception {
    try (BatchApi batches = new MistralProvider().batches(connection())) {
      return batches.reply(new ObjectMapper().readTree(line));
    }
  }

  private static Connection connection() {
    return new Connection(
        new Provider("mistral", "http://localhost/v1", KeySource.NONE),
        Operation.CHAT,
        "m-1",
        null,
        Duration.ofSeconds(5),
        1);
  }

  @Test
  void bodyThatIsAText_isReadLikeOneThatIsNone() throws Exception {
    String answer =
        "{\\\"model\\\":\\\"m-1\\\",\\\"choices\\\":[{\\\"finish_reason\\\":\\\"stop\\\","
            + "\\\"message\\\":{\\\"content\\\":\\\"yes\\\"}}]}";
    Reply answered = reply("{\"response\":{\"status_code\":200,\"body\":\"" + answer + "\"}}");
    assertThat(answered, is(instanceOf(Reply.Answered.class)));
    Reply.Failed limited =
        (Reply.Failed)
            reply(
                "{\"response\":{\"status_code\":429,\"body\":\"{\\\"message\\\":\\\"Rate limit"
                    + " exceeded\\\",\\\"type\\\":\\\"rate_limited\\\",\\\"code\\\":\\\"1300\\\"}\"},"
                    + "\"error\":\"429\"}");
    assertThat(limited.kind(), is(ErrorKind.RATE_LIMITED));
    assertThat(limited.code(), is("rate_limited"));
  }

  @Test
  void errorThatIsABareText_isKept() throws Exception {
    Reply.Failed failed =
        (Reply.Failed) reply("{\"custom_id\":\"x\",\"response\":null,\"error\":\"worker died\"}");
    assertThat(failed.retryable(), is(true));
    assertThat(failed.message(), containsString("worker died"));
  }

  private static Reply.Failed limited(String name, String value) {
    MessageHeaders headers =
        AnswerHeaders.of(
            name,
            value,
            "x-ratelimit-limit-req-minute",
            "60",
            "x-ratelimit-limit-tokens-month",
            "100",
            "x-ratelimit-remaining-tokens-minute",
            "0");
    return MistralErrors.classify(
        429,
        headers,
        "{\"message\":\"Rate limit exceeded\",\"type\":\"rate_limited\",\"code\":\"1300\"}",
        "POST x");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "x-ratelimit-limit-req-minute",
        "x-ratelimit-limit-tokens-minute",
        "x-ratelimit-limit-tokens-month",
        "x-ratelimit-remaining-tokens-month"
      })
  void limitOfZero_isTheAccounts(String name) {
    Reply.Failed failed = limited(name, "0");
    assertThat(failed.kind(), is(ErrorKind.ACCOUNT));
    assertThat(failed.scope(), is(Scope.ACCOUNT));
    assertThat(failed.retryable(), is(false));
    assertThat(failed.message(), containsString("the account"));
  }

  @Test
  void nothingLeftOfAMinute_isWaitedFor() {
    Reply.Failed failed = limited("x-ratelimit-remaining-req-minute", "0");
    assertThat(failed.kind(), is(ErrorKind.RATE_LIMITED));
    assertThat(failed.scope(), is(Scope.RATE));
  }

  @Test
  void batches_costHalf() {
    Price price =
        new MistralProvider()
            .completed(PriceTable.builtin().find("mistral", "mistral-large-latest").orElseThrow());
    assertThat(Objects.requireNonNull(price.batchInputPerMtok()), is(new BigDecimal("0.25")));
    assertThat(Objects.requireNonNull(price.batchOutputPerMtok()), is(new BigDecimal("0.75")));
  }
}
