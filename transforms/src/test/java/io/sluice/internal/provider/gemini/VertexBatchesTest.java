package io.sluice.internal.provider.gemini;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.startsWith;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.ErrorKind;
import io.sluice.internal.batches.BatchException;
import io.sluice.internal.batches.BatchRig;
import io.sluice.internal.batches.ResultLine;
import io.sluice.spi.BatchStatus;
import io.sluice.spi.BatchStatus.State;
import io.sluice.spi.Reply;
import io.sluice.spi.ScriptedServer.Answer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VertexBatchesTest {
  private static final String OBJECTS = VertexContractTest.OBJECTS;
  private static final String JOBS = VertexContractTest.JOBS;

  @TempDir Path directory;

  private BatchRig rig() throws IOException {
    return new BatchRig(
        "gemini",
        VertexContractTest.BASE,
        Map.of("batch.gcsUri", "gs://pail/in/"),
        directory,
        Duration.ofSeconds(20));
  }

  private static BatchStatus polled(BatchRig rig, String fields) throws Exception {
    rig.server.nowOn(
        "GET " + JOBS + "/b1",
        new Answer(
            200, "{\"name\":\"projects/p/locations/l/batchPredictionJobs/b1\"," + fields + "}"));
    return rig.client.poll("b1");
  }

  @Test
  void requests_areAFileInTheBucket_andTheJobNamesItsPlaces() throws Exception {
    try (BatchRig rig = rig()) {
      rig.server.on(
          "POST /upload" + OBJECTS + "?name=in/sluice-intent1.jsonl&uploadType=media", 200, "{}");
      rig.server.on("POST " + JOBS, 200, "{\"name\":\"x/b1\",\"state\":\"JOB_STATE_PENDING\"}");
      rig.submit(2);
      assertThat(
          rig.server.received().get(0).body(),
          startsWith(
              "{\"custom_id\":\""
                  + BatchRig.customId(0)
                  + "\",\"request\":{\"model\":\"m\",\"n\":0}}\n"));
      JsonNode job = new ObjectMapper().readTree(rig.server.received().get(1).body());
      assertThat(job.path("displayName").asText(), is("sluice-intent1"));
      assertThat(job.path("model").asText(), is("publishers/google/models/m-1"));
      assertThat(job.at("/inputConfig/instancesFormat").asText(), is("jsonl"));
      assertThat(
          job.at("/inputConfig/gcsSource/uris/0").asText(),
          is("gs://pail/in/sluice-intent1.jsonl"));
      assertThat(
          job.at("/outputConfig/gcsDestination/outputUriPrefix").asText(),
          is("gs://pail/in/sluice-intent1-results"));
    }
  }

  @Test
  void successInPart_andAFailureOnTheWay_keepWhatWasAnswered() throws Exception {
    try (BatchRig rig = rig()) {
      String out = ",\"outputInfo\":{\"gcsOutputDirectory\":\"gs://pail/o\"}";
      assertThat(
          polled(rig, "\"state\":\"JOB_STATE_PARTIALLY_SUCCEEDED\"" + out).state(),
          is(State.COMPLETED));
      BatchStatus broken =
          polled(
              rig,
              "\"state\":\"JOB_STATE_FAILED\",\"completionStats\":{\"successfulCount\":\"3\"}"
                  + out);
      assertThat(broken.state(), is(State.CANCELLED));
      assertThat(broken.counts().succeeded(), is(3L));
      assertThat(broken.resultFiles(), is(List.of("gs://pail/o")));
      BatchStatus refused =
          polled(rig, "\"state\":\"JOB_STATE_FAILED\",\"error\":{\"code\":3,\"message\":\"no\"}");
      assertThat(refused.state(), is(State.FAILED));
      assertThat(refused.problems().get(0).message(), is("no"));
    }
  }

  /** A job's word is no reason to read or delete elsewhere, in this bucket or in another one. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "gs://pail/in/sluice-intent2.jsonl",
        "gs://neighbours/important.jsonl",
        "gs://pail/..",
        "gs://",
        "gs:///\n",
        ""
      })
  void whatAJobNames_isNotWhatIsDeletedOrRead(String uri) throws Exception {
    try (BatchRig rig = rig()) {
      rig.server.on("DELETE " + OBJECTS + "/in%2Fsluice-intent1.jsonl", 204, "");
      lists(rig, "in/sluice-intent1-results/1.jsonl", "in/sluice-intent2-results/1.jsonl");
      rig.server.on(
          "GET " + OBJECTS + "/in%2Fsluice-intent1-results%2F1.jsonl?alt=media",
          200,
          "{\"custom_id\":\"a\"}\n");
      String named = new ObjectMapper().writeValueAsString(uri);
      BatchStatus ended =
          polled(
              rig,
              "\"state\":\"JOB_STATE_SUCCEEDED\",\"inputConfig\":{\"gcsSource\":{\"uris\":["
                  + named
                  + "]}},\"outputInfo\":{\"gcsOutputDirectory\":\"gs://pail/o\"},\"outputConfig\":"
                  + "{\"gcsDestination\":{\"outputUriPrefix\":"
                  + named
                  + "}}");
      assertThat(rig.results(ended).size(), is(1));
      rig.client.discardInput(BatchRig.INTENT, ended);
      assertThat(
          rig.server.received().stream()
              .filter(got -> got.method().equals("DELETE"))
              .map(got -> got.uri())
              .toList(),
          is(List.of(OBJECTS + "/in%2Fsluice-intent1.jsonl")));
    }
  }

  @Test
  void resultsBelowAPlace_whoseListHasNoEnd_end() throws Exception {
    try (BatchRig rig = rig()) {
      String page = "{\"items\":[],\"nextPageToken\":\"%d\"}";
      rig.server.on(
          "GET " + OBJECTS + "?prefix=in/sluice-intent1-results/", 200, page.formatted(0));
      for (int i = 0; i < 2; i++) {
        rig.server.on(
            "GET " + OBJECTS + "?pageToken=" + i + "&prefix=in/sluice-intent1-results/",
            200,
            page.formatted(1 - i));
      }
      BatchStatus ended =
          polled(
              rig,
              "\"state\":\"JOB_STATE_SUCCEEDED\",\"outputInfo\":{\"gcsOutputDirectory\":"
                  + "\"gs://pail/o\"}");
      BatchException thrown = assertThrows(BatchException.class, () -> rig.results(ended));
      assertThat(thrown.getMessage(), containsString("does not end"));
    }
  }

  private static void lists(BatchRig rig, String... names) {
    String items = String.join("\"},{\"name\":\"", names);
    rig.server.on(
        "GET " + OBJECTS + "?prefix=in/sluice-intent1-results/",
        200,
        "{\"items\":[{\"name\":\"" + items + "\"}]}");
  }

  @Test
  void expiredJob_withoutAWordWhereItsResultsAre_isReadWhereTheyWereToBe() throws Exception {
    try (BatchRig rig = rig()) {
      lists(rig, "in/sluice-intent1-results/prediction-1/incremental_predictions.jsonl");
      rig.server.on(
          "GET "
              + OBJECTS
              + "/in%2Fsluice-intent1-results%2Fprediction-1%2Fincremental_predictions.jsonl?alt=media",
          200,
          "{\"custom_id\":\"a\",\"status\":\"\",\"response\":{\"candidates\":[{\"content\":{\"parts\":"
              + "[{\"text\":\"yes\"}]},\"finishReason\":\"STOP\"}]}}\n");
      BatchStatus batch =
          polled(
              rig,
              "\"state\":\"JOB_STATE_EXPIRED\",\"outputConfig\":{\"gcsDestination\":"
                  + "{\"outputUriPrefix\":\"gs://pail/o\"}}");
      assertThat(batch.state(), is(State.EXPIRED));
      List<ResultLine> lines = rig.results(batch);
      assertThat(((Reply.Answered) lines.get(0).reply()).raw(), is("yes"));
    }
  }

  private Reply.Failed failed(String status) throws Exception {
    String line = "{\"custom_id\":\"a\",\"status\":" + status + ",\"response\":{}}";
    try (BatchRig rig = rig()) {
      lists(rig, "in/sluice-intent1-results/1.jsonl", "in/sluice-intent1-results/2.jsonl");
      rig.server.on("GET " + OBJECTS + "/in%2Fsluice-intent1-results%2F1.jsonl?alt=media", 200, "");
      rig.server.on(
          "GET " + OBJECTS + "/in%2Fsluice-intent1-results%2F2.jsonl?alt=media", 200, line + "\n");
      return (Reply.Failed)
          rig.results(
                  polled(
                      rig,
                      "\"state\":\"JOB_STATE_SUCCEEDED\",\"outputInfo\":{\"gcsOutputDirectory\":"
                          + "\"gs://pail/o/\"}"))
              .get(0)
              .reply();
    }
  }

  @Test
  void line_failsByItsStatus_inWordsOrAsAnObject() throws Exception {
    assertThat(
        failed("\"Bad Request: {\\\"error\\\":{\\\"code\\\":400}}\"").kind(),
        is(ErrorKind.BAD_REQUEST));
    assertThat(failed("{\"code\":8,\"message\":\"busy\"}").kind(), is(ErrorKind.RATE_LIMITED));
    assertThat(failed("\"Cancelled by its owner\"").kind(), is(ErrorKind.EXPIRED));
    Reply.Failed odd = failed("\"Something {odd\"");
    assertThat(odd.kind(), is(ErrorKind.SERVER_ERROR));
    assertThat(odd.retryable(), is(true));
    assertThat(odd.message().contains("Something {odd"), is(true));
  }
}
