package io.sluice.internal.provider.anthropic;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.is;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sluice.ErrorKind;
import io.sluice.Usage;
import io.sluice.internal.batches.BatchException;
import io.sluice.internal.batches.BatchException.Problem;
import io.sluice.internal.batches.BatchRig;
import io.sluice.internal.batches.Orphans;
import io.sluice.internal.batches.ResultLine;
import io.sluice.spi.BatchIntent;
import io.sluice.spi.BatchStatus;
import io.sluice.spi.BatchStatus.State;
import io.sluice.spi.Reply;
import io.sluice.spi.Reply.Billing;
import io.sluice.spi.ScriptedServer.Arrival;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AnthropicBatchesTest {
  private static final String BATCHES = "/v1/messages/batches";
  private static final String CREATE = "POST " + BATCHES;
  private static final String LIST = "GET " + BATCHES + "?limit=100";

  @TempDir Path directory;
  private BatchRig rig;

  @BeforeEach
  void start() throws IOException {
    rig = new BatchRig("anthropic", directory);
  }

  @AfterEach
  void stop() {
    rig.close();
  }

  /** A batch of two requests. */
  private static String batch(String id, String status, String created, String more) {
    boolean ended = status.equals("ended");
    return "{\"id\":\""
        + id
        + "\",\"type\":\"message_batch\",\"processing_status\":\""
        + status
        + "\",\"request_counts\":{\"processing\":"
        + (ended ? 0 : 2)
        + ",\"succeeded\":"
        + (ended ? 2 : 0)
        + ",\"errored\":0,\"canceled\":0,\"expired\":0},\"created_at\":\""
        + created
        + "\",\"results_url\":"
        + (ended ? "\"https://elsewhere.example/results\"" : "null")
        + more
        + "}";
  }

  private static String batch(String id, String status) {
    return batch(id, status, "2026-11-24T12:00:03.123456Z", "");
  }

  private static String list(boolean more, String... batches) {
    return "{\"data\":[" + String.join(",", batches) + "],\"has_more\":" + more + "}";
  }

  private static String line(String customId, String result) {
    return "{\"custom_id\":\"" + customId + "\",\"result\":" + result + "}\n";
  }

  private static String error(String type) {
    return "{\"type\":\"errored\",\"error\":{\"type\":\"error\",\"error\":{\"type\":\""
        + type
        + "\",\"message\":\"why\"}}}";
  }

  private Orphans orphans() throws BatchException, InterruptedException {
    return rig.client.findOrphans(new BatchIntent("intent1", BatchRig.NOW, 2), "known"::equals);
  }

  @Test
  void submit_sendsAllRequestsInOneBody() throws Exception {
    rig.server.on(CREATE, 200, batch("b1", "in_progress"));
    BatchStatus batch = rig.submit(2);
    assertThat(batch.id(), is("b1"));
    assertThat(batch.state(), is(State.IN_PROGRESS));
    assertThat(batch.counts().total(), is(2L));
    assertThat(rig.server.received().get(0).body(), is(Files.readString(rig.packed(2).file())));
  }

  @Test
  void create_thatBreaks_isUncertainWhileABatchMayBeIt() throws Exception {
    rig.server.on(CREATE, 200, "", Arrival.DROPPED);
    rig.server.on(LIST, 200, list(false, batch("b1", "in_progress")));
    BatchException e = assertThrows(BatchException.class, () -> rig.submit(2));
    assertThat(e.problem(), is(Problem.UNCERTAIN));
    assertThat(e.getMessage(), containsString("b1"));
    assertThat(rig.server.count(CREATE), is(1L));
  }

  @Test
  void create_thatBreaks_isMadeAgainWhereThereIsNoBatch() throws Exception {
    rig.server.on(CREATE, 200, "", Arrival.DROPPED).on(CREATE, 200, batch("b1", "in_progress"));
    rig.server.on(LIST, 200, list(false));
    assertThat(rig.submit(2).id(), is("b1"));
  }

  @Test
  void orphan_isPossibleUntilItHasEnded_thenToldByItsCustomIds() throws Exception {
    rig.server.on(
        LIST, 200, list(false, batch("b2", "in_progress"), batch("known", "in_progress")));
    Orphans before = orphans();
    assertThat(before.certain(), is(empty()));
    assertThat(before.possible().stream().map(BatchStatus::id).toList(), is(List.of("b2")));
    assertThat(before.isNone(), is(false));

    rig.server.on(LIST, 200, list(false, batch("b2", "ended"), batch("b3", "ended")));
    rig.server.on(
        "GET " + BATCHES + "/b2/results",
        200,
        line(BatchRig.customId(1), "{\"type\":\"expired\"}")
            + line(BatchRig.customId(0), "{\"type\":\"expired\"}"));
    rig.server.on(
        "GET " + BATCHES + "/b3/results", 200, line("other-00", "{\"type\":\"expired\"}"));
    orphans();
    Orphans after = orphans();
    assertThat(after.certain().stream().map(BatchStatus::id).toList(), is(List.of("b2")));
    assertThat(after.possible(), is(empty()));
  }

  @Test
  void orphan_isPossibleWhileNothingTellsItsSize_orItsResultsAreNotThereYet() throws Exception {
    String uncounted =
        "{\"id\":\"b2\",\"processing_status\":\"in_progress\",\"request_counts\":{\"processing\":0},"
            + "\"created_at\":\"2026-11-24T12:00:03Z\",\"results_url\":null}";
    String ended =
        batch("b3", "ended").replaceFirst("\"results_url\":[^,}]*", "\"results_url\":null");
    String archived =
        ended.replace("b3", "b4").replaceFirst("}$", ",\"archived_at\":\"2026-12-24T12:00:03Z\"}");
    rig.server.on(LIST, 200, list(false, uncounted, ended, archived));

    assertThat(
        orphans().possible().stream().map(BatchStatus::id).toList(), is(List.of("b2", "b3")));
  }

  @Test
  void orphan_isToldByItsResultsWhereTheCountsAreWrong() throws Exception {
    String miscounted = batch("b2", "ended").replace("\"succeeded\":2", "\"succeeded\":5");
    rig.server.on(LIST, 200, list(false, miscounted));
    rig.server.on(
        "GET " + BATCHES + "/b2/results",
        200,
        line(BatchRig.customId(0), "{\"type\":\"expired\"}"));

    assertThat(orphans().certain().stream().map(BatchStatus::id).toList(), is(List.of("b2")));
  }

  @Test
  void orphan_isNotABatchOfAnotherSizeOrTime_andTheListIsPaged() throws Exception {
    rig.server.on(
        LIST,
        200,
        list(
            true,
            batch("b5", "in_progress").replace("\"processing\":2", "\"processing\":3"),
            batch("b4", "in_progress", "2026-11-24T11:59:00Z", "")));
    rig.server.on(
        "GET " + BATCHES + "?after_id=b4&limit=100",
        200,
        list(
            true,
            batch("b3", "in_progress", "2026-11-24T11:58:00Z", ""),
            batch("b2", "in_progress", "2026-11-24T10:00:00Z", "")));
    Orphans orphans = orphans();
    assertThat(orphans.possible().stream().map(BatchStatus::id).toList(), is(List.of("b4", "b3")));
  }

  /** Some servers write ids in capitals or with spaces; a line may be broken, or another's. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"custom_id\":\"INTENT1-ABC\"}",
        "{\"custom_id\":\" intent1-abc \"}",
        "{\"custom_id\":\"intent1-\n{\"custom_id\":\"intent1-abc\"}",
        "<html>\n\nnull\n{}\n{\"custom_id\":\"intent1-abc\"}",
        "{\"custom_id\":\"other-00\"}\n{\"custom_id\":\"intent1-abc\"}",
        "[{\"custom_id\":\"intent1-abc\"},{\"custom_id\":\"intent1-def\"}]",
      })
  void orphan_isToldByItsResults_asLenientlyAsTheyAreRead(String lines) throws Exception {
    rig.server.on(LIST, 200, list(false, batch("b2", "ended")));
    rig.server.on("GET " + BATCHES + "/b2/results", 200, lines + "\n");
    assertThat(orphans().certain().stream().map(BatchStatus::id).toList(), is(List.of("b2")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"intent12-abc", "intent-abc", "intent1_x-abc", "xintent1-abc", "intent1", "-"})
  void orphan_isNotWhatHasNamesLikeIt(String id) throws Exception {
    rig.server.on(LIST, 200, list(false, batch("b2", "ended")));
    rig.server.on(
        "GET " + BATCHES + "/b2/results",
        200,
        "{\"custom_id\":\"intent1-\n" + line(id, "{\"type\":\"expired\"}"));
    assertThat(orphans().isNone(), is(true));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\n\n", "{\"custom_id\":\n", "<html>nothing</html>\n", "{}\n[]\n"})
  void orphan_whoseResultsTellNothing_isPossible(String results) throws Exception {
    rig.server.on(LIST, 200, list(false, batch("b2", "ended")));
    rig.server.on("GET " + BATCHES + "/b2/results", 200, results);
    assertThat(orphans().possible().stream().map(BatchStatus::id).toList(), is(List.of("b2")));
  }

  @Test
  void orphan_whoseResultsAreGone_isPossible_whereItsSizeFits() throws Exception {
    String larger = batch("b3", "ended").replace("\"succeeded\":2", "\"succeeded\":3");
    rig.server.on(LIST, 200, list(false, batch("b2", "ended"), larger));
    assertThat(orphans().possible().stream().map(BatchStatus::id).toList(), is(List.of("b2")));
  }

  @Test
  void orphan_ofATimeThatIsNone_isLookedAt() throws Exception {
    rig.server.on(LIST, 200, list(false, batch("b2", "in_progress", "1970-01-01T00:00:00Z", "")));
    assertThat(orphans().possible().stream().map(BatchStatus::id).toList(), is(List.of("b2")));
  }

  @Test
  void results_comeFromTheConfiguredHost_asTheRepliesOfRealtime() throws Exception {
    rig.server.on("GET " + BATCHES + "/b1", 200, batch("b1", "ended"));
    rig.server.on(
        "GET " + BATCHES + "/b1/results",
        200,
        line(
                BatchRig.customId(0),
                "{\"type\":\"succeeded\",\"message\":{\"model\":\"m-1\",\"content\":["
                    + "{\"type\":\"text\",\"text\":\"yes\"}],\"stop_reason\":\"end_turn\","
                    + "\"usage\":{\"input_tokens\":5,\"cache_read_input_tokens\":4,"
                    + "\"output_tokens\":2}}}")
            + line("b", error("invalid_request_error"))
            + line("c", error("overloaded_error"))
            + line("d", "{\"type\":\"expired\"}")
            + line("e", "{\"type\":\"canceled\"}")
            + line("f", error("timeout_error"))
            + line("g", error("rate_limit_error")));
    List<ResultLine> lines = rig.results(rig.client.poll("b1"));
    Reply.Answered answered = (Reply.Answered) lines.get(0).reply();
    assertThat(answered.raw(), is("yes"));
    assertThat(answered.usage(), is(new Usage(9, 4, 2)));
    check(lines.get(1), ErrorKind.BAD_REQUEST, false);
    check(lines.get(2), ErrorKind.SERVER_ERROR, true);
    check(lines.get(3), ErrorKind.EXPIRED, true);
    check(lines.get(4), ErrorKind.EXPIRED, true);
    check(lines.get(5), ErrorKind.SERVER_ERROR, true);
    check(lines.get(6), ErrorKind.RATE_LIMITED, true);
  }

  private static void check(ResultLine line, ErrorKind kind, boolean retryable) {
    Reply.Failed failed = (Reply.Failed) line.reply();
    assertThat(line.customId(), failed.kind(), is(kind));
    assertThat(line.customId(), failed.retryable(), is(retryable));
    assertThat(line.customId(), failed.billing(), is(Billing.NOT_BILLED));
  }

  @Test
  void states_areToldByCountsAndCancellation() throws Exception {
    rig.server.on("GET " + BATCHES + "/b1", 200, batch("b1", "canceling"));
    rig.server.on(
        "GET " + BATCHES + "/b1",
        200,
        batch(
            "b1",
            "ended",
            "2026-11-24T12:00:03Z",
            ",\"cancel_initiated_at\":\"2026-11-24T13:00:00Z\""));
    rig.server.on(
        "GET " + BATCHES + "/b1",
        200,
        batch("b1", "ended").replace("\"expired\":0", "\"expired\":1"));
    rig.server.on("GET " + BATCHES + "/b1", 200, batch("b1", "ended"));
    assertThat(rig.client.poll("b1").state(), is(State.CANCELLING));
    assertThat(rig.client.poll("b1").state(), is(State.CANCELLED));
    assertThat(rig.client.poll("b1").state(), is(State.EXPIRED));
    assertThat(rig.client.poll("b1").state(), is(State.COMPLETED));
  }

  @Test
  void cancel_asksForTheEnd() throws Exception {
    rig.server.on("GET " + BATCHES + "/b1", 200, batch("b1", "in_progress"));
    rig.server.on("POST " + BATCHES + "/b1/cancel", 200, batch("b1", "canceling"));
    assertThat(rig.client.cancel("b1").state(), is(State.CANCELLING));
  }

  @Test
  void localModels_haveNoBatches() {
    assertThrows(IllegalArgumentException.class, () -> new BatchRig("local", directory));
  }
}
