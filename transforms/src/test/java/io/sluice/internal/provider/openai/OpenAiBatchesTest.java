package io.sluice.internal.provider.openai;

import static io.sluice.internal.provider.openai.OpenAiFixtures.CREATED;
import static io.sluice.internal.provider.openai.OpenAiFixtures.POLL;
import static io.sluice.internal.provider.openai.OpenAiFixtures.batch;
import static io.sluice.internal.provider.openai.OpenAiFixtures.list;
import static io.sluice.internal.provider.openai.OpenAiFixtures.mine;
import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.startsWith;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.internal.batches.BatchCalls;
import io.sluice.internal.batches.BatchException;
import io.sluice.internal.batches.BatchException.Problem;
import io.sluice.internal.batches.BatchRig;
import io.sluice.internal.batches.Orphans;
import io.sluice.spi.BatchIntent;
import io.sluice.spi.BatchStatus;
import io.sluice.spi.BatchStatus.State;
import io.sluice.spi.ScriptedServer;
import io.sluice.spi.ScriptedServer.Answer;
import io.sluice.spi.ScriptedServer.Arrival;
import java.io.IOException;
import java.nio.file.Files;
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

class OpenAiBatchesTest {
  private static final String UPLOAD = "POST /v1/files";
  private static final String CREATE = "POST /v1/batches";
  private static final String LIST = "GET /v1/batches?limit=100";

  private static final String FILE = "GET /v1/files/file-1";

  @TempDir Path directory;
  private BatchRig rig;

  @BeforeEach
  void start() throws IOException {
    rig = new BatchRig("openai", directory);
    rig.server.on(UPLOAD, 200, "{\"id\":\"file-1\"}");
  }

  @AfterEach
  void stop() {
    rig.close();
  }

  private BatchStatus ended(String files) throws BatchException, InterruptedException {
    rig.server.on(POLL, 200, batch("b1", "completed", files));
    return rig.client.poll("b1");
  }

  @Test
  void submit_uploadsTheFile_thenCreatesWithTheIntent() throws Exception {
    rig.server.on(CREATE, 200, mine("b1", "validating"));
    BatchStatus batch = rig.submit(3);
    assertThat(batch.id(), is("b1"));
    assertThat(batch.state(), is(State.VALIDATING));
    assertThat(batch.inputFile(), is("file-1"));
    ScriptedServer.Received upload = rig.server.received().get(0);
    assertThat(upload.type(), startsWith("multipart/form-data; boundary="));
    assertThat(upload.body(), containsString("name=\"purpose\"\r\n\r\nbatch\r\n"));
    assertThat(upload.body(), containsString("filename=\"sluice-intent1.jsonl\""));
    assertThat(upload.body(), containsString(Files.readString(rig.packed(3).file())));
    assertThat(
        new ObjectMapper().readTree(rig.server.received().get(1).body()).toString(),
        is(
            "{\"input_file_id\":\"file-1\",\"endpoint\":\"/v1/chat/completions\","
                + "\"completion_window\":\"24h\",\"metadata\":{\"sluice_intent\":\"intent1\"}}"));
  }

  @Test
  void submit_ofADeployment_usesTheResourcesFilesAndShortPath() throws Exception {
    try (BatchRig azure =
        new BatchRig("openai", "/openai/deployments/d1", directory, Duration.ofSeconds(20))) {
      azure.server.on("POST /openai/files", 200, "{\"id\":\"file-1\"}");
      azure.server.on("POST /openai/batches", 200, mine("b1", "validating"));
      assertThat(azure.submit(1).id(), is("b1"));
      assertThat(
          azure.server.received().get(0).body(), containsString("\"url\":\"/chat/completions\""));
    }
  }

  @Test
  void submit_retriesUploadAndWhatWasRefused_butNothingElse() throws Exception {
    BatchRig other = new BatchRig("openai", directory);
    try (other) {
      other.server.on(UPLOAD, 500, "oops").on(UPLOAD, 200, "{\"id\":\"file-1\"}");
      other.server.on(CREATE, 429, "{\"error\":{\"message\":\"slow\",\"code\":\"rate\"}}");
      other.server.on(CREATE, 400, "{\"error\":{\"message\":\"Cannot find file file-1\"}}");
      other.server.on(CREATE, 200, mine("b1", "validating"));
      assertThat(other.submit(1).id(), is("b1"));
      assertThat(other.server.count(CREATE), is(3L));
      assertThat("looked for before it is created again", other.server.count(LIST), is(1L));
      assertThat(other.waits.size(), is(3));
    }
  }

  @Test
  void aFileThatTheServerLooksAt_isWaitedFor() throws Exception {
    try (BatchRig other = new BatchRig("openai", directory)) {
      other.server.on(UPLOAD, 200, "{\"id\":\"file-1\",\"status\":\"pending\"}");
      other.server.on(FILE, 200, "{\"id\":\"file-1\",\"status\":\"pending\"}");
      other.server.on(FILE, 200, "{\"id\":\"file-1\",\"status\":\"running\"}");
      other.server.on(FILE, 200, "{\"id\":\"file-1\",\"status\":\"processed\"}");
      other.server.on(CREATE, 200, mine("b1", "validating"));
      assertThat(other.submit(1).id(), is("b1"));
      assertThat(other.server.count(FILE), is(3L));
      assertThat(other.server.count(CREATE), is(1L));
      assertThat(other.waits, is(List.of(Duration.ofSeconds(1), Duration.ofSeconds(2))));
    }
  }

  @Test
  void aServerThatTellsNothingOfFiles_isAskedToCreate() throws Exception {
    try (BatchRig other = new BatchRig("openai", directory)) {
      other.server.on(UPLOAD, 200, "{\"id\":\"file-1\",\"status\":\"pending\"}");
      other.server.on(FILE, 405, "{\"detail\":\"Method Not Allowed\"}");
      other.server.on(CREATE, 200, mine("b1", "validating"));
      assertThat(other.submit(1).id(), is("b1"));
      assertThat(other.waits.size(), is(0));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          404|{"detail":"Input file not found"}
          400|{"error":{"code":"invalidPayload","message":"The input file must be in a processed state before a batch can be created. Current status: pending."}}
          400|{"error":{"message":"Cannot find file file-1"}}
          404|{"error":{"message":"No such File object: file-1"}}
          422|{"message":"file is still being processed"}
          """)
  void aFileThatIsNotKnownYet_isWaitedFor_andNotForEver(int status, String body) throws Exception {
    rig.server.on(CREATE, status, body).on(CREATE, status, body);
    rig.server.on(CREATE, 200, mine("b1", "validating"));
    assertThat(rig.submit(1).id(), is("b1"));
    assertThat(rig.waits, is(List.of(Duration.ofSeconds(1), Duration.ofSeconds(2))));
    rig.server.nowOn(CREATE, new ScriptedServer.Answer(status, body));
    assertThrows(BatchException.class, () -> rig.submit(1));
    Duration all = rig.waits.stream().reduce(Duration.ZERO, Duration::plus);
    assertThat(all, is(Duration.ofSeconds(123)));
  }

  @Test
  void create_thatBreaks_isLookedForAndTakenUp() throws Exception {
    rig.server.on(CREATE, 200, "", Arrival.DROPPED);
    rig.server.on(LIST, 200, list(false, batch("b0", "in_progress", ""), mine("b1", "validating")));
    assertThat(rig.submit(1).id(), is("b1"));
    assertThat(rig.server.count(CREATE), is(1L));
  }

  @Test
  void create_thatTimesOut_isLookedForAndTakenUp() throws Exception {
    try (BatchRig hasty = new BatchRig("openai", "/v1", directory, Duration.ofMillis(400))) {
      hasty.server.on(UPLOAD, 200, "{\"id\":\"file-1\"}");
      hasty.server.on(CREATE, 200, "", Arrival.HANGING);
      hasty.server.on(LIST, 200, list(false, mine("b1", "validating")));
      assertThat(hasty.submit(1).id(), is("b1"));
      assertThat(hasty.server.count(CREATE), is(1L));
    }
  }

  @Test
  void create_thatIsAnswered500OrCut_isLookedFor_thenCreatedAgain() throws Exception {
    rig.server.on(CREATE, 500, "oops");
    rig.server.on(CREATE, 200, mine("b1", "validating"), Arrival.HALF);
    rig.server.on(CREATE, 200, mine("b1", "validating"));
    rig.server.on(LIST, 200, list(false));
    assertThat(rig.submit(1).id(), is("b1"));
    assertThat(rig.server.count(CREATE), is(3L));
    assertThat(rig.server.count(LIST), is(6L));
  }

  @Test
  void create_thatMayHaveHappened_isUncertainWhereTheListFails() throws Exception {
    rig.server.on(CREATE, 200, "", Arrival.DROPPED);
    rig.server.on(LIST, 401, "{\"error\":{\"message\":\"bad key " + BatchRig.KEY + "\"}}");
    BatchException e = assertThrows(BatchException.class, () -> rig.submit(1));
    assertThat(e.problem(), is(Problem.UNCERTAIN));
    assertThat(e.getMessage(), containsString("intent1"));
    assertThat(e.getMessage(), not(containsString(BatchRig.KEY)));
    assertThat(rig.server.count("DELETE /v1/files/file-1"), is(0L));
  }

  @Test
  void create_thatIsRefused_deletesTheUploadedFile() throws Exception {
    rig.server.on(CREATE, 400, "{\"error\":{\"message\":\"no such endpoint\"}}");
    rig.server.on("DELETE /v1/files/file-1", 200, "{\"deleted\":true}");
    BatchException e = assertThrows(BatchException.class, () -> rig.submit(1));
    assertThat(e.problem(), is(Problem.FATAL));
    assertThat(rig.server.count("DELETE /v1/files/file-1"), is(1L));
    assertThat(rig.waits, is(empty()));
  }

  @Test
  void create_withoutCredit_isTheAccounts() throws Exception {
    rig.server.on(
        CREATE, 429, "{\"error\":{\"message\":\"spent\",\"code\":\"insufficient_quota\"}}");
    rig.server.on("DELETE /v1/files/file-1", 200, "{\"deleted\":true}");
    assertThat(
        assertThrows(BatchException.class, () -> rig.submit(1)).problem(), is(Problem.ACCOUNT));
  }

  @Test
  void orphan_isFoundOnALaterPage_andFailedOrKnownOnesAreNot() throws Exception {
    rig.server.on(
        LIST,
        200,
        list(true, batch("b9", "in_progress", ""), mine("b8", "failed"), mine("b7", "completed")));
    rig.server.on(
        "GET /v1/batches?after=b7&limit=100", 200, list(false, mine("b1", "in_progress")));
    BatchIntent intent = new BatchIntent("intent1", BatchRig.NOW, 1);
    Orphans orphans = rig.client.findOrphans(intent, "b7"::equals);
    assertThat(orphans.certain().stream().map(BatchStatus::id).toList(), is(List.of("b1")));
    assertThat(orphans.possible(), is(empty()));
  }

  @Test
  void orphanSearch_endsAtOlderBatches_onlyWhereTheListIsNewestFirst() throws Exception {
    String older =
        "{\"id\":\"b2\",\"status\":\"completed\",\"created_at\":" + (CREATED - 9000) + "}";
    String newer = batch("b3", "completed", "");
    BatchIntent intent = new BatchIntent("intent1", BatchRig.NOW, 1);
    rig.server.on(LIST, 200, list(true, newer, older)).on(LIST, 200, list(true, older, newer));
    rig.server.on(
        "GET /v1/batches?after=b3&limit=100", 200, list(false, mine("b1", "in_progress")));
    assertThat(rig.client.findOrphans(intent, id -> false).isNone(), is(true));
    assertThat(rig.client.findOrphans(intent, id -> false).certain().size(), is(1));
  }

  @Test
  void poll_outlivesServerErrors() throws Exception {
    rig.server.on(POLL, 500, "").on(POLL, 503, "").on(POLL, 200, "", Arrival.DROPPED);
    rig.server.on(
        POLL,
        200,
        batch(
            "b1", "in_progress", ",\"request_counts\":{\"total\":9,\"completed\":4,\"failed\":1}"));
    BatchStatus batch = rig.client.poll("b1");
    assertThat(batch.state(), is(State.IN_PROGRESS));
    assertThat(batch.counts().total(), is(9L));
    assertThat(batch.counts().finished(), is(5L));
    assertThat(rig.waits.size(), is(3));
  }

  @Test
  void poll_givesUpInTheEnd_andTellsProblemsApart() throws Exception {
    rig.server.on(POLL, 500, "");
    assertThat(
        assertThrows(BatchException.class, () -> rig.client.poll("b1")).problem(),
        is(Problem.RETRY));
    assertThat(rig.server.count(POLL), is((long) BatchCalls.MAX_ATTEMPTS));
    assertThat(
        assertThrows(BatchException.class, () -> rig.client.poll("gone")).problem(),
        is(Problem.FATAL));
    rig.server.on("GET /v1/batches/b2", 401, "{\"error\":{\"message\":\"no\"}}");
    assertThat(
        assertThrows(BatchException.class, () -> rig.client.poll("b2")).problem(),
        is(Problem.ACCOUNT));
  }

  /** Whether it is believed, BatchPatience says: one reply may lie. */
  @Test
  void poll_toldToWaitForYears_isNotSatOut() throws Exception {
    rig.server.on(
        POLL,
        new Answer(429, "{\"error\":{\"message\":\"wait\"}}")
            .withHeaders(Map.of("retry-after", "9999999999")));
    BatchException e = assertThrows(BatchException.class, () -> rig.client.poll("b1"));
    assertThat(e.isFinal(), is(true));
    assertThat(e.retryAfter(), greaterThan(Duration.ofHours(1)));
    assertThat("not in the call itself", rig.waits, is(empty()));
  }

  @Test
  void poll_readsAzuresNullsAndUnknownStates() throws Exception {
    rig.server.on(
        POLL,
        200,
        batch(
            "b1",
            "pondering",
            ",\"request_counts\":{\"total\":2,\"completed\":null,\"failed\":null}"));
    BatchStatus batch = rig.client.poll("b1");
    assertThat(batch.state(), is(State.UNKNOWN));
    assertThat(batch.state().isEnded(), is(false));
    assertThat(batch.counts().finished(), is(0L));
  }

  @Test
  void poll_outlivesTimesThatAreNone() throws Exception {
    for (String time :
        new String[] {"100000000000000000", "-9e30", "\"x\"", "1e400", "null", "{}"}) {
      rig.server.nowOn(
          POLL,
          new ScriptedServer.Answer(
              200, "{\"id\":\"b1\",\"status\":\"in_progress\",\"created_at\":" + time + "}"));
      assertThat(rig.client.poll("b1").state(), is(State.IN_PROGRESS));
    }
  }

  @Test
  void validationFailure_hasItsLines() throws Exception {
    rig.server.on(
        POLL,
        200,
        batch(
            "b1",
            "failed",
            ",\"errors\":{\"data\":[{\"code\":\"invalid_json_line\",\"message\":\"bad\",\"line\":7},"
                + "{\"code\":\"model_mismatch\",\"message\":\"two\",\"line\":null}]}"));
    BatchStatus batch = rig.client.poll("b1");
    assertThat(batch.state(), is(State.FAILED));
    assertThat(
        batch.problems().get(0), is(new BatchStatus.BatchProblem("invalid_json_line", "bad", 7L)));
    assertThat(batch.problems().get(1).line() == null, is(true));
    assertThat(batch.isQueueFull(), is(false));
    assertThat(rig.results(batch), is(empty()));
  }

  @Test
  void problemsInOtherForms_areTold() throws Exception {
    for (String errors :
        List.of(
            "[{\"code\":\"bad\",\"message\":\"no\",\"line\":7}]",
            "{\"data\":[{\"code\":\"bad\",\"message\":\"no\",\"line\":\"7\"}]}",
            "{\"code\":\"bad\",\"message\":\"no\",\"line\":7}")) {
      BatchStatus batch = polled(batch("b1", "FAILED", ",\"errors\":" + errors));
      assertThat(batch.state(), is(State.FAILED));
      assertThat(batch.problems(), is(List.of(new BatchStatus.BatchProblem("bad", "no", 7L))));
    }
    BatchStatus batch = polled(batch("b1", "failed", ",\"errors\":\"the file is bad\""));
    assertThat(
        batch.problems(),
        is(List.of(new BatchStatus.BatchProblem("error", "the file is bad", null))));
  }

  @Test
  void aFailedBatchWithAnswers_hasRunInPart() throws Exception {
    BatchStatus batch = polled(batch("b1", "failed", ",\"output_file_id\":\"out\""));
    assertThat(batch.state(), is(State.EXPIRED));
    assertThat(batch.resultFiles().size(), is(1));
  }

  @Test
  void aStateThatIsNotKnown_hasEndedWhereAllIsDoneAndThere() throws Exception {
    String done = ",\"request_counts\":{\"total\":3,\"completed\":2,\"failed\":1}";
    assertThat(
        polled(batch("b1", "done", done + ",\"output_file_id\":\"out\"")).state(),
        is(State.COMPLETED));
    assertThat(polled(batch("b1", "paused", done)).state(), is(State.UNKNOWN));
    assertThat(
        polled(batch("b1", "paused", ",\"output_file_id\":\"out\"")).state(), is(State.UNKNOWN));
  }

  private BatchStatus polled(String body) throws Exception {
    try (BatchRig other = new BatchRig("openai", directory)) {
      other.server.on(POLL, 200, body);
      return other.client.poll("b1");
    }
  }

  @Test
  void fullQueue_isTold() throws Exception {
    rig.server.on(
        POLL,
        200,
        batch("b1", "failed", ",\"errors\":{\"data\":[{\"code\":\"token_limit_exceeded\"}]}"));
    assertThat(rig.client.poll("b1").isQueueFull(), is(true));
  }

  @Test
  void cancel_asksOnce_andLeavesWhatHasEnded() throws Exception {
    rig.server.on(POLL, 200, batch("b1", "in_progress", ""));
    rig.server.on("POST /v1/batches/b1/cancel", 200, batch("b1", "cancelling", ""));
    assertThat(rig.client.cancel("b1").state(), is(State.CANCELLING));
    assertThat("says that it has no body", rig.server.received().get(1).length(), is("0"));
    rig.server.on("GET /v1/batches/b2", 200, batch("b2", "completed", ""));
    assertThat(rig.client.cancel("b2").state(), is(State.COMPLETED));
    assertThat(rig.server.count("POST /v1/batches/b2/cancel"), is(0L));
  }

  @Test
  void cancel_ofABatchThatEndsMeanwhile_isItsEnd() throws Exception {
    rig.server.on(POLL, 200, batch("b1", "finalizing", ""));
    rig.server.on(POLL, 200, batch("b1", "completed", ""));
    rig.server.on("POST /v1/batches/b1/cancel", 400, "{\"error\":{\"message\":\"too late\"}}");
    assertThat(rig.client.cancel("b1").state(), is(State.COMPLETED));
  }

  @Test
  void discardInput_deletesTheFile() throws Exception {
    BatchStatus batch = ended("");
    rig.server.on("DELETE /v1/files/file-1", 200, "");
    rig.server.on("GET /v1/files/file-1", 200, "{\"filename\":\"sluice-intent1.jsonl\"}");
    rig.client.discardInput(BatchRig.INTENT, batch);
    assertThat(rig.server.count("DELETE /v1/files/file-1"), is(1L));
  }

  /** A batch may name what is another's: another job's requests, or a model's examples. */
  @Test
  void discardInput_ofAFileThatWasNotUploadedForIt_deletesNothing() throws Exception {
    BatchStatus batch = ended("");
    rig.server.on("GET /v1/files/file-1", 200, "{\"filename\":\"sluice-intent2.jsonl\"}");
    rig.server.on("GET /v1/files/file-1", 200, "{\"id\":\"file-1\"}");
    rig.client.discardInput(BatchRig.INTENT, batch);
    rig.client.discardInput(BatchRig.INTENT, batch);
    assertThat(rig.server.count("DELETE /v1/files/file-1"), is(0L));
  }

  @Test
  void create_thatIsPutOff_andHasHappened_isNotRepeated() throws Exception {
    rig.server.on(CREATE, 429, "{\"error\":{\"message\":\"slow down\"}}");
    rig.server.on(LIST, 200, list(false, mine("b1", "in_progress")));
    assertThat(rig.submit(1).id(), is("b1"));
    assertThat(rig.server.count(CREATE), is(1L));
  }
}
