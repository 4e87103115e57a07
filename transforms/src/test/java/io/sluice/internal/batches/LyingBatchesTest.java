package io.sluice.internal.batches;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sluice.internal.batches.BatchException.Problem;
import io.sluice.internal.http.GivenIds;
import io.sluice.spi.BatchStatus;
import io.sluice.spi.BatchStatus.State;
import io.sluice.spi.CallFailedException;
import io.sluice.spi.ScriptedServer.Answer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A server that names other batches and files than those it was asked for or has made. */
class LyingBatchesTest {
  private static final String UPLOAD = "POST /v1/files";
  private static final String CREATE = "POST /v1/batches";
  private static final String LIST = "GET /v1/batches?limit=100";
  private static final String POLL = "GET /v1/batches/b1";

  @TempDir Path directory;
  private BatchRig rig;

  @BeforeEach
  void start() throws IOException {
    rig = new BatchRig("openai", directory);
  }

  @AfterEach
  void stop() {
    rig.close();
  }

  private static String batch(String id, String intent, String status) {
    return "{\"id\":\""
        + id
        + "\",\"status\":\""
        + status
        + "\",\"created_at\":1796000000,\"metadata\":{\"sluice_intent\":\""
        + intent
        + "\"}}";
  }

  private void listed(String... batches) {
    rig.server.on(LIST, 200, "{\"data\":[" + String.join(",", batches) + "]}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ".",
        "..",
        "../files/f1",
        "a/../b",
        "/models/m",
        "a//b",
        "a/",
        "..\\files",
        "b\n1",
        "b\u001b[2J",
        " b1",
        "b\ud800"
      })
  void whatCanBeNoId_isNotAskedBy(String id) {
    assertThat(GivenIds.isOne(id), is(false));
    CallFailedException thrown = assertThrows(CallFailedException.class, () -> GivenIds.inPath(id));
    assertThat(thrown.failure().retryable(), is(false));
    assertThat(thrown.mayHaveHappened(), is(false));
  }

  @Test
  void anIdInAPath_isOnlyThat() throws Exception {
    assertThat(GivenIds.inPath("batch_1-a.b~c=:@"), is("batch_1-a.b~c=:@"));
    assertThat(GivenIds.inPath("b1?x=1#y"), is("b1%3Fx=1%23y"));
    assertThat(GivenIds.inPath("%2e%2e%2ffiles"), is("%252e%252e%252ffiles"));
    assertThat(GivenIds.inPath("arn:aws:x:1:job/b1"), is("arn:aws:x:1:job/b1"));
  }

  @Test
  void anIdWithAQueryInIt_isSentAsAnId() throws Exception {
    rig.server.on("GET /v1/batches/b1%3Fx=1", 200, batch("b1?x=1", "intent1", "in_progress"));
    rig.server.on("GET /v1/batches/%252e%252e", 200, batch("b2", "intent1", "in_progress"));
    assertThat(rig.client.poll("b1?x=1").state(), is(State.IN_PROGRESS));
    assertThat(rig.client.poll("%2e%2e").state(), is(State.IN_PROGRESS));
  }

  /** The batch is there, and paid for: it is looked for by what it was given. */
  @ParameterizedTest
  @ValueSource(strings = {"..", "../files/f1", "b\\u001b[2J", "", "b\\ud800"})
  void aCreationThatNamesNoIdThatCanBe_isLookedFor(String id) throws Exception {
    rig.server.on(UPLOAD, 200, "{\"id\":\"f1\"}");
    rig.server.on(CREATE, 200, batch(id, "intent1", "validating"));
    listed(batch("b1", "intent1", "in_progress"));
    assertThat(rig.submit(1).id(), is("b1"));
    assertThat(rig.server.count(CREATE), is(1L));
  }

  @Test
  void aCreationThatNamesAnothersBatch_isLookedFor() throws Exception {
    rig.server.on(UPLOAD, 200, "{\"id\":\"f1\"}");
    rig.server.on(CREATE, 200, batch("b0", "intent0", "completed"));
    listed(batch("b0", "intent0", "completed"), batch("b1", "intent1", "in_progress"));
    assertThat(rig.submit(1).id(), is("b1"));
  }

  @Test
  void anIntentsBatchInAList_byANameThatNoneCanHave_isNotTakenForNone() {
    listed(batch("..", "intent1", "in_progress"));
    BatchException thrown =
        assertThrows(
            BatchException.class, () -> rig.client.findOrphans(BatchRig.INTENT, id -> false));
    assertThat(thrown.problem(), is(Problem.RETRY));
  }

  @Test
  void anUploadWithoutAnId_isRepeated() throws Exception {
    rig.server.on(UPLOAD, 200, "{}");
    rig.server.on(UPLOAD, 204, "");
    rig.server.on(UPLOAD, 200, "{\"id\":null}");
    rig.server.on(UPLOAD, 200, "{\"id\":\"../models/m\"}");
    rig.server.on(UPLOAD, 200, "{\"id\":\"f1\"}");
    rig.server.on(CREATE, 200, batch("b1", "intent1", "validating"));
    assertThat(rig.submit(1).inputFile() == null, is(true));
    assertThat(rig.server.count(UPLOAD), is(5L));
  }

  @Test
  void aLookThatIsAnsweredWithAnothersBatch_isRepeated() throws Exception {
    rig.server.on(POLL, 200, batch("b1", "intent2", "completed"));
    rig.server.on(POLL, 200, batch("b1", "intent1", "in_progress"));
    assertThat(rig.client.poll(BatchRig.INTENT, "b1").state(), is(State.IN_PROGRESS));
  }

  @Test
  void looksThatAreAllAnsweredWithAnothersBatch_sayWhose() {
    rig.server.on(POLL, 200, batch("b1", "intent2", "completed"));
    BatchException thrown =
        assertThrows(BatchException.class, () -> rig.client.poll(BatchRig.INTENT, "b1"));
    assertThat(thrown.problem(), is(Problem.RETRY));
    assertThat(thrown.getMessage(), containsString("intent2"));
  }

  @Test
  void aBatchThatIsNotKnownByItsId_isFoundByItsIntent() throws Exception {
    rig.server.on("GET /v1/batches/wrong", 404, "{\"error\":{\"message\":\"no such batch\"}}");
    rig.server.on(POLL, 200, batch("b1", "intent1", "in_progress"));
    listed(batch("b0", "intent0", "in_progress"), batch("b1", "intent1", "in_progress"));
    assertThat(rig.client.poll(BatchRig.INTENT, "wrong").id(), is("b1"));
    assertThat(rig.client.poll(BatchRig.INTENT, "../files/f1").id(), is("b1"));
  }

  @Test
  void aLookThatIsAnsweredByAnotherId_isOfTheBatchThatWasAskedFor() throws Exception {
    rig.server.on(POLL, 200, batch("..", "intent1", "in_progress"));
    assertThat(rig.client.poll(BatchRig.INTENT, "b1").id(), is("b1"));
  }

  @Test
  void aBatchThatMayBeTheOne_isWaitedFor() {
    rig.server.on("GET /v1/batches/wrong", 404, "{\"error\":{\"message\":\"no such batch\"}}");
    listed("{\"id\":\"b0\",\"status\":\"validating\",\"created_at\":1796000000}");
    BatchException thrown =
        assertThrows(BatchException.class, () -> rig.client.poll(BatchRig.INTENT, "wrong"));
    assertThat(thrown.problem(), is(Problem.RETRY));
    assertThat(thrown.getMessage(), containsString("b0"));
  }

  @Test
  void aBatchThatNobodyKnows_isNotTakenForAnother() {
    rig.server.on("GET /v1/batches/wrong", 404, "{\"error\":{\"message\":\"no such batch\"}}");
    listed(batch("b0", "intent0", "in_progress"));
    BatchException thrown =
        assertThrows(BatchException.class, () -> rig.client.poll(BatchRig.INTENT, "wrong"));
    assertThat(thrown.status(), is(404));
  }

  /** Its requests would be paid for again. */
  @ParameterizedTest
  @ValueSource(strings = {"failed", "expired", "cancelled"})
  void anEndThatHasRequestsAskedAgain_isLookedAtTwice(String word) throws Exception {
    rig.server.on(POLL, 200, batch("b1", "intent1", word));
    rig.server.on(POLL, 200, batch("b1", "intent1", "in_progress"));
    assertThat(rig.client.poll(BatchRig.INTENT, "b1").state(), is(State.IN_PROGRESS));
    rig.server.nowOn(POLL, new Answer(200, batch("b1", "intent1", word)));
    assertThat(rig.client.poll(BatchRig.INTENT, "b1").state().isEnded(), is(true));
  }

  /** Whoever sees the list can name the intent, and has no results of its requests. */
  @Test
  void anothersBatchThatNamesTheIntent_isNotPreferred() throws Exception {
    String claims =
        batch("b0", "intent1", "completed")
            .replace("1796000000", "1795000000")
            .replace("{\"id\"", "{\"output_file_id\":\"o\",\"id\"");
    rig.server.on("GET /v1/files/o/content", 200, "{\"custom_id\":\"x-1\"}\n");
    listed(batch("b1", "intent1", "in_progress"), claims);
    List<BatchStatus> certain = rig.client.findOrphans(BatchRig.INTENT, id -> false).certain();
    assertThat(certain.stream().map(BatchStatus::id).toList(), is(List.of("b1", "b0")));
  }

  /** Nothing waits for what is deleted: the account's other batches do. */
  @ParameterizedTest
  @ValueSource(ints = {500, 429, 503})
  void aFileThatCannotBeDeleted_isLeft(int status) {
    String file =
        batch("b1", "intent1", "completed").replace("{\"id\"", "{\"input_file_id\":\"f1\",\"id\"");
    rig.server.on(POLL, 200, file);
    rig.server.on("GET /v1/files/f1", 200, "{\"filename\":\"sluice-intent1.jsonl\"}");
    rig.server.on("DELETE /v1/files/f1", status, "");
    assertThrows(
        BatchException.class,
        () -> rig.client.discardInput(BatchRig.INTENT, rig.client.poll("b1")));
    assertThat(rig.server.count("DELETE /v1/files/f1"), is(2L));
    assertThat(rig.waits.size(), is(1));
  }
}
