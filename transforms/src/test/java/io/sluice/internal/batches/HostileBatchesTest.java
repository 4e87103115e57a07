package io.sluice.internal.batches;

import static io.sluice.internal.http.RawServer.answer;
import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.instanceOf;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThanOrEqualTo;
import static org.hamcrest.Matchers.nullValue;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sluice.ModelTask.KeySource;
import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.Provider;
import io.sluice.internal.http.RawServer;
import io.sluice.spi.ApiKey;
import io.sluice.spi.BatchIntent;
import io.sluice.spi.BatchStatus;
import io.sluice.spi.Connection;
import io.sluice.spi.CustomIds;
import io.sluice.spi.Reply;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Batches of a server that lies, and that its lies end. */
@Timeout(120)
class HostileBatchesTest {
  private static final String KEY = "sk-test-0123456789-abcdef";
  private static final BatchIntent INTENT = new BatchIntent("intent1", BatchRig.NOW, 1);

  private @Nullable RawServer server;
  private @Nullable BatchClient client;

  @AfterEach
  void stop() throws IOException {
    if (client != null) {
      client.close();
    }
    if (server != null) {
      server.close();
    }
  }

  /** A client of a server that answers requests by their first line. */
  private BatchClient client(String kind, Function<String, String> answers) throws IOException {
    RawServer made =
        new RawServer(
            talk -> {
              for (String got = talk.read(); got != null; got = talk.read()) {
                talk.write(answer(answers.apply(got.substring(0, got.indexOf('\r')))));
              }
            });
    server = made;
    return opened(kind, made);
  }

  private BatchClient opened(String kind, RawServer made) {
    Provider provider =
        new Provider(kind, made.url(), KeySource.NONE, "Authorization", Map.of(), Map.of());
    BatchClient opened =
        BatchClient.open(
            new Connection(
                provider, Operation.CHAT, "m", ApiKey.of(KEY), Duration.ofSeconds(30), 4),
            time -> {},
            new Random(1));
    client = opened;
    return opened;
  }

  @ParameterizedTest
  @ValueSource(strings = {"openai", "anthropic"})
  void aListWithoutAnEnd_ends(String kind) throws IOException {
    AtomicInteger pages = new AtomicInteger();
    BatchClient batches =
        client(
            kind,
            asked ->
                "{\"has_more\":true,\"data\":[{\"id\":\"b"
                    + pages.incrementAndGet()
                    + "\",\"created_at\":9999999999}]}");
    BatchException thrown =
        assertThrows(BatchException.class, () -> batches.findOrphans(INTENT, id -> false));
    assertThat(thrown.getMessage(), containsString("does not end"));
    assertThat(thrown.problem(), is(BatchException.Problem.RETRY));
    assertThat(pages.get(), lessThanOrEqualTo(200));
  }

  @ParameterizedTest
  @ValueSource(strings = {"openai", "anthropic"})
  void aListThatGoesInCircles_ends(String kind) throws Exception {
    AtomicInteger pages = new AtomicInteger();
    BatchClient batches =
        client(
            kind,
            asked ->
                "{\"has_more\":true,\"data\":[{\"id\":\"b"
                    + pages.incrementAndGet() % 3
                    + "\",\"created_at\":9999999999}]}");
    batches.findOrphans(INTENT, id -> false);
    assertThat(pages.get(), lessThanOrEqualTo(4));
  }

  @ParameterizedTest
  @ValueSource(strings = {"1e17", "-1", "1e400", "\"soon\"", "[]", "99999999999999999999"})
  void timesAndCountsThatCannotBe_areNone(String lie) throws Exception {
    for (String kind : List.of("openai", "anthropic")) {
      BatchClient batches =
          client(
              kind,
              asked ->
                  "{\"id\":\"b1\",\"created_at\":"
                      + lie
                      + ",\"expires_at\":"
                      + lie
                      + ",\"request_counts\":{\"total\":"
                      + lie
                      + ",\"completed\":"
                      + lie
                      + ",\"succeeded\":"
                      + lie
                      + ",\"failed\":"
                      + lie
                      + "}}");
      BatchStatus status = batches.poll("b1");
      assertThat(status.createdAt(), is(nullValue()));
      assertThat(status.counts().finished() >= 0, is(true));
      stop();
    }
  }

  private static String openAi(String asked, String results) {
    return asked.contains("/content")
        ? results
        : "{\"id\":\"b1\",\"status\":\"completed\",\"output_file_id\":\"f1\"}";
  }

  @Test
  void resultsOfMoreRequestsThanABatchHas_end() throws Exception {
    String many = "{\"custom_id\":\"x\"}\n".repeat(100_001);
    BatchClient batches = client("openai", asked -> openAi(asked, many));
    BatchStatus status = batches.poll("b1");
    List<ResultLine> lines = new ArrayList<>();
    BatchException thrown =
        assertThrows(BatchException.class, () -> batches.results(INTENT, status, lines::add));
    assertThat(thrown.getMessage(), containsString("2000 lines"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"custom_id\":\"x\",\"response\":{\"status_code\":1e30,\"body\":null}}",
        "{\"custom_id\":\"x\",\"response\":{\"status_code\":200,\"body\":{\"usage\":{\"prompt_tokens\":-5}}}}",
        "{\"custom_id\":\"x\",\"response\":{\"status_code\":429,\"body\":\"<<<<<<<\"}}",
        "{\"custom_id\":\"x\",\"error\":{\"code\":\"" + KEY + "\",\"message\":\"" + KEY + "\"}}",
        "{\"custom_id\":\"x\",\"error\":[]}",
        "{\"custom_id\":[\"x\"]}",
      })
  void aLineThatCannotBe_endsItsRequestAlone(String line) throws Exception {
    BatchClient batches =
        client("openai", asked -> openAi(asked, line + "\n{\"custom_id\":\"y\"}\n"));
    List<ResultLine> lines = new ArrayList<>();
    batches.results(INTENT, batches.poll("b1"), lines::add);
    assertThat(lines.get(lines.size() - 1).customId(), is("y"));
    for (ResultLine read : lines) {
      assertThat(read.reply(), instanceOf(Reply.Failed.class));
      assertThat(read.reply().toString().contains(KEY.substring(8)), is(false));
    }
  }

  /** What holds the results' lines says nothing of them: they are paid for. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "[X,Y]",
        "[\nX,\nY\n]\n",
        "[\n  {\n\"custom_id\":\"x\"\n},\n  Y\n]",
        "{\"object\":\"list\",\"data\":[X,Y]}",
        "{\n\"object\":\"list\",\n\"data\":[\nX,\nY\n]\n}",
        "{\"x\":X,\"y\":Y}",
        "data: X\n\ndata: Y\n\ndata: [DONE]\n",
        "event: line\nid: 1\ndata:X\n\nevent: line\ndata:Y\n",
        "\u001eX\n\u001eY\n",
        "XY",
        "X,\nY",
        "{\n \"custom_id\":\"x\"\n}\n{\n \"custom_id\":\"y\"\n}\n",
        "{\"custom_id\":\nX\nY\n",
        "X\n{\"custom_id\":\nY\n",
        "X\n{\"custom_id\":\"y\",\"error\":\"a\nb\"}\n",
        "\uFEFFX\r\n\r\nY\r\n",
      })
  void resultsInOtherFrames_areRead(String frame) throws Exception {
    String results =
        frame.replace("X", "{\"custom_id\":\"x\"}").replace("Y", "{\"custom_id\":\"y\"}");
    BatchClient batches = client("openai", asked -> openAi(asked, results));
    List<ResultLine> lines = new ArrayList<>();
    batches.results(INTENT, batches.poll("b1"), lines::add);
    assertThat(lines.stream().map(ResultLine::customId).toList(), is(List.of("x", "y")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"UTF-16LE", "UTF-16BE", "UTF-32LE", "UTF-8"})
  void resultsInAWiderEncoding_areRead(String charset) throws Exception {
    // A line end's byte is in other characters, too: \u0a0a is none.
    String answer = "\u010a \u0a0a \ud83d\ude0a";
    String line =
        "{\"custom_id\":\"x\",\"response\":{\"status_code\":200,\"body\":{\"choices\":[{"
            + "\"message\":{\"content\":\"ANSWER\"},\"finish_reason\":\"stop\"}]}}}\n";
    String results = "\uFEFF" + line.replace("ANSWER", answer).repeat(500);
    byte[] bytes = results.getBytes(charset);
    RawServer made =
        new RawServer(
            talk -> {
              for (String got = talk.read(); got != null; got = talk.read()) {
                if (got.contains("/content")) {
                  talk.write("HTTP/1.1 200 OK\r\ncontent-length: " + bytes.length + "\r\n\r\n");
                  talk.write(bytes);
                } else {
                  talk.write(answer(openAi("", "")));
                }
              }
            });
    server = made;
    BatchClient batches = opened("openai", made);
    List<ResultLine> lines = new ArrayList<>();
    ResultCounts counts = batches.results(INTENT, batches.poll("b1"), lines::add);
    assertThat(counts.unreadable(), is(0L));
    assertThat(lines.size(), is(500));
    for (ResultLine read : lines) {
      assertThat(((Reply.Answered) read.reply()).raw(), is(answer));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"[\n", "[[\n", "{\n\"data\":[\n"})
  void aListWithMoreResultsThanABatchHas_ends(String opening) throws Exception {
    String many = opening + "{\"custom_id\":\"x\"},\n".repeat(100_100);
    BatchClient batches = client("openai", asked -> openAi(asked, many));
    BatchStatus status = batches.poll("b1");
    BatchException thrown =
        assertThrows(BatchException.class, () -> batches.results(INTENT, status, line -> {}));
    assertThat(thrown.getMessage(), containsString("as no batch has"));
  }

  /** Sluice's own ids have a form that nothing else has. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"custom_id\":[\"ID\"]",
        "\"custom_id\":{\"id\":\"ID\"}",
        "\"custom_id\":7,\"id\":\"ID\"",
        "\"customId\":\"ID\"",
        "\"id\":\"batch_req_1\",\"request_id\":\" ID \"",
      })
  void anIdInAnotherPlace_isFound(String fields) throws Exception {
    String id = CustomIds.of("intent1", "0123456789abcdef".repeat(4));
    for (String kind : List.of("openai", "anthropic", "mistral")) {
      String results = "{" + fields.replace("ID", id) + "}\n";
      BatchClient batches =
          client(
              kind,
              asked ->
                  asked.contains("/content") || asked.contains("/results")
                      ? results
                      : "{\"id\":\"b1\",\"processing_status\":\"ended\",\"results_url\":\"x\","
                          + "\"output_file\":\"f1\",\"output_file_id\":\"f1\",\"status\":\""
                          + (kind.equals("openai") ? "completed" : "SUCCESS")
                          + "\"}");
      List<ResultLine> lines = new ArrayList<>();
      batches.results(INTENT, batches.poll("b1"), lines::add);
      assertThat(CustomIds.isOf("intent1", lines.get(0).customId()), is(true));
      assertThat(
          CustomIds.fingerprintOf(lines.get(0).customId()), is("0123456789abcdef0123456789abcdef"));
      stop();
    }
  }

  /** As Python writes numbers that are none: the answer beside it is paid for. */
  @ParameterizedTest
  @ValueSource(strings = {"NaN", "Infinity", "-Infinity"})
  void aLineWithANumberThatIsNone_isAnAnswer(String number) throws Exception {
    String line =
        "{\"custom_id\":\"x\",\"response\":{\"status_code\":200,\"body\":{\"choices\":[{"
            + "\"message\":{\"content\":\"yes\"},\"finish_reason\":\"stop\",\"logprobs\":"
            + number
            + "}],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":3}}}}\n";
    BatchClient batches = client("openai", asked -> openAi(asked, line));
    List<ResultLine> lines = new ArrayList<>();
    batches.results(INTENT, batches.poll("b1"), lines::add);
    assertThat(((Reply.Answered) lines.get(0).reply()).raw(), is("yes"));
  }

  /** What cannot be read says nothing of what is there: a batch may be in it. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"error\":{\"message\":\"overloaded\"}}",
        "{}",
        "\"later\"",
        "null",
        "{\"data\":null}",
        "{\"data\":\"later\",\"has_more\":false}"
      })
  void aListThatIsNone_isNotTakenForAnEmptyOne(String page) throws IOException {
    for (String kind : List.of("openai", "anthropic", "mistral")) {
      BatchClient batches = client(kind, asked -> page);
      BatchException thrown =
          assertThrows(BatchException.class, () -> batches.findOrphans(INTENT, id -> false));
      assertThat(thrown.problem(), is(BatchException.Problem.RETRY));
      assertThat(thrown.getMessage(), containsString("without a list of batches"));
      stop();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"error\":{\"message\":\"overloaded\"}}", "\"later\"", "null", "[]"})
  void aListThatIsNone_isNotTakenForOneWithoutFields(String page) throws IOException {
    BatchClient batches = client("gemini", asked -> page);
    BatchException thrown =
        assertThrows(BatchException.class, () -> batches.findOrphans(INTENT, id -> false));
    assertThat(thrown.problem(), is(BatchException.Problem.RETRY));
  }

  /** The intent is told as leniently as ids of results are. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"sluice_intent\":\"INTENT1\"}",
        "{\"sluice_intent\":\" intent1 \"}",
        "{\"SLUICE_INTENT\":\"intent1\"}",
        "{\"user\":{\"sluice_intent\":\"intent1\"}}",
        "\"{\\\"sluice_intent\\\": \\\"intent1\\\"}\"",
        "[{\"key\":\"sluice_intent\",\"value\":\"intent1\"}]",
      })
  void anIntentInOtherClothes_isFound(String metadata) throws Exception {
    for (String kind : List.of("openai", "mistral")) {
      for (String time : List.of("0", "1", "1764000000000", "\"soon\"")) {
        BatchClient batches = client(kind, asked -> page(metadata, time));
        assertThat(batches.findOrphans(INTENT, id -> false).certain().size(), is(1));
        stop();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"sluice_intent\":\"intent12\"}",
        "{\"sluice_intent\":\"xintent1\"}",
        "{\"sluice_intent\":\"intent1_2\"}",
        "{\"sluice_intent\":\"intent\"}",
        "{}",
        "null",
        "[]",
        "7"
      })
  void anIntentOfAnother_isNotOurs(String metadata) throws Exception {
    for (String kind : List.of("openai", "mistral")) {
      BatchClient batches = client(kind, asked -> page(metadata, "1796000000"));
      assertThat(batches.findOrphans(INTENT, id -> false).isNone(), is(true));
      stop();
    }
  }

  /** Some servers keep no metadata: then the results tell. */
  @ParameterizedTest
  @ValueSource(strings = {"", ",\"metadata\":null", ",\"metadata\":{}", ",\"metadata\":\"\""})
  void aBatchWithoutMetadata_isToldByItsResults(String metadata) throws Exception {
    for (String kind : List.of("openai", "mistral")) {
      for (String id : List.of("intent1", "intent2")) {
        String line = "{\"custom_id\":\"" + CustomIds.of(id, "f".repeat(64)) + "\"}";
        BatchClient batches =
            client(
                kind,
                asked ->
                    asked.contains("/content")
                        ? line
                        : without(metadata, kind.equals("openai") ? "completed" : "SUCCESS"));
        assertThat(
            batches.findOrphans(INTENT, other -> false).certain().size(),
            is(id.equals("intent1") ? 1 : 0));
        stop();
      }
      BatchClient batches =
          client(
              kind, asked -> without(metadata, kind.equals("openai") ? "in_progress" : "RUNNING"));
      assertThat(batches.findOrphans(INTENT, other -> false).possible().size(), is(1));
      stop();
    }
  }

  private static String without(String metadata, String status) {
    return ("{\"data\":[{\"id\":\"b1\",\"status\":\"%s\",\"created_at\":1796000000%s,"
            + "\"output_file_id\":\"o\",\"output_file\":\"o\",\"total_requests\":%d,"
            + "\"request_counts\":{\"total\":%d}}]}")
        .formatted(status, metadata, INTENT.requests(), INTENT.requests());
  }

  private static String page(String metadata, String time) {
    return "{\"data\":[{\"id\":\"b1\",\"status\":\"in_progress\",\"created_at\":"
        + time
        + ",\"metadata\":"
        + metadata
        + "}]}";
  }

  @ParameterizedTest
  @ValueSource(strings = {"sluice-intent1", "SLUICE-INTENT1", " sluice-intent1\\n"})
  void aDisplayNameInOtherClothes_isFound(String name) throws Exception {
    BatchClient batches =
        client(
            "gemini",
            asked ->
                "{\"operations\":[{\"name\":\"batches/b1\",\"metadata\":{\"state\":"
                    + "\"BATCH_STATE_RUNNING\",\"displayName\":\""
                    + name
                    + "\"}},{\"name\":\"batches/b2\",\"metadata\":{\"displayName\":"
                    + "\"sluice-intent12\"}}]}");
    assertThat(batches.findOrphans(INTENT, id -> false).certain().size(), is(1));
  }

  @Test
  void pagesThatAreShorterThanAsked_areNotTheLast() throws Exception {
    BatchClient batches =
        client(
            "mistral",
            asked ->
                asked.contains("page=0")
                    ? "{\"total\":2,\"data\":[{\"id\":\"b0\",\"created_at\":1796000000}]}"
                    : "{\"total\":2,\"data\":[{\"id\":\"b1\",\"created_at\":1796000000,"
                        + "\"metadata\":{\"sluice_intent\":\"intent1\"}}]}");
    assertThat(batches.findOrphans(INTENT, id -> false).certain().size(), is(1));
  }

  /** A word for the end that is not known here: the results are there, and nothing is at work. */
  @ParameterizedTest
  @ValueSource(strings = {"ended", "ENDED", "finished", "completed", "done", ""})
  void aBatchThatHasResultsAndNothingAtWork_hasEnded(String word) throws Exception {
    BatchStatus status = withResults(word, "{\"processing\":\"0\",\"succeeded\":\"2\"}");
    assertThat(status.state(), is(BatchStatus.State.COMPLETED));
    assertThat(status.counts().succeeded(), is(2L));
    assertThat(status.resultFiles().size(), is(1));
  }

  @ParameterizedTest
  @ValueSource(strings = {"pondering", "in_progress", ""})
  void aBatchWithSomethingAtWork_hasNot(String word) throws Exception {
    BatchStatus status = withResults(word, "{\"processing\":1,\"succeeded\":2}");
    assertThat(status.state().isEnded(), is(false));
  }

  private BatchStatus withResults(String word, String counts) throws Exception {
    BatchClient batches =
        client(
            "anthropic",
            asked ->
                "{\"id\":\"b1\",\"processing_status\":\""
                    + word
                    + "\",\"request_counts\":"
                    + counts
                    + ",\"results_url\":\"/v1/results\"}");
    return batches.poll("b1");
  }

  /** What came back as neither an answer nor an error may have been billed. */
  @ParameterizedTest
  @ValueSource(strings = {"{\"type\":\"weird\"}", "{}", "{\"type\":\"succeeded\"}"})
  void aResultOfAnUnknownKind_isTakenForAnAnswerThatCannotBeRead(String result) throws Exception {
    Reply.Failed failed = only("anthropic", result);
    assertThat(failed.status(), is(200));
    assertThat(failed.retryable(), is(true));
  }

  @ParameterizedTest
  @ValueSource(strings = {"Errored", "error", "failed"})
  void anErrorInOtherWords_isRead(String type) throws Exception {
    Reply.Failed failed =
        only(
            "anthropic",
            "{\"type\":\""
                + type
                + "\",\"error\":{\"type\":\"error\",\"error\":{\"type\":"
                + "\"invalid_request_error\",\"message\":\"why\"}}}");
    assertThat(failed.retryable(), is(false));
    assertThat(failed.message(), containsString("why"));
  }

  private Reply.Failed only(String kind, String result) throws Exception {
    BatchClient batches =
        client(
            kind,
            asked ->
                asked.contains("/results")
                    ? "{\"custom_id\":\"x\",\"result\":" + result + "}\n"
                    : "{\"id\":\"b1\",\"processing_status\":\"ended\",\"results_url\":\"x\"}");
    List<ResultLine> lines = new ArrayList<>();
    batches.results(INTENT, batches.poll("b1"), lines::add);
    return (Reply.Failed) lines.get(0).reply();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"inlinedResponses\":{\"inlinedResponses\":[ONE]}}",
        "{\"inlinedResponses\":{\"inlinedResponses\":ONE}}",
        "{\"inlinedResponses\":[ONE]}",
        "{\"inlinedResponses\":ONE}",
        "{\"inlined_responses\":{\"inlined_responses\":ONE}}",
      })
  void responsesWithinABatch_inOtherNesting_areRead(String response) throws Exception {
    String one = "{\"metadata\":{\"key\":\"x\"},\"error\":{\"code\":13,\"message\":\"m\"}}";
    BatchClient batches =
        client(
            "gemini",
            asked ->
                "{\"name\":\"batches/b1\",\"metadata\":{\"state\":\"BATCH_STATE_SUCCEEDED\"},"
                    + "\"done\":true,\"response\":"
                    + response.replace("ONE", one)
                    + "}");
    List<ResultLine> lines = new ArrayList<>();
    batches.results(INTENT, batches.poll("b1"), lines::add);
    assertThat(lines.get(0).customId(), is("x"));
  }
}
