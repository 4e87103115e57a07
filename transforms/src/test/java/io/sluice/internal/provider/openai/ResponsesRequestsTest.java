package io.sluice.internal.provider.openai;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.everyItem;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.ModelTask;
import io.sluice.ModelTask.KeySource;
import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.Output;
import io.sluice.ModelTask.Prompt;
import io.sluice.ModelTask.Provider;
import io.sluice.Service;
import io.sluice.internal.prepare.RequestBuilder;
import io.sluice.spi.Request;
import io.sluice.spi.RequestWriter.Misfit;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResponsesRequestsTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final ModelTask TASK =
      ModelTask.of(
          "topics",
          new Provider("openai", "http://h/v1", KeySource.NONE)
              .withService(Service.USUAL.withApi("responses")),
          "gpt-5",
          new Prompt("Be short.", "{{text}}"));

  private static Request request(ModelTask task) {
    ObjectNode document = JSON.createObjectNode().put("text", "some text");
    return new RequestBuilder(task).build(document);
  }

  private static JsonNode body(ModelTask task) throws IOException {
    return JSON.readTree(request(task).body());
  }

  @Test
  void aMisfit_isTheModelsTurn_andWhatItIsTold_isNoPartOfTheIdentity() throws IOException {
    RequestBuilder builder = new RequestBuilder(TASK);
    ObjectNode document = JSON.createObjectNode().put("text", "some text");
    Request asked = builder.build(document, new Misfit("nonsense", "Answer yes or no."));
    assertThat(
        JSON.readTree(asked.body()).path("input"),
        is(
            JSON.readTree(
                "[{\"role\":\"user\",\"content\":\"some text\"},"
                    + "{\"role\":\"assistant\",\"content\":\"nonsense\"},"
                    + "{\"role\":\"user\",\"content\":\"Answer yes or no.\"}]")));
    Request other = builder.build(document, new Misfit("nonsense", "Answer otherwise."));
    assertThat(other.fingerprint(), is(asked.fingerprint()));
    assertThat(asked.inputTokens(), greaterThan(builder.build(document).inputTokens()));
  }

  @Test
  void question_isInstructionsAndInput_andNothingIsStored() throws IOException {
    JsonNode body =
        body(TASK.withParameters("{\"max_output_tokens\":50,\"reasoning\":{\"effort\":\"low\"}}"));
    assertThat(
        body,
        is(
            JSON.readTree(
                "{\"model\":\"gpt-5\",\"instructions\":\"Be short.\",\"input\":\"some text\","
                    + "\"store\":false,\"max_output_tokens\":50,\"reasoning\":{\"effort\":\"low\"}}")));
  }

  @Test
  void whatATaskSaysOfStoring_holds() throws IOException {
    assertThat(body(TASK.withParameters("{\"store\":true}")).path("store").asBoolean(), is(true));
  }

  @Test
  void schema_isFlat_besideOtherSettingsOfTheText() throws IOException {
    ModelTask task =
        TASK.withOutput(
                Output.ofJson(
                    "{\"type\":\"object\",\"properties\":{\"b\":{\"type\":\"string\"}},"
                        + "\"required\":[\"b\"],\"additionalProperties\":false}"))
            .withParameters("{\"text\":{\"verbosity\":\"low\"}}");
    JsonNode text = body(task).path("text");
    assertThat(text.path("verbosity").asText(), is("low"));
    JsonNode format = text.path("format");
    assertThat(format.path("type").asText(), is("json_schema"));
    assertThat(format.path("name").asText(), is("topics"));
    assertThat(format.path("strict").asBoolean(), is(true));
    assertThat(format.path("schema").path("required").path(0).asText(), is("b"));
    assertThat(
        "a schema is no part of what is asked",
        request(task).fingerprint(),
        is(request(task.withOutput(Output.ofJson("{\"type\":\"object\"}"))).fingerprint()));
  }

  @Test
  void answers_areKnownApartFromThoseOfChatCompletions() {
    Request chat =
        request(TASK.withProvider(TASK.provider().withService(Service.USUAL.withApi(""))));
    assertThat(request(TASK).fingerprint(), is(not(chat.fingerprint())));
  }

  @Test
  void cap_isWhatTheQuotaReserves() {
    assertThat(
        request(TASK.withParameters("{\"max_output_tokens\":50}")).maxOutputTokens(), is(50L));
    assertThat(new RequestBuilder(TASK).limitsOutput(), is(false));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "max_tokens",
        "max_completion_tokens",
        "response_format",
        "reasoning_effort",
        "messages",
        "input",
        "instructions",
        "background",
        "previous_response_id",
        "stream",
        "n"
      })
  void parametersOfOthers_areRefusedBeforeAnythingIsSent(String name) {
    assertThat(
        RequestBuilder.validate(TASK.withParameters("{\"" + name + "\":2}")),
        hasItem(containsString("parameters." + name)));
  }

  @Test
  void embeddings_areRefused_sayingWhatWorks() {
    assertThat(
        RequestBuilder.validate(TASK.withOperation(Operation.EMBED).withOutput(Output.TEXT)),
        hasItem(containsString("provider.api: responses has no embeddings")));
  }

  @Test
  void interfacesThatThereAreNot_areRefused() {
    for (Provider provider :
        new Provider[] {
          TASK.provider().withService(Service.USUAL.withApi("assistants")),
          new Provider("anthropic", "http://h", KeySource.NONE)
              .withService(Service.USUAL.withApi("responses"))
        }) {
      ModelTask task = ModelTask.of("t", provider, "m", new Prompt(null, "{{text}}"));
      assertThat(RequestBuilder.validate(task), hasSize(1));
      assertThat(RequestBuilder.validate(task), everyItem(containsString("provider.api")));
    }
    assertThat(RequestBuilder.validate(TASK), is(empty()));
  }

  @Test
  void deployments_haveThemNot() {
    ModelTask task =
        ModelTask.of(
            "t",
            TASK.provider().withBaseUrl("https://r.openai.azure.com/openai/deployments/d"),
            "m",
            new Prompt(null, "{{text}}"));
    assertThat(RequestBuilder.validate(task), hasItem(containsString("/openai/v1")));
  }
}
