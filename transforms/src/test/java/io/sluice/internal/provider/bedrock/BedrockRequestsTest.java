package io.sluice.internal.provider.bedrock;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.ModelTask;
import io.sluice.ModelTask.Delivery;
import io.sluice.ModelTask.KeySource;
import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.Output;
import io.sluice.ModelTask.Prompt;
import io.sluice.ModelTask.Provider;
import io.sluice.internal.prepare.RequestBuilder;
import io.sluice.spi.Request;
import io.sluice.spi.RequestWriter.Misfit;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BedrockRequestsTest {
  private static final String CLAUDE = "anthropic.claude-haiku-4-5-20251001-v1:0";
  private static final String NOVA = "us.amazon.nova-lite-v1:0";
  private static final String SCHEMA =
      "{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\",\"minimum\":1}}}";

  private static ModelTask task(String model) {
    return ModelTask.of(
        "t",
        new Provider("bedrock", "http://localhost", KeySource.NONE),
        model,
        new Prompt("Be brief.", "{{text}}"));
  }

  private static final Map<String, String> BATCHES =
      Map.of(
          "batch.s3Uri", "s3://a-bucket/x", "batch.roleArn", "arn:aws:iam::123456789012:role/a/r");

  private static ModelTask batch(Map<String, String> settings) {
    return ModelTask.of(
            "t",
            new Provider("bedrock", "http://localhost", KeySource.NONE).withSettings(settings),
            CLAUDE,
            new Prompt("Be brief.", "{{text}}"))
        .withDelivery(Delivery.BATCH);
  }

  @Test
  void aMisfit_isTheModelsTurn_andWhatItIsTold_isNoPartOfTheIdentity() {
    RequestBuilder builder = new RequestBuilder(task(CLAUDE));
    ObjectNode document = (ObjectNode) json("{\"text\":\"some text\"}");
    Request asked = builder.build(document, new Misfit("nonsense", "Answer yes or no."));
    assertThat(
        json(asked.body()).path("messages"),
        is(
            json(
                "[{\"role\":\"user\",\"content\":[{\"text\":\"some text\"}]},"
                    + "{\"role\":\"assistant\",\"content\":[{\"text\":\"nonsense\"}]},"
                    + "{\"role\":\"user\",\"content\":[{\"text\":\"Answer yes or no.\"}]}]")));
    Request other = builder.build(document, new Misfit("nonsense", "Answer otherwise."));
    assertThat(other.fingerprint(), is(asked.fingerprint()));
  }

  private static JsonNode json(String text) {
    try {
      return new ObjectMapper().readTree(text);
    } catch (IOException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static Request request(ModelTask task) {
    return new RequestBuilder(task).build((ObjectNode) json("{\"text\":\"some text\"}"));
  }

  private static JsonNode body(ModelTask task) {
    return json(request(task).body());
  }

  @Test
  void parameters_goWhereConverseHasThem() {
    ModelTask task =
        task(NOVA)
            .withParameters(
                "{\"maxTokens\":20,\"temperature\":0,\"serviceTier\":{\"type\":\"flex\"},"
                    + "\"additionalModelRequestFields\":{\"top_k\":5}}");
    assertThat(
        body(task),
        is(
            json(
                "{\"messages\":[{\"role\":\"user\",\"content\":[{\"text\":\"some text\"}]}],"
                    + "\"system\":[{\"text\":\"Be brief.\"}],"
                    + "\"additionalModelRequestFields\":{\"top_k\":5},"
                    + "\"serviceTier\":{\"type\":\"flex\"},"
                    + "\"inferenceConfig\":{\"maxTokens\":20,\"temperature\":0}}")));
    assertThat(request(task).maxOutputTokens(), is(20L));
    assertThat(
        request(task.withParameters("{\"inferenceConfig\":{\"maxTokens\":20}}")).maxOutputTokens(),
        is(20L));
  }

  @Test
  void cachePoint_isBehindTheSystemText_andChangesNoFingerprint() {
    Request plain = request(task(CLAUDE));
    Request cached =
        request(
            task(CLAUDE).withParameters("{\"cachePoint\":{\"type\":\"default\",\"ttl\":\"1h\"}}"));
    assertThat(
        json(cached.body()).path("system"),
        is(
            json(
                "[{\"text\":\"Be brief.\"},{\"cachePoint\":{\"type\":\"default\",\"ttl\":\"1h\"}}]")));
    assertThat(cached.fingerprint(), is(plain.fingerprint()));
  }

  @Test
  void schema_isATextOfTheRequest_whereTheModelTakesOne() {
    JsonNode format =
        body(task("us." + CLAUDE).withOutput(Output.ofJson(SCHEMA)))
            .path("outputConfig")
            .path("textFormat");
    assertThat(format.path("type").asText(), is("json_schema"));
    JsonNode schema = format.path("structure").path("jsonSchema").path("schema");
    assertThat(schema.isTextual(), is(true));
    assertThat(
        json(schema.asText()),
        is(
            json(
                "{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\"}},"
                    + "\"additionalProperties\":false}")));
  }

  @Test
  void schema_isAToolThatMustBeCalled_whereTheModelHasTools() {
    for (String model : List.of(NOVA, "anthropic.claude-opus-4-7", "anthropic.claude-3-haiku-x")) {
      JsonNode tools = body(task(model).withOutput(Output.ofJson(SCHEMA))).path("toolConfig");
      assertThat(
          tools.path("toolChoice").path("tool").path("name").asText(), is(BedrockRequests.TOOL));
      assertThat(
          tools.path("tools").path(0).path("toolSpec").path("inputSchema").path("json"),
          is(json(SCHEMA)));
    }
  }

  @Test
  void schema_isWords_whereNothingIsKnownOfTheModel_whereItThinks_andInBatches() {
    ModelTask plain = task("some.model").withOutput(Output.ofJson(SCHEMA));
    ModelTask thinking =
        task("anthropic.claude-opus-4-8")
            .withOutput(Output.ofJson(SCHEMA))
            .withParameters("{\"additionalModelRequestFields\":{\"thinking\":{}}}");
    ModelTask batch = batch(BATCHES).withOutput(Output.ofJson(SCHEMA));
    for (ModelTask task : List.of(plain, thinking, batch)) {
      JsonNode body = body(task);
      assertThat(body.has("toolConfig") || body.has("outputConfig"), is(false));
      assertThat(body.path("system").path(1).path("text").asText(), containsString("minimum"));
      assertThat(
          request(task).fingerprint(), is(request(task.withOutput(Output.TEXT)).fingerprint()));
    }
  }

  @Test
  void embeddings_areAskedAsTheModelTakesThem() {
    ModelTask titan =
        ModelTask.of(
                "t",
                new Provider("bedrock", "http://localhost", KeySource.NONE),
                "amazon.titan-embed-text-v2:0",
                new Prompt(null, "{{text}}"))
            .withOperation(Operation.EMBED)
            .withParameters("{\"dimensions\":256}");
    assertThat(body(titan), is(json("{\"inputText\":\"some text\",\"dimensions\":256}")));
    ModelTask cohere =
        ModelTask.of(
                "t",
                new Provider("bedrock", "http://localhost", KeySource.NONE),
                "cohere.embed-multilingual-v3",
                new Prompt(null, "{{text}}"))
            .withOperation(Operation.EMBED)
            .withParameters("{\"input_type\":\"clustering\"}");
    assertThat(body(cohere), is(json("{\"texts\":[\"some text\"],\"input_type\":\"clustering\"}")));
    assertThat(
        json(BedrockEmbeddings.pack(List.of(request(cohere), request(cohere)))),
        is(json("{\"texts\":[\"some text\",\"some text\"],\"input_type\":\"clustering\"}")));
  }

  @Test
  void whatConverseHasNot_isRefused_withWhatWouldWork() {
    assertThat(
        RequestBuilder.validate(
            task(CLAUDE)
                .withParameters(
                    "{\"max_tokens\":5,\"top_k\":5,\"messages\":[],\"inferenceConfig\":7}")),
        contains(
            containsString("parameters.messages"),
            containsString("Bedrock's name for it is maxTokens"),
            containsString("parameters.inferenceConfig must be an object"),
            containsString("parameters.top_k is no field of Converse")));
    ModelTask nowhere =
        ModelTask.of(
            "t",
            new Provider("bedrock", "", KeySource.NONE)
                .withSettings(Map.of("provider.region", "Frankfurt", "quota.outputWeight", "0")),
            CLAUDE,
            new Prompt(null, "{{text}}"));
    assertThat(
        RequestBuilder.validate(nowhere),
        contains(
            containsString("provider.region: expected a region, such as us-east-1"),
            containsString("quota.outputWeight: expected")));
    assertThat(RequestBuilder.validate(task(CLAUDE)), is(empty()));
  }

  @Test
  void region_isTheTasks_orTheEnvironments_andTheKeyIsUsedWhereThereIsOne() {
    BedrockProvider none = new BedrockProvider(name -> null);
    assertThat(none.defaults(Map.of(), null).baseUrl(), is(""));
    assertThat(
        none.defaults(Map.of("provider.region", "eu-central-1"), null).baseUrl(),
        is("https://bedrock-runtime.eu-central-1.amazonaws.com"));
    assertThat(none.defaults(Map.of(), "http://localhost:1").baseUrl(), is("http://localhost:1"));
    assertThat(none.defaults(Map.of(), null).keyVariable() == null, is(true));
    Map<String, String> set = Map.of("AWS_REGION", "cn-north-1", "AWS_BEARER_TOKEN_BEDROCK", "abc");
    BedrockProvider some = new BedrockProvider(set::get);
    assertThat(
        some.defaults(Map.of(), null).baseUrl(),
        is("https://bedrock-runtime.cn-north-1.amazonaws.com.cn"));
    assertThat(some.defaults(Map.of(), null).keyVariable(), is("AWS_BEARER_TOKEN_BEDROCK"));
    assertThat(some.defaults(Map.of(), "http://localhost:1").keyVariable() == null, is(true));
  }

  @Test
  void regionOfAnAddress_isWhatIsSignedFor() {
    Map<String, String> regions =
        Map.of(
            "https://bedrock-runtime.eu-west-3.amazonaws.com", "eu-west-3",
            "https://bedrock-runtime-fips.us-west-2.amazonaws.com", "us-west-2",
            "https://vpce-1.bedrock-runtime.sa-east-1.vpce.amazonaws.com", "sa-east-1",
            "http://localhost:8080", "us-east-1");
    regions.forEach(
        (url, region) ->
            assertThat(
                BedrockPlaces.region(new Provider("bedrock", url, KeySource.NONE), name -> null),
                is(region)));
    assertThat(
        BedrockPlaces.region(
            new Provider("bedrock", "http://localhost:8080", KeySource.NONE)
                .withSettings(Map.of("provider.region", "ap-south-1")),
            name -> null),
        is("ap-south-1"));
  }

  @Test
  void arn_isOneStepOfThePath() {
    assertThat(
        BedrockPlaces.path(
            "arn:aws:bedrock:us-east-1:1:inference-profile/us." + CLAUDE, Operation.CHAT),
        is("/model/arn:aws:bedrock:us-east-1:1:inference-profile%2Fus." + CLAUDE + "/converse"));
  }

  @Test
  void outputTokens_countFiveTimes_fromClaude37On() {
    Map<String, Integer> weights =
        Map.of(
            "anthropic.claude-3-5-sonnet-20241022-v2:0", 1,
            "us.anthropic.claude-3-7-sonnet-20250219-v1:0", 5,
            "anthropic.claude-sonnet-4-20250514-v1:0", 5,
            "global.anthropic.claude-opus-4-8", 5,
            "arn:aws:bedrock:eu-west-1:1:inference-profile/eu.anthropic.claude-haiku-4-5-x", 5,
            "anthropic.claude-v2:1", 1,
            "anthropic.claude-instant-v1", 1,
            "amazon.nova-pro-v1:0", 1);
    weights.forEach(
        (model, weight) -> assertThat(model, BedrockModels.outputWeight(model), is(weight)));
    assertThat(
        new BedrockProvider()
            .quotaTokens(
                ModelTask.of(
                    "t",
                    new Provider("bedrock", "http://localhost", KeySource.NONE)
                        .withSettings(Map.of("quota.outputWeight", "15")),
                    "anthropic.claude-opus-4-8",
                    new Prompt(null, "{{text}}")))
            .outputWeight(),
        is(15));
    assertThat(body(task(CLAUDE)).toString(), not(containsString("outputWeight")));
  }

  @Test
  void batches_needAPlaceAndARole_andAHundredRequests() {
    assertThat(RequestBuilder.validate(batch(BATCHES)), is(empty()));
    assertThat(
        RequestBuilder.validate(batch(Map.of())),
        contains(
            containsString("batch.s3Uri: is missing; expected"),
            containsString("batch.roleArn: is missing; expected")));
    Delivery small =
        new Delivery(
            true, Delivery.BATCH.poll(), 99, Long.MAX_VALUE, Delivery.BATCH.stragglers(), 0, null);
    assertThat(
        RequestBuilder.validate(
            batch(Map.of("batch.s3Uri", "gs://bucket", "batch.roleArn", "admin"))
                .withDelivery(small)),
        contains(
            containsString("batch.s3Uri: got \"gs://bucket\", expected"),
            containsString("batch.roleArn: got \"admin\", expected"),
            containsString("batch.requests: expected 100 or more")));
  }
}
