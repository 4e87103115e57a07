package io.sluice.internal.provider.openai;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.ErrorKind;
import io.sluice.ModelTask;
import io.sluice.ModelTask.Delivery;
import io.sluice.ModelTask.KeySource;
import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.Prompt;
import io.sluice.ModelTask.Provider;
import io.sluice.Usage;
import io.sluice.internal.batches.BatchRig;
import io.sluice.internal.batches.ResultLine;
import io.sluice.internal.prepare.RequestBuilder;
import io.sluice.spi.BatchIntent;
import io.sluice.spi.BatchStatus;
import io.sluice.spi.BatchStatus.State;
import io.sluice.spi.Reply;
import io.sluice.spi.ScriptedServer.Answer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Batches of other servers that have OpenAI's: Groq's, in the shapes of its API reference, and
 * Azure's (how-to guide to batches), whose lists, counts and files differ.
 */
class OtherBatchesTest {
  private static final long CREATED = BatchRig.NOW.getEpochSecond() + 2;

  @TempDir Path directory;

  private BatchRig rig(String path) throws IOException {
    return new BatchRig("openai", path, directory, Duration.ofSeconds(20));
  }

  private static String groq(String status, String files, String counts) {
    return "{\"id\":\"batch_01\",\"object\":\"batch\",\"endpoint\":\"/v1/chat/completions\","
        + "\"errors\":null,\"input_file_id\":\"file_01\",\"completion_window\":\"24h\",\"status\":\""
        + status
        + "\",\"output_file_id\":"
        + files
        + ",\"error_file_id\":null,\"finalizing_at\":null,\"failed_at\":null,\"expired_at\":null,"
        + "\"cancelled_at\":null,\"request_counts\":"
        + counts
        + ",\"metadata\":{\"sluice_intent\":\"intent1\"},\"created_at\":"
        + CREATED
        + ",\"expires_at\":"
        + (CREATED + 86_400)
        + ",\"cancelling_at\":null,\"completed_at\":null,\"in_progress_at\":null}";
  }

  private static String groqLine(int number, String text) {
    return "{\"id\":\"batch_req_1\",\"custom_id\":\""
        + BatchRig.customId(number)
        + "\",\"response\":{\"status_code\":200,\"request_id\":\"req_1\",\"body\":{\"id\":\"chatcmpl-1\","
        + "\"object\":\"chat.completion\",\"created\":1,\"model\":\"llama-3.3-70b-versatile\","
        + "\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\""
        + text
        + "\"},\"logprobs\":null,\"finish_reason\":\"stop\"}],\"usage\":{\"queue_time\":0.03,"
        + "\"prompt_tokens\":20,\"prompt_time\":0.01,\"completion_tokens\":10,"
        + "\"completion_time\":0.02,\"total_tokens\":30,\"total_time\":0.03},"
        + "\"system_fingerprint\":\"fp\",\"x_groq\":{\"id\":\"req_1\"}}},\"error\":null}\n";
  }

  @Test
  void groqs_workUnchanged() throws Exception {
    try (BatchRig rig = rig("/openai/v1")) {
      rig.server.on(
          "POST /openai/v1/files",
          200,
          "{\"id\":\"file_01\",\"object\":\"file\",\"bytes\":966,\"created_at\":1,\"filename\":"
              + "\"x.jsonl\",\"purpose\":\"batch\"}");
      String none = "{\"total\":0,\"completed\":0,\"failed\":0}";
      rig.server.on("POST /openai/v1/batches", 200, groq("validating", "null", none));
      BatchStatus batch = rig.submit(2);
      assertThat(batch.state(), is(State.VALIDATING));
      String upload = rig.server.received().get(0).body();
      assertThat(upload, containsString("\"url\":\"/v1/chat/completions\""));
      JsonNode asked = new ObjectMapper().readTree(rig.server.received().get(1).body());
      assertThat(asked.path("endpoint").asText(), is("/v1/chat/completions"));
      assertThat(asked.path("completion_window").asText(), is("24h"));

      String poll = "GET /openai/v1/batches/batch_01";
      rig.server.on(poll, 200, groq("in_progress", "null", none));
      assertThat(rig.client.poll(batch.id()).state(), is(State.IN_PROGRESS));
      String counts = "{\"total\":2,\"completed\":2,\"failed\":0}";
      rig.server.nowOn(poll, new Answer(200, groq("completed", "\"file_02\"", counts)));
      BatchStatus ended = rig.client.poll(batch.id());
      assertThat(ended.state(), is(State.COMPLETED));
      rig.server.on(
          "GET /openai/v1/files/file_02/content", 200, groqLine(1, "two") + groqLine(0, "one"));
      List<ResultLine> lines = rig.results(ended);
      assertThat(lines.size(), is(2));
      Reply.Answered answer = (Reply.Answered) lines.get(0).reply();
      assertThat(answer.raw(), is("two"));
      assertThat(answer.usage(), is(new Usage(20, 0, 10)));

      rig.server.on(
          "GET /openai/v1/batches?limit=100",
          200,
          "{\"object\":\"list\",\"data\":[" + groq("in_progress", "null", none) + "]}");
      assertThat(
          rig.client
              .findOrphans(new BatchIntent("intent1", BatchRig.NOW, 2), id -> false)
              .certain()
              .get(0)
              .id(),
          is("batch_01"));
    }
  }

  private static String azure(String status, String more) {
    return "{\"id\":\"batch_az\",\"object\":\"batch\",\"endpoint\":\"/v1/chat/completions\","
        + "\"input_file_id\":\"file-1\",\"completion_window\":\"24h\",\"status\":\""
        + status
        + "\",\"created_at\":"
        + CREATED
        + ",\"metadata\":{\"sluice_intent\":\"intent1\"},\"request_counts\":{\"total\":2,"
        + "\"completed\":null,\"failed\":null}"
        + more
        + "}";
  }

  /** By the v1 API: no version, files that are looked at first, and lists in {@code value}. */
  @Test
  void azures_ofTheV1Api_haveTheirOwnWaysToTell() throws Exception {
    try (BatchRig rig = rig("/openai/v1")) {
      rig.server.on("POST /openai/v1/files", 201, "{\"id\":\"file-1\",\"status\":\"pending\"}");
      rig.server.on(
          "GET /openai/v1/files/file-1", 200, "{\"id\":\"file-1\",\"status\":\"running\"}");
      rig.server.on(
          "GET /openai/v1/files/file-1", 200, "{\"id\":\"file-1\",\"status\":\"processed\"}");
      rig.server.on("POST /openai/v1/batches", 201, azure("validating", ""));
      BatchStatus batch = rig.submit(2);
      assertThat(batch.id(), is("batch_az"));
      JsonNode asked =
          new ObjectMapper()
              .readTree(rig.server.received().get(rig.server.received().size() - 1).body());
      assertThat("strings only, and few", asked.path("metadata").size(), is(1));
      assertThat(asked.path("metadata").path("sluice_intent").isTextual(), is(true));
      rig.server.on(
          "GET /openai/v1/batches?limit=100",
          200,
          "{\"value\":[" + azure("in_progress", "") + "],\"has_more\":false}");
      assertThat(
          rig.client
              .findOrphans(new BatchIntent("intent1", BatchRig.NOW, 2), id -> false)
              .certain()
              .size(),
          is(1));
    }
  }

  /** A day is a target: nothing expires, the batch runs on. */
  @Test
  void azures_thatTakeLongerThanADay_areAtWork() throws Exception {
    try (BatchRig rig = rig("/openai/v1")) {
      rig.server.on(
          "GET /openai/v1/batches/batch_az",
          200,
          azure("in_progress", ",\"expires_at\":" + (CREATED - 40_000)));
      BatchStatus late = rig.client.poll("batch_az");
      assertThat(late.state(), is(State.IN_PROGRESS));
      assertThat(late.counts().finished(), is(0L));
    }
  }

  @Test
  void azures_endWithAnEmptyFileOfErrors_andFilterSingleLines() throws Exception {
    try (BatchRig rig = rig("/openai/v1")) {
      rig.server.on(
          "GET /openai/v1/batches/batch_az",
          200,
          azure("completed", ",\"output_file_id\":\"file-o\",\"error_file_id\":\"file-e\""));
      BatchStatus ended = rig.client.poll("batch_az");
      rig.server.on(
          "GET /openai/v1/files/file-o/content",
          200,
          OpenAiFixtures.answered(0, "yes")
              + OpenAiFixtures.failed(
                  1,
                  "{\"status_code\":400,\"body\":{\"error\":{\"code\":\"content_filter\",\"message\":"
                      + "\"filtered\",\"innererror\":{\"code\":\"ResponsibleAIPolicyViolation\"}}}}",
                  "null"));
      rig.server.on("GET /openai/v1/files/file-e/content", 200, "");
      List<ResultLine> lines = rig.results(ended);
      assertThat(((Reply.Answered) lines.get(0).reply()).raw(), is("yes"));
      assertThat(((Reply.Failed) lines.get(1).reply()).kind(), is(ErrorKind.CONTENT_FILTER));
    }
  }

  /** The queue of a deployment is full: told after the batch was created. */
  @Test
  void azures_thatFindNoRoomInTheQueue_areSubmittedLater() throws Exception {
    try (BatchRig rig = rig("/openai/v1")) {
      rig.server.on(
          "GET /openai/v1/batches/batch_az",
          200,
          azure(
              "failed",
              ",\"errors\":{\"object\":\"list\",\"data\":[{\"code\":\"token_limit_exceeded\","
                  + "\"message\":\"Enqueued token limit reached\",\"line\":null}]}"));
      assertThat(rig.client.poll("batch_az").isQueueFull(), is(true));
    }
  }

  private static List<String> problems(String url) {
    ModelTask task =
        ModelTask.of(
                "t",
                new Provider("openai", url, KeySource.NONE),
                "text-embedding-3-small",
                new Prompt(null, "{{text}}"))
            .withOperation(Operation.EMBED)
            .withDelivery(Delivery.BATCH);
    return RequestBuilder.validate(task);
  }

  @Test
  void embeddingsInBatches_areRefusedWhereThereAreNone() {
    String azure =
        "provider.mode: batch has no embeddings at Azure OpenAI: use provider.mode: realtime";
    assertThat(problems("https://mine.openai.azure.com/openai/v1"), hasItem(azure));
    assertThat(problems("https://mine.openai.azure.com/openai/deployments/d"), hasItem(azure));
    assertThat(problems("https://api.openai.com/v1"), not(hasItem(azure)));
  }
}
