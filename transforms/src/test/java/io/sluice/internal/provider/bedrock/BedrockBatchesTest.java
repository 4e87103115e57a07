package io.sluice.internal.provider.bedrock;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.ErrorKind;
import io.sluice.ModelTask.KeySource;
import io.sluice.ModelTask.Provider;
import io.sluice.internal.batches.BatchException;
import io.sluice.internal.batches.BatchException.Problem;
import io.sluice.internal.batches.BatchRig;
import io.sluice.internal.batches.ResultLine;
import io.sluice.spi.BatchStatus;
import io.sluice.spi.BatchStatus.State;
import io.sluice.spi.Reply;
import io.sluice.spi.Request;
import io.sluice.spi.ScriptedServer.Answer;
import io.sluice.spi.ScriptedServer.Received;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BedrockBatchesTest {
  private static final String CREATE = "POST /model-invocation-job";
  private static final String IN = "/s3/bucket/some/prefix/in/sluice-intent1.jsonl";
  private static final String OUT = "GET /s3/bucket/some/prefix/out/b1/sluice-intent1.jsonl.out";
  private static final Map<String, String> SETTINGS =
      Map.of("batch.s3Uri", "s3://bucket/some/prefix/", "batch.roleArn", "arn:aws:iam::1:role/r");

  @TempDir Path directory;

  @BeforeEach
  void setCredentials() {
    System.setProperty("aws.accessKeyId", "AKIAEXAMPLE-1234");
    System.setProperty("aws.secretAccessKey", "a-secret-that-stays");
  }

  @AfterEach
  void clearCredentials() {
    System.clearProperty("aws.accessKeyId");
    System.clearProperty("aws.secretAccessKey");
  }

  private BatchRig rig() throws IOException {
    return new BatchRig("bedrock", "", SETTINGS, directory, Duration.ofSeconds(20));
  }

  private static String job(String status, String more) {
    return "{\"jobArn\":\"arn:aws:bedrock:us-east-1:1:model-invocation-job/b1\",\"jobName\":"
        + "\"sluice-intent1\",\"status\":\""
        + status
        + "\""
        + more
        + "}";
  }

  private static BatchStatus polled(BatchRig rig, String body) throws Exception {
    rig.server.nowOn("GET /model-invocation-job/b1", new Answer(200, body));
    return rig.client.poll("b1");
  }

  private static JsonNode json(String text) throws IOException {
    return new ObjectMapper().readTree(text);
  }

  @Test
  void batch_isAnObjectInS3_andAJobThatNamesIt() throws Exception {
    try (BatchRig rig = rig()) {
      rig.server.on("PUT " + IN, 200, "");
      rig.server.on(CREATE, 200, "{\"jobArn\":\"arn:aws:bedrock:x:1:model-invocation-job/b1\"}");
      assertThat(rig.submit(2).id(), is("b1"));
      Received put = rig.server.received().get(0);
      assertThat(put.body().lines().count(), is(2L));
      assertThat(
          put.body().lines().findFirst().orElse(""),
          is(
              "{\"recordId\":\""
                  + BatchRig.customId(0)
                  + "\",\"modelInput\":"
                  + BatchRig.request(0).body()
                  + "}"));
      assertThat(
          String.valueOf(put.headers().get("Authorization")), containsString("/s3/aws4_request"));
      assertThat("S3 is sent no key", put.headers().toString(), not(containsString(BatchRig.KEY)));
      Received created = rig.server.received().get(1);
      assertThat(created.headers().toString(), containsString("Bearer " + BatchRig.KEY));
      assertThat(
          json(created.body()),
          is(
              json(
                  "{\"jobName\":\"sluice-intent1\",\"clientRequestToken\":\"sluice-intent1\","
                      + "\"roleArn\":\"arn:aws:iam::1:role/r\",\"modelId\":\"m-1\","
                      + "\"modelInvocationType\":\"Converse\",\"inputDataConfig\":"
                      + "{\"s3InputDataConfig\":{\"s3InputFormat\":\"JSONL\",\"s3Uri\":"
                      + "\"s3://bucket/some/prefix/in/sluice-intent1.jsonl\"}},"
                      + "\"outputDataConfig\":{\"s3OutputDataConfig\":{\"s3Uri\":"
                      + "\"s3://bucket/some/prefix/out/\"}}}")));
    }
  }

  /** Each request of a job would write what none of them reads. */
  @Test
  void cachePoint_isLeftOutInBatches_andNothingElse() throws Exception {
    String body =
        "{\"messages\":[{\"content\":[{\"text\":\"a \\\"cachePoint\\\": b\"}],\"role\":\"user\"}],"
            + "\"system\":[{\"text\":\"s\"}%s]}";
    String marked = body.formatted(",{\"cachePoint\":{\"ttl\":\"1h\",\"type\":\"default\"}}");
    String line = BedrockBatches.line("id", new Request("f".repeat(64), marked, 10, 5));
    assertThat(json(line).path("modelInput"), is(json(body.formatted(""))));
    assertThat(json(line).path("recordId").asText(), is("id"));
  }

  @ParameterizedTest
  @CsvSource({
    "Submitted, VALIDATING",
    "Validating, VALIDATING",
    "Scheduled, VALIDATING",
    "InProgress, IN_PROGRESS",
    "Completed, COMPLETED",
    "PartiallyCompleted, EXPIRED",
    "Expired, EXPIRED",
    "Failed, FAILED",
    "Stopping, CANCELLING",
    "Stopped, CANCELLED",
    "SomethingNew, UNKNOWN"
  })
  void states_areTold(String status, State state) throws Exception {
    try (BatchRig rig = rig()) {
      assertThat(polled(rig, job(status, "")).state(), is(state));
    }
  }

  @Test
  void jobThatRanOutOfTime_hasWhatItAnswered_andOneThatNeverBeganHasNothing() throws Exception {
    try (BatchRig rig = rig()) {
      rig.server.on(OUT, 200, line(0, "\"modelOutput\":" + answer()) + "\n");
      BatchStatus part = polled(rig, job("PartiallyCompleted", ",\"successRecordCount\":1"));
      assertThat(part.counts().succeeded(), is(1L));
      assertThat(rig.results(part).size(), is(1));
      assertThat(polled(rig, job("Expired", "")).resultFiles(), is(empty()));
      BatchStatus broken =
          polled(rig, job("Failed", ",\"successRecordCount\":1,\"message\":\"broke\""));
      assertThat("what was answered is billed", rig.results(broken).size(), is(1));
    }
  }

  @Test
  void jobThatWasStoppedBeforeItWrote_hasNoResults_andACompletedOneMustHave() throws Exception {
    String none = "<Error><Code>NoSuchKey</Code><Message>The key does not exist.</Message></Error>";
    try (BatchRig rig = rig()) {
      rig.server.on(OUT, 404, none);
      assertThat(rig.results(polled(rig, job("Stopped", ""))), is(empty()));
      BatchStatus completed = polled(rig, job("Completed", ""));
      BatchException e = assertThrows(BatchException.class, () -> rig.results(completed));
      assertThat(e.problem(), is(Problem.FATAL));
    }
  }

  private static String answer() {
    return BedrockContractTest.ended(
        "end_turn", BedrockContractTest.text("x"), new io.sluice.Usage(7, 0, 3));
  }

  private static String line(int number, String more) {
    return "{\"recordId\":\"" + BatchRig.customId(number) + "\"," + more + "}";
  }

  @Test
  void errorsOfRecords_areTakenForWhatTheyAre_byNumberOrName() throws Exception {
    String[] errors = {
      "{\"errorCode\":400,\"errorMessage\":\"Input is too long for requested model.\"}",
      "{\"errorCode\":\"ValidationException\",\"errorMessage\":\"Malformed input\"}",
      "{\"errorCode\":\"InternalServerException\",\"errorMessage\":\"oops\"}",
      "{\"errorCode\":\"SomethingNew\",\"errorMessage\":\"oops\"}"
    };
    ErrorKind[] kinds = {
      ErrorKind.TOO_LARGE, ErrorKind.BAD_REQUEST, ErrorKind.SERVER_ERROR, ErrorKind.SERVER_ERROR
    };
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < errors.length; i++) {
      lines.append(line(i, "\"error\":" + errors[i])).append('\n');
    }
    try (BatchRig rig = rig()) {
      rig.server.on(OUT, 200, lines.toString());
      List<ResultLine> results = rig.results(polled(rig, job("Completed", "")));
      for (int i = 0; i < errors.length; i++) {
        Reply.Failed failed = (Reply.Failed) results.get(i).reply();
        assertThat(errors[i], failed.kind(), is(kinds[i]));
        assertThat(failed.retryable(), is(i > 1));
      }
    }
  }

  /**
   * What a job calls itself is said by whoever stands between; S3 is another's house, where
   * Sluice's credentials may delete more than they should.
   */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "sluice-intent2",
        "sluice-../out/b7/sluice-intent1",
        "sluice-../../../neighbour/in/sluice-x",
        "sluice-",
        "another"
      })
  void whatAJobCallsItself_saysNotWhatIsDeletedOrRead(String name) throws Exception {
    try (BatchRig rig = rig()) {
      rig.server.on("DELETE " + IN, 204, "");
      rig.server.on(OUT, 200, line(0, "\"modelOutput\":" + answer()) + "\n");
      BatchStatus ended = polled(rig, job("Completed", "").replace("sluice-intent1", name));
      assertThat(rig.results(ended).size(), is(1));
      rig.client.discardInput(BatchRig.INTENT, ended);
      assertThat(rig.server.count("DELETE " + IN), is(1L));
      assertThat(
          rig.server.received().stream().filter(got -> got.method().equals("DELETE")).count(),
          is(1L));
    }
  }

  /** Bedrock knows the key, and writes the results to S3, which was never sent it. */
  @Test
  void resultsInS3_areSearchedForBedrocksKey() throws Exception {
    try (BatchRig rig = rig()) {
      String error = "\"error\":{\"errorCode\":\"" + BatchRig.KEY + "\",\"errorMessage\":\"key ";
      rig.server.on(OUT, 200, line(0, error + BatchRig.KEY + "\"}") + "\n");
      assertThat(
          rig.results(polled(rig, job("Completed", ""))).toString(),
          not(containsString(BatchRig.KEY)));
    }
  }

  @Test
  void aJobOfAnotherName_isNotThisOne() throws Exception {
    try (BatchRig rig = rig()) {
      rig.server.on(
          "GET /model-invocation-job/b1", 200, job("Completed", "").replace("intent1", "intent2"));
      rig.server.on("GET /model-invocation-job/b1", 200, job("InProgress", ""));
      assertThat(rig.client.poll(BatchRig.INTENT, "b1").state(), is(State.IN_PROGRESS));
    }
  }

  @Test
  void asManyJobsAsThereMayBe_areWaitedFor() throws Exception {
    try (BatchRig rig = rig()) {
      rig.server.on("PUT " + IN, 200, "");
      rig.server.on(
          CREATE, BedrockContractTest.error(400, "ServiceQuotaExceededException", "too many jobs"));
      BatchException e = assertThrows(BatchException.class, () -> rig.submit(2));
      assertThat(e.problem(), is(Problem.RETRY));
    }
  }

  @Test
  void storageThatRefuses_isTheAccounts_withoutASecret() throws Exception {
    try (BatchRig rig = rig()) {
      rig.server.on(
          "PUT " + IN,
          403,
          "<Error><Code>AccessDenied</Code><Message>no for AKIAEXAMPLE-1234</Message></Error>");
      BatchException e = assertThrows(BatchException.class, () -> rig.submit(2));
      assertThat(e.problem(), is(Problem.ACCOUNT));
      assertThat(String.valueOf(e.getMessage()), containsString("batch.s3Uri"));
      assertThat(String.valueOf(e.getMessage()), not(containsString("AKIAEXAMPLE-1234")));
    }
  }

  @Test
  void storage_isInTheRegion_orWhereTheEnvironmentSays() {
    Provider amazon =
        new Provider("bedrock", "https://bedrock-runtime.eu-west-1.amazonaws.com", KeySource.NONE);
    assertThat(
        BedrockPlaces.storage(amazon, "bucket", name -> null),
        is("https://bucket.s3.eu-west-1.amazonaws.com"));
    assertThat(
        BedrockPlaces.storage(amazon, "a.bucket", name -> null),
        is("https://s3.eu-west-1.amazonaws.com/a.bucket"));
    assertThat(
        BedrockPlaces.storage(
            amazon, "bucket", Map.of("AWS_ENDPOINT_URL_S3", "http://minio:9000/")::get),
        is("http://minio:9000/bucket"));
    assertThat(
        BedrockPlaces.storage(
            new Provider("bedrock", "http://localhost:1", KeySource.NONE), "b", name -> null),
        is("http://localhost:1/s3/b"));
    assertThat(
        BedrockPlaces.control("https://bedrock-runtime-fips.us-west-2.amazonaws.com"),
        is("https://bedrock-fips.us-west-2.amazonaws.com"));
  }
}
