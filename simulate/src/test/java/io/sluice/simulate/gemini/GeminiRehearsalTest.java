package io.sluice.simulate.gemini;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.startsWith;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.ErrorKind;
import io.sluice.ModelTask;
import io.sluice.ModelTask.KeySource;
import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.Output;
import io.sluice.ModelTask.Prompt;
import io.sluice.ModelTask.Provider;
import io.sluice.Usage;
import io.sluice.internal.batches.BatchClient;
import io.sluice.internal.batches.BatchPacker;
import io.sluice.internal.batches.Orphans;
import io.sluice.internal.prepare.RequestBuilder;
import io.sluice.internal.provider.Providers;
import io.sluice.simulate.Simulator;
import io.sluice.simulate.batches.BatchOptions;
import io.sluice.spi.ApiKey;
import io.sluice.spi.BatchIntent;
import io.sluice.spi.BatchStatus;
import io.sluice.spi.BatchStatus.State;
import io.sluice.spi.Caller;
import io.sluice.spi.Connection;
import io.sluice.spi.CustomIds;
import io.sluice.spi.PackedBatch;
import io.sluice.spi.Reply;
import io.sluice.spi.Request;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The client of Gemini against the simulator, whose batches are over at once. */
class GeminiRehearsalTest {
  @TempDir Path directory;

  private Simulator simulator;

  @BeforeEach
  void start() throws IOException {
    simulator =
        Simulator.start(
            new Simulator.Options(
                0,
                60_000,
                60_000_000,
                1,
                false,
                1,
                0,
                "",
                List.of(),
                new BigDecimal(1_000),
                1,
                new BatchOptions(0, Long.MAX_VALUE, "")));
  }

  @AfterEach
  void stop() {
    simulator.close();
  }

  private ModelTask task(String model) {
    return ModelTask.of(
        "t",
        new Provider("gemini", simulator.baseUrl("gemini"), KeySource.NONE),
        model,
        new Prompt("Be short.", "{{text}}"));
  }

  private static Request request(ModelTask task, String text) {
    ObjectNode document = new ObjectMapper().createObjectNode().put("text", text);
    return new RequestBuilder(task).build(document);
  }

  private static Connection connection(ModelTask task, String key) {
    return new Connection(
        task.provider(), task.operation(), task.model(), ApiKey.of(key), Duration.ofSeconds(20), 4);
  }

  private static Reply call(ModelTask task, String key) {
    try (Caller caller = Providers.of("gemini").open(connection(task, key))) {
      return caller.call(request(task, "some text"));
    }
  }

  private JsonNode books() {
    return simulator.books().path("accounts").elements().next();
  }

  @Test
  void question_isAnswered_withTheUsageThatIsBilled() {
    Reply.Answered reply = (Reply.Answered) call(task("gemini-2.5-flash"), "some-key");
    assertThat(reply.raw(), startsWith("Echo: some text"));
    assertThat(reply.model(), is("gemini-2.5-flash"));
    Usage usage = Objects.requireNonNull(reply.usage());
    assertThat(books().path("inputTokens").asLong(), is(usage.inputTokens()));
    assertThat(books().path("outputTokens").asLong(), is(usage.outputTokens()));
  }

  @Test
  void thoughts_areBilledAsOutput() {
    Reply.Answered reply = (Reply.Answered) call(task("thinks-1"), "some-key");
    assertThat(reply.raw(), not(containsString("think.")));
    assertThat(
        Objects.requireNonNull(reply.usage()).outputTokens(),
        is(books().path("outputTokens").asLong()));
  }

  @Test
  void answer_hasTheShapeOfTheSchema() throws IOException {
    String schema =
        "{\"type\":\"object\",\"properties\":{\"topic\":{\"enum\":[\"a\"]}},\"required\":[\"topic\"]}";
    Reply.Answered reply =
        (Reply.Answered)
            call(task("gemini-2.5-flash").withOutput(Output.ofJson(schema)), "some-key");
    assertThat(reply.raw(), is("{\"topic\":\"a\"}"));
  }

  @Test
  void wrongKeyAndUnknownModel_areTheAccounts() {
    Reply.Failed key = (Reply.Failed) call(task("gemini-2.5-flash"), "bad-key");
    assertThat(key.kind(), is(ErrorKind.ACCOUNT));
    assertThat(key.toString(), not(containsString("bad-key")));
    Reply.Failed model = (Reply.Failed) call(task("unknown-1"), "some-key");
    assertThat(model.kind(), is(ErrorKind.ACCOUNT));
  }

  @Test
  void embeddings_areManyACall() {
    ModelTask task =
        ModelTask.of(
                "t",
                new Provider("gemini", simulator.baseUrl("gemini"), KeySource.NONE),
                "gemini-embedding-001",
                new Prompt(null, "{{text}}"))
            .withOperation(Operation.EMBED)
            .withOutput(Output.TEXT)
            .withParameters("{\"outputDimensionality\":8}");
    List<Request> requests = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      requests.add(request(task, "text " + i));
    }
    try (Caller caller = Providers.of("gemini").open(connection(task, "some-key"))) {
      assertThat(caller.packs().requests(), is(100));
      List<Reply> replies = caller.callPacked(requests);
      Reply.Answered alone = (Reply.Answered) caller.call(requests.get(42));
      assertThat(replies.size(), is(100));
      assertThat(((Reply.Answered) replies.get(42)).raw(), is(alone.raw()));
    }
  }

  private ModelTask vertex(String model) {
    return ModelTask.of(
        "t",
        new Provider(
                "gemini",
                simulator.statsUrl().replace("/stats", "/v1/projects/acme/locations/global"),
                KeySource.NONE)
            .withSettings(Map.of("batch.gcsUri", "gs://pail/batches")),
        model,
        new Prompt("Be short.", "{{text}}"));
  }

  @Test
  void vertex_answersTheSame_byAToken() throws Exception {
    Reply.Answered reply = (Reply.Answered) call(vertex("gemini-2.5-flash"), "a-token");
    assertThat(reply.raw(), startsWith("Echo: some text"));
    Reply.Failed refused = (Reply.Failed) call(vertex("gemini-2.5-flash"), "bad-token");
    assertThat(refused.kind(), is(ErrorKind.ACCOUNT));
    assertThat(
        Providers.of("gemini").models(connection(vertex("gemini-2.5-flash"), "a-token")),
        is(List.of("gemini-2.5-flash")));
    assertThat("counting costs nothing", books().path("billed").asInt(), is(1));
  }

  private static BatchClient batches(ModelTask task) {
    return BatchClient.open(connection(task, "some-key"), wait -> {}, new Random(1));
  }

  private PackedBatch packed(BatchClient client, int requests) throws IOException {
    BatchPacker packer = client.packer(client.limits(), directory, () -> "i1");
    for (int i = 0; i < requests; i++) {
      packer.add(request(task("gemini-2.5-flash"), "number " + i));
    }
    return Objects.requireNonNull(packer.finish());
  }

  /** 20 requests are part of the call, 700 a file. */
  @ParameterizedTest
  @ValueSource(ints = {20, 700})
  void batch_isAnsweredAndFoundAgain(int requests) throws Exception {
    answersAndFinds(task("gemini-2.5-flash"), requests);
  }

  @Test
  void batchAtVertex_isAnsweredAndFoundAgain() throws Exception {
    answersAndFinds(vertex("gemini-2.5-flash"), 20);
  }

  private void answersAndFinds(ModelTask task, int requests) throws Exception {
    try (BatchClient client = batches(task)) {
      PackedBatch packed = packed(client, requests);
      BatchIntent intent = packed.intent(Instant.now());
      BatchStatus batch = client.submit(intent, packed, id -> false);
      BatchStatus ended = client.poll(batch.id());
      assertThat(ended.state(), is(State.COMPLETED));
      assertThat(ended.counts().succeeded(), is((long) requests));
      Map<String, Reply> replies = new HashMap<>();
      client.results(intent, ended, line -> replies.put(line.customId(), line.reply()));
      assertThat(replies.size(), is(requests));
      String first =
          CustomIds.of("i1", request(task("gemini-2.5-flash"), "number 0").fingerprint());
      assertThat(
          ((Reply.Answered) Objects.requireNonNull(replies.get(first))).raw(),
          is("Echo: number 0"));
      assertThat(books().path("billed").asInt(), is(requests));
      Orphans orphans = client.findOrphans(intent, id -> false);
      assertThat(orphans.certain().stream().map(BatchStatus::id).toList(), hasItem(batch.id()));
    }
  }

  /** 3 texts are part of the call, 600 a file. */
  @ParameterizedTest
  @ValueSource(ints = {3, 600})
  void embeddings_haveBatches(int texts) throws Exception {
    ModelTask task =
        ModelTask.of(
                "t",
                new Provider("gemini", simulator.baseUrl("gemini"), KeySource.NONE),
                "gemini-embedding-001",
                new Prompt(null, "{{text}}"))
            .withOperation(Operation.EMBED)
            .withParameters("{\"outputDimensionality\":8}");
    try (BatchClient client = batches(task)) {
      BatchPacker packer = client.packer(client.limits(), directory, () -> "i1");
      for (int i = 0; i < texts; i++) {
        packer.add(request(task, "text " + i));
      }
      PackedBatch packed = Objects.requireNonNull(packer.finish());
      BatchIntent intent = packed.intent(Instant.now());
      BatchStatus batch = client.submit(intent, packed, id -> false);
      Map<String, Reply> replies = new HashMap<>();
      client.results(
          intent, client.poll(batch.id()), line -> replies.put(line.customId(), line.reply()));
      assertThat(replies.size(), is(texts));
      Request second = request(task, "text 1");
      Reply.Answered reply =
          (Reply.Answered)
              Objects.requireNonNull(replies.get(CustomIds.of("i1", second.fingerprint())));
      assertThat(Objects.requireNonNull(reply.usage()).inputTokens(), is(second.inputTokens()));
      try (Caller caller = Providers.of("gemini").open(connection(task, "some-key"))) {
        assertThat(reply.raw(), is(((Reply.Answered) caller.call(second)).raw()));
      }
    }
  }
}
