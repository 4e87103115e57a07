package io.sluice.simulate.bedrock;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.instanceOf;
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
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The client of Bedrock against the simulator. */
class BedrockRehearsalTest {
  private static final String CLAUDE = "us.anthropic.claude-haiku-4-5-20251001-v1:0";

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
                true,
                1,
                0,
                "",
                List.of(),
                new BigDecimal(1_000),
                1,
                new BatchOptions(0, Long.MAX_VALUE, "")));
  }

  @BeforeEach
  void setCredentials() {
    System.setProperty("aws.accessKeyId", "AKIAEXAMPLE-1234");
    System.setProperty("aws.secretAccessKey", "a-secret-that-stays");
  }

  @AfterEach
  void stop() {
    System.clearProperty("aws.accessKeyId");
    System.clearProperty("aws.secretAccessKey");
    simulator.close();
  }

  private ModelTask task(String model) {
    return ModelTask.of(
        "t",
        new Provider("bedrock", simulator.baseUrl("bedrock"), KeySource.NONE),
        model,
        new Prompt(null, "{{text}}"));
  }

  private static Request request(ModelTask task, String text) {
    ObjectNode document = new ObjectMapper().createObjectNode().put("text", text);
    return new RequestBuilder(task).build(document);
  }

  private static Connection connection(ModelTask task, @Nullable String key) {
    return new Connection(
        task.provider(),
        task.operation(),
        task.model(),
        key == null ? null : ApiKey.of(key),
        Duration.ofSeconds(20),
        4);
  }

  private static Reply call(ModelTask task, @Nullable String key) {
    try (Caller caller = Providers.of("bedrock").open(connection(task, key))) {
      return caller.call(request(task, "some text"));
    }
  }

  private JsonNode books() {
    return simulator.books().path("accounts").elements().next();
  }

  @ParameterizedTest
  @ValueSource(strings = {CLAUDE, "arn:aws:bedrock:us-east-1:1:inference-profile/eu.thinks-1"})
  void question_isAnswered_withTheUsageThatIsBilled(String model) {
    Reply.Answered reply = (Reply.Answered) call(task(model), "some-key");
    assertThat(reply.raw(), is("Echo: some text"));
    assertThat(reply.model(), is(model));
    Usage usage = Objects.requireNonNull(reply.usage());
    assertThat(books().path("inputTokens").asLong(), is(usage.inputTokens()));
    assertThat(books().path("outputTokens").asLong(), is(usage.outputTokens()));
  }

  /** By the field, by a tool, by words. */
  @ParameterizedTest
  @ValueSource(strings = {CLAUDE, "amazon.nova-lite-v1:0", "some.model"})
  void answer_hasTheShapeOfTheSchema(String model) {
    String schema =
        "{\"type\":\"object\",\"properties\":{\"topic\":{\"enum\":[\"a\"]}},\"required\":[\"topic\"]}";
    Reply.Answered reply =
        (Reply.Answered) call(task(model).withOutput(Output.ofJson(schema)), "some-key");
    assertThat(reply.raw(), is("{\"topic\":\"a\"}"));
  }

  @Test
  void signedRequests_areAnswered_byTheirAccount() {
    assertThat(call(task(CLAUDE), null), is(instanceOf(Reply.Answered.class)));
    assertThat(simulator.books().path("accounts").fieldNames().next(), containsString("1234"));
  }

  @Test
  void wrongKeyAndUnknownModel_areTheAccounts() {
    Reply.Failed key = (Reply.Failed) call(task(CLAUDE), "bad-key");
    assertThat(key.kind(), is(ErrorKind.ACCOUNT));
    assertThat(key.toString(), not(containsString("bad-key")));
    Reply.Failed model = (Reply.Failed) call(task("unknown-1"), "some-key");
    assertThat(model.kind(), is(ErrorKind.ACCOUNT));
    assertThat(model.message(), containsString("inference profile"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"cohere.embed-english-v3", "amazon.titan-embed-text-v2:0"})
  void embeddings_areAskedAsTheModelTakesThem(String model) {
    ModelTask task = task(model).withOperation(Operation.EMBED);
    try (Caller caller = Providers.of("bedrock").open(connection(task, "some-key"))) {
      List<Request> requests = new ArrayList<>();
      for (int i = 0; i < caller.packs().requests(); i++) {
        requests.add(request(task, "text " + i));
      }
      assertThat(requests.size(), is(model.startsWith("cohere") ? 96 : 1));
      List<Reply> replies = caller.callPacked(requests);
      Reply.Answered last = (Reply.Answered) replies.get(requests.size() - 1);
      Reply.Answered alone = (Reply.Answered) caller.call(requests.get(requests.size() - 1));
      assertThat(last.raw(), is(alone.raw()));
      assertThat(Objects.requireNonNull(last.usage()).inputTokens() > 0, is(true));
      assertThat(last.model(), startsWith(model));
    }
  }

  private ModelTask batch() {
    return ModelTask.of(
        "t",
        new Provider("bedrock", simulator.baseUrl("bedrock"), KeySource.NONE)
            .withSettings(
                Map.of(
                    "batch.s3Uri", "s3://bucket/jobs", "batch.roleArn", "arn:aws:iam::1:role/r")),
        CLAUDE,
        new Prompt(null, "{{text}}"));
  }

  private PackedBatch packed(BatchClient client, int requests) throws IOException {
    BatchPacker packer = client.packer(client.limits(), directory, () -> "i1");
    for (int i = 0; i < requests; i++) {
      packer.add(request(batch(), "number " + i));
    }
    return Objects.requireNonNull(packer.finish());
  }

  private BatchClient batches() {
    return BatchClient.open(connection(batch(), "some-key"), wait -> {}, new Random(1));
  }

  @Test
  void batch_isAnsweredAndFoundAgain_andNotCreatedTwiceByItsToken() throws Exception {
    try (BatchClient client = batches()) {
      PackedBatch packed = packed(client, 120);
      BatchIntent intent = packed.intent(Instant.now());
      BatchStatus batch = client.submit(intent, packed, id -> false);
      assertThat(
          "repeated, it is the same",
          client.submit(intent, packed(client, 120), id -> false).id(),
          is(batch.id()));
      BatchStatus ended = client.poll(batch.id());
      assertThat(ended.state(), is(State.COMPLETED));
      assertThat(ended.counts().succeeded(), is(120L));
      Map<String, Reply> replies = new HashMap<>();
      client.results(intent, ended, line -> replies.put(line.customId(), line.reply()));
      assertThat(replies.size(), is(120));
      String first = CustomIds.of("i1", request(batch(), "number 0").fingerprint());
      assertThat(
          ((Reply.Answered) Objects.requireNonNull(replies.get(first))).raw(),
          is("Echo: number 0"));
      assertThat(books().path("billed").asInt(), is(120));
      Orphans orphans = client.findOrphans(intent, id -> false);
      assertThat(orphans.certain().stream().map(BatchStatus::id).toList(), hasItem(batch.id()));
      client.discardInput(intent, ended);
    }
  }

  @Test
  void batchBelowTheMinimum_isRefused() throws Exception {
    try (BatchClient client = batches()) {
      PackedBatch packed = packed(client, 99);
      BatchStatus batch = client.submit(packed.intent(Instant.now()), packed, id -> false);
      BatchStatus ended = client.poll(batch.id());
      assertThat(ended.state(), is(State.FAILED));
      assertThat(ended.problems().get(0).message(), containsString("99"));
    }
  }
}
