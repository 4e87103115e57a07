package io.sluice.internal.provider.gemini;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;
import static org.junit.jupiter.api.Assertions.assertThrows;

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

class GeminiBatchesTest {
  private static final String CREATE = "POST /v1beta/models/m-1:batchGenerateContent";
  private static final String UPLOAD = "POST /upload/v1beta/files";
  private static final String RUNNING =
      "{\"name\":\"batches/b1\",\"metadata\":{\"state\":\"BATCH_STATE_RUNNING\"}}";

  @TempDir Path directory;

  private BatchRig rig() throws IOException {
    return new BatchRig("gemini", "/v1beta", directory, Duration.ofSeconds(20));
  }

  private static BatchStatus polled(BatchRig rig, String body) throws Exception {
    rig.server.nowOn("GET /v1beta/batches/b1", new Answer(200, body));
    return rig.client.poll("b1");
  }

  @Test
  void fewRequests_arePartOfTheCall() throws Exception {
    try (BatchRig rig = rig()) {
      rig.server.on(CREATE, 200, RUNNING);
      rig.submit(2);
      assertThat(
          rig.server.received().get(0).body(),
          is(
              "{\"batch\":{\"display_name\":\"sluice-intent1\",\"input_config\":{\"requests\":"
                  + "{\"requests\":[{\"request\":{\"model\":\"m\",\"n\":0},\"metadata\":{\"key\":\""
                  + BatchRig.customId(0)
                  + "\"}},{\"request\":{\"model\":\"m\",\"n\":1},\"metadata\":{\"key\":\""
                  + BatchRig.customId(1)
                  + "\"}}]}}}}"));
    }
  }

  @Test
  void manyRequests_areAFile() throws Exception {
    try (BatchRig rig = rig()) {
      rig.server.on(
          UPLOAD,
          new Answer(200, "{}")
              .withHeaders(
                  Map.of(
                      "X-Goog-Upload-URL", rig.server.url() + "/upload/v1beta/files?upload_id=7")));
      rig.server.on(UPLOAD + "?upload_id=7", 200, "{\"file\":{\"name\":\"files/in-1\"}}");
      rig.server.on(CREATE, 200, RUNNING).on("DELETE /v1beta/files/in-1", 200, "{}");
      rig.submit(600);
      String lines = rig.server.received().get(1).body();
      assertThat(lines.lines().count(), is(600L));
      assertThat(
          lines.lines().findFirst().orElse(""),
          is("{\"key\":\"" + BatchRig.customId(0) + "\",\"request\":{\"model\":\"m\",\"n\":0}}"));
      assertThat(
          rig.server.received().get(2).body(),
          containsString("\"input_config\":{\"file_name\":\"files/in-1\"}"));
    }
  }

  @Test
  void uploadThatIsSentElsewhere_isNotFollowed_soThatTheKeyGoesNowhereElse() throws Exception {
    try (BatchRig rig = rig()) {
      for (int i = 0; i < 20; i++) {
        rig.server.on(
            UPLOAD,
            new Answer(200, "{}").withHeaders(Map.of("X-Goog-Upload-URL", "http://elsewhere/x")));
      }
      BatchException e = assertThrows(BatchException.class, () -> rig.submit(600));
      assertThat(String.valueOf(e.getMessage()), containsString("another host"));
      assertThat(rig.server.count(CREATE), is(0L));
    }
  }

  @Test
  void successWithoutResults_hasNone() throws Exception {
    try (BatchRig rig = rig()) {
      BatchStatus batch =
          polled(
              rig,
              "{\"name\":\"batches/b1\",\"done\":true,\"metadata\":{\"state\":"
                  + "\"BATCH_STATE_SUCCEEDED\"}}");
      assertThat(batch.state(), is(State.COMPLETED));
      assertThat(batch.resultFiles(), is(empty()));
    }
  }

  @Test
  void batchThatExpired_hasNoResults() throws Exception {
    try (BatchRig rig = rig()) {
      BatchStatus batch =
          polled(
              rig,
              "{\"name\":\"batches/b1\",\"metadata\":{\"state\":\"BATCH_STATE_EXPIRED\"},"
                  + "\"done\":true,\"error\":{\"code\":4,\"message\":\"too late\"}}");
      assertThat(batch.state(), is(State.EXPIRED));
      assertThat(batch.resultFiles(), is(empty()));
      assertThat(rig.results(batch), is(empty()));
    }
  }

  @Test
  void resultsWithinTheBatch_areRead_fromTheResponseOrFromTheMetadata() throws Exception {
    String results =
        "{\"inlinedResponses\":{\"inlinedResponses\":[{\"metadata\":{\"key\":\""
            + BatchRig.customId(1)
            + "\"},\"response\":{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"yes\"}]},"
            + "\"finishReason\":\"STOP\"}]}},{\"metadata\":{\"key\":\""
            + BatchRig.customId(0)
            + "\"},\"error\":{\"code\":3,\"message\":\"no\"}}]}}";
    for (String shape :
        List.of(
            "{\"name\":\"batches/b1\",\"metadata\":{\"state\":\"BATCH_STATE_SUCCEEDED\"},"
                + "\"response\":"
                + results
                + "}",
            "{\"name\":\"batches/b1\",\"metadata\":{\"state\":\"JOB_STATE_SUCCEEDED\",\"output\":"
                + results
                + "}}",
            "{\"name\":\"batches/b1\",\"state\":\"BATCH_STATE_SUCCEEDED\",\"output\":"
                + results
                + "}")) {
      try (BatchRig rig = rig()) {
        List<ResultLine> lines = rig.results(polled(rig, shape));
        assertThat(
            lines.stream().map(ResultLine::customId).toList(),
            is(List.of(BatchRig.customId(1), BatchRig.customId(0))));
        assertThat(((Reply.Answered) lines.get(0).reply()).raw(), is("yes"));
        assertThat(((Reply.Failed) lines.get(1).reply()).retryable(), is(false));
      }
    }
  }

  @Test
  void batchThatFailed_saysWhy() throws Exception {
    try (BatchRig rig = rig()) {
      BatchStatus batch =
          polled(
              rig,
              "{\"name\":\"batches/b1\",\"done\":true,\"error\":{\"code\":3,\"message\":\"bad"
                  + " line\"}}");
      assertThat(batch.state(), is(State.FAILED));
      assertThat(batch.problems().get(0).message(), is("bad line"));
      assertThat(batch.problems(), not(is(empty())));
    }
  }

  @Test
  void timesAndCountsThatCannotBe_areNone() throws Exception {
    try (BatchRig rig = rig()) {
      BatchStatus batch =
          polled(
              rig,
              "{\"name\":\"batches/b1\",\"metadata\":{\"state\":\"BATCH_STATE_RUNNING\","
                  + "\"createTime\":\"+999999999-12-31T23:59:59Z\",\"batchStats\":"
                  + "{\"requestCount\":\"-7\",\"successfulRequestCount\":\"9e300\"}}}");
      assertThat(batch.state(), is(State.IN_PROGRESS));
      assertThat(batch.createdAt() == null && batch.expiresAt() == null, is(true));
      assertThat(batch.counts().total(), is(0L));
    }
  }
}
