package io.sluice.internal.provider.openai;

import static io.sluice.internal.provider.openai.OpenAiFixtures.POLL;
import static io.sluice.internal.provider.openai.OpenAiFixtures.answered;
import static io.sluice.internal.provider.openai.OpenAiFixtures.batch;
import static io.sluice.internal.provider.openai.OpenAiFixtures.failed;
import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.instanceOf;
import static org.hamcrest.Matchers.is;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sluice.ErrorKind;
import io.sluice.Usage;
import io.sluice.internal.batches.BatchException;
import io.sluice.internal.batches.BatchException.Problem;
import io.sluice.internal.batches.BatchRig;
import io.sluice.internal.batches.ResultCounts;
import io.sluice.internal.batches.ResultLine;
import io.sluice.spi.BatchStatus;
import io.sluice.spi.Reply;
import io.sluice.spi.Reply.Billing;
import io.sluice.spi.Reply.Scope;
import io.sluice.spi.ScriptedServer.Arrival;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OpenAiResultsTest {
  private static final String OUTPUT = "GET /v1/files/out/content";
  private static final String ERRORS = "GET /v1/files/err/content";

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

  private BatchStatus ended(String files) throws BatchException, InterruptedException {
    rig.server.on(POLL, 200, batch("b1", "completed", files));
    return rig.client.poll("b1");
  }

  private BatchStatus endedWithBoth() throws BatchException, InterruptedException {
    return ended(",\"output_file_id\":\"out\",\"error_file_id\":\"err\"");
  }

  private static Reply.Failed failure(ResultLine line) {
    return (Reply.Failed) line.reply();
  }

  @Test
  void completedWithNoOutputFile_isReadFromTheErrorFile() throws Exception {
    BatchStatus batch = ended(",\"output_file_id\":null,\"error_file_id\":\"err\"");
    rig.server.on(ERRORS, 200, failed(0, "{\"status_code\":500,\"body\":{}}", "null"));
    assertThat(rig.results(batch).size(), is(1));
    assertThat(ended(",\"error_file_id\":\"\"").resultFiles().size(), is(1));
  }

  @Test
  void completedWithNoFileAtAll_hasNoResults() throws Exception {
    BatchStatus batch = ended(",\"output_file_id\":\"\",\"error_file_id\":null");
    assertThat(batch.resultFiles(), is(empty()));
    assertThat(rig.results(batch), is(empty()));
  }

  @Test
  void results_areTheRepliesOfRealtime_andEmptyErrorFilesAreFine() throws Exception {
    BatchStatus batch = endedWithBoth();
    rig.server.on(OUTPUT, 200, answered(0, "yes")).on(ERRORS, 200, "");
    Reply.Answered reply = (Reply.Answered) rig.results(batch).get(0).reply();
    assertThat(reply.raw(), is("yes"));
    assertThat(reply.model(), is("m-1"));
    assertThat(reply.usage(), is(new Usage(9, 0, 2)));
  }

  @Test
  void errorsOfLines_areToldApart() throws Exception {
    BatchStatus batch = endedWithBoth();
    rig.server.on(OUTPUT, 200, "");
    rig.server.on(
        ERRORS,
        200,
        failed(0, "null", "{\"code\":\"batch_expired\",\"message\":\"late\"}")
            + failed(1, "null", "{\"code\":\"batch_cancelled\",\"message\":\"\"}")
            + failed(2, "{\"status_code\":429,\"body\":{\"error\":{\"message\":\"slow\"}}}", "null")
            + failed(
                3,
                "{\"status_code\":400,\"body\":{\"error\":{\"code\":\"context_length_exceeded\"}}}",
                "null")
            + failed(4, "null", "null")
            + failed(5, "null", "{\"code\":\"request_timeout\",\"message\":\"\"}"));
    List<ResultLine> lines = rig.results(batch);
    check(lines.get(0), ErrorKind.EXPIRED, true, Billing.NOT_BILLED);
    check(lines.get(1), ErrorKind.EXPIRED, true, Billing.NOT_BILLED);
    check(lines.get(2), ErrorKind.RATE_LIMITED, true, Billing.NOT_BILLED);
    check(lines.get(3), ErrorKind.TOO_LARGE, false, Billing.NOT_BILLED);
    check(lines.get(4), ErrorKind.SERVER_ERROR, true, Billing.UNKNOWN);
    check(lines.get(5), ErrorKind.SERVER_ERROR, true, Billing.UNKNOWN);
    assertThat(failure(lines.get(0)).scope(), is(Scope.ROW));
    assertThat(failure(lines.get(0)).code(), is("batch_expired"));
  }

  private static void check(ResultLine line, ErrorKind kind, boolean retryable, Billing billing) {
    Reply.Failed failed = failure(line);
    assertThat(line.customId(), failed.kind(), is(kind));
    assertThat(line.customId(), failed.retryable(), is(retryable));
    assertThat(line.customId(), failed.billing(), is(billing));
  }

  @Test
  void duplicates_areMarked_alsoAcrossFiles() throws Exception {
    BatchStatus batch = endedWithBoth();
    rig.server.on(OUTPUT, 200, answered(0, "a") + answered(1, "b") + answered(0, "a"));
    rig.server.on(ERRORS, 200, failed(1, "null", "{\"code\":\"batch_expired\"}"));
    List<ResultLine> lines = new ArrayList<>();
    ResultCounts counts = rig.client.results(BatchRig.INTENT, batch, lines::add);
    assertThat(
        lines.stream().map(ResultLine::repeated).toList(), is(List.of(false, false, true, true)));
    assertThat(counts, is(new ResultCounts(2, 2, 0)));
  }

  @Test
  void cutDownload_isReadAgain_andHandsNothingOnTwice() throws Exception {
    for (Arrival arrival : new Arrival[] {Arrival.HALF, Arrival.HALF_UNNOTICED}) {
      try (BatchRig other = new BatchRig("openai", directory)) {
        String file =
            answered(0, "a") + answered(1, "b") + answered(2, "a longer one") + answered(0, "a");
        other.server.on(OUTPUT, 200, file, arrival).on(OUTPUT, 200, file);
        other.server.on(POLL, 200, batch("b1", "completed", ",\"output_file_id\":\"out\""));
        List<ResultLine> lines = new ArrayList<>();
        ResultCounts counts =
            other.client.results(BatchRig.INTENT, other.client.poll("b1"), lines::add);
        assertThat(
            lines.stream().map(ResultLine::customId).toList(),
            is(
                List.of(
                    BatchRig.customId(0),
                    BatchRig.customId(1),
                    BatchRig.customId(2),
                    BatchRig.customId(0))));
        assertThat(lines.get(3).repeated(), is(true));
        assertThat(counts, is(new ResultCounts(3, 1, 0)));
        assertThat(other.server.count(OUTPUT), is(2L));
      }
    }
  }

  @Test
  void downloadCutBetweenTwoLines_isSeenByTheCounts() throws Exception {
    BatchStatus batch =
        ended(",\"output_file_id\":\"out\",\"request_counts\":{\"total\":2,\"completed\":2}");
    String file = answered(0, "a") + answered(1, "b");
    rig.server.on(OUTPUT, 200, file, Arrival.HALF_UNNOTICED).on(OUTPUT, 200, file);
    List<ResultLine> lines = new ArrayList<>();
    ResultCounts counts = rig.client.results(BatchRig.INTENT, batch, lines::add);
    assertThat(
        lines.stream().map(ResultLine::customId).toList(),
        is(List.of(BatchRig.customId(0), BatchRig.customId(1))));
    assertThat(counts, is(new ResultCounts(2, 0, 0)));
  }

  @Test
  void resultsThatStayFewerThanCounted_areWhatThereIs() throws Exception {
    BatchStatus batch =
        ended(",\"output_file_id\":\"out\",\"request_counts\":{\"total\":9,\"completed\":9}");
    rig.server.on(OUTPUT, 200, answered(0, "a"));
    assertThat(rig.results(batch).size(), is(1));
    assertThat(rig.server.count(OUTPUT), is(3L));
  }

  @Test
  void download_thatIsAlwaysCut_givesUp() throws Exception {
    BatchStatus batch = ended(",\"output_file_id\":\"out\"");
    rig.server.on(OUTPUT, 200, answered(0, "a") + answered(1, "b"), Arrival.HALF);
    BatchException e = assertThrows(BatchException.class, () -> rig.results(batch));
    assertThat(e.problem(), is(Problem.RETRY));
  }

  @Test
  void aFileThatEndsInTheMiddleOfALineEachTime_isWhatItIs() throws Exception {
    BatchStatus batch = ended(",\"output_file_id\":\"out\"");
    String file = answered(0, "a") + answered(1, "b");
    rig.server.on(OUTPUT, 200, file.substring(0, file.length() - 20));
    List<ResultLine> lines = new ArrayList<>();
    ResultCounts counts = rig.client.results(BatchRig.INTENT, batch, lines::add);
    assertThat(
        lines.stream().map(ResultLine::customId).toList(), is(List.of(BatchRig.customId(0))));
    assertThat(counts, is(new ResultCounts(1, 0, 1)));
    assertThat(rig.server.count(OUTPUT), is(3L));
  }

  @Test
  void answersInOtherEnvelopes_areFound() throws Exception {
    String answer =
        "{\"model\":\"m-1\",\"choices\":[{\"finish_reason\":\"stop\",\"message\":{\"content\":\"hi\"}}],"
            + "\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":2}}";
    BatchStatus batch = ended(",\"output_file_id\":\"out\"");
    rig.server.on(
        OUTPUT,
        200,
        failed(0, "{\"body\":" + answer + "}", "null")
            + failed(1, answer, "null")
            + failed(2, "{\"status_code\":201,\"body\":" + answer + "}", "{}")
            + failed(3, "{\"body\":{\"error\":{\"type\":\"invalid_request_error\"}}}", "null")
            + failed(4, "{\"body\":" + answer + "}", "{\"code\":\"x\",\"message\":\"y\"}"));
    List<ResultLine> lines = rig.results(batch);
    for (ResultLine line : lines.subList(0, 3)) {
      assertThat(((Reply.Answered) line.reply()).raw(), is("hi"));
    }
    check(lines.get(3), ErrorKind.BAD_REQUEST, false, Billing.NOT_BILLED);
    check(lines.get(4), ErrorKind.SERVER_ERROR, true, Billing.UNKNOWN);
  }

  @Test
  void resultsInAList_areRead() throws Exception {
    BatchStatus batch = ended(",\"output_file_id\":\"out\"");
    rig.server.on(
        OUTPUT, 200, "[" + answered(0, "a").strip() + "," + answered(1, "b").strip() + "]");
    List<ResultLine> lines = new ArrayList<>();
    rig.client.results(BatchRig.INTENT, batch, lines::add);
    assertThat(
        lines.stream().map(ResultLine::customId).toList(),
        is(List.of(BatchRig.customId(0), BatchRig.customId(1))));
  }

  @Test
  void lastLineWithoutItsEnd_counts_andAWholeLineThatIsNoResultDoesNot() throws Exception {
    BatchStatus batch = ended(",\"output_file_id\":\"out\"");
    rig.server.on(OUTPUT, 200, "rubbish\n{}\n" + answered(0, "a").strip());
    List<ResultLine> lines = new ArrayList<>();
    ResultCounts counts = rig.client.results(BatchRig.INTENT, batch, lines::add);
    assertThat(lines.size(), is(1));
    assertThat(counts, is(new ResultCounts(1, 0, 2)));
  }

  @Test
  void sinkThatThrows_endsTheDownload() throws Exception {
    BatchStatus batch = ended(",\"output_file_id\":\"out\"");
    rig.server.on(OUTPUT, 200, answered(0, "a"));
    IllegalStateException thrown =
        assertThrows(
            IllegalStateException.class,
            () ->
                rig.client.results(
                    BatchRig.INTENT,
                    batch,
                    line -> {
                      throw new IllegalStateException("disk full");
                    }));
    assertThat(thrown.getMessage(), is("disk full"));
    assertThat(rig.server.count(OUTPUT), is(1L));
  }

  @Test
  void unknownFields_andReplies_doNotBreak() throws Exception {
    BatchStatus batch = ended(",\"new_field\":{\"a\":[1]},\"output_file_id\":\"out\"");
    rig.server.on(OUTPUT, 200, failed(0, "{\"status_code\":200,\"body\":{}}", "null"));
    assertThat(rig.results(batch).get(0).reply(), is(instanceOf(Reply.Failed.class)));
  }
}
