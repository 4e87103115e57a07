package io.sluice.internal.provider.gemini;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.ModelTask;
import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.Output;
import io.sluice.ModelTask.Prompt;
import io.sluice.ModelTask.Provider;
import io.sluice.internal.prepare.RequestBuilder;
import io.sluice.spi.Request;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GeminiRequestsTest {
  private static final ModelTask TASK =
      ModelTask.of(
          "t", Provider.of("gemini"), "gemini-2.5-flash", new Prompt("Be short.", "{{text}}"));

  private static String body(ModelTask task) {
    return request(task).body();
  }

  private static Request request(ModelTask task) {
    try {
      return new RequestBuilder(task)
          .build((ObjectNode) new ObjectMapper().readTree("{\"text\":\"some text\"}"));
    } catch (IOException e) {
      throw new IllegalArgumentException(e);
    }
  }

  /** What is paid for is known by this text: it must not change. */
  @Test
  void question_isWrittenWithTheNamesThatBatchesTake() {
    assertThat(
        body(TASK.withParameters("{\"temperature\":0,\"maxOutputTokens\":50}")),
        is(
            "{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"some text\"}]}],"
                + "\"system_instruction\":{\"parts\":[{\"text\":\"Be short.\"}]},"
                + "\"generation_config\":{\"max_output_tokens\":50,\"temperature\":0}}"));
  }

  @Test
  void parameters_areTheConfiguration_exceptForTheRequestsOwnFields() {
    String body =
        body(
            TASK.withParameters(
                "{\"thinkingConfig\":{\"thinkingBudget\":0},\"serviceTier\":\"flex\","
                    + "\"generationConfig\":{\"topP\":0.9},\"safetySettings\":[{\"category\":\"X\"}]}"));
    assertThat(
        body,
        containsString(
            "\"safety_settings\":[{\"category\":\"X\"}],\"service_tier\":\"flex\","
                + "\"generation_config\":{\"top_p\":0.9,"
                + "\"thinking_config\":{\"thinking_budget\":0}}"));
  }

  @Test
  void schema_isSentAsFarAsItIsTaken_itsOwnNamesAsTheyAre() {
    String schema =
        "{\"$schema\":\"x\",\"type\":\"object\",\"properties\":{\"firstName\":{\"type\":\"string\","
            + "\"pattern\":\"a+\"}},\"required\":[\"firstName\"]}";
    assertThat(
        body(TASK.withOutput(Output.ofJson(schema))),
        containsString(
            "\"generation_config\":{\"response_mime_type\":\"application/json\","
                + "\"response_json_schema\":{\"type\":\"object\",\"properties\":{\"firstName\":"
                + "{\"type\":\"string\"}},\"required\":[\"firstName\"]}}"));
  }

  @Test
  void schemaOfTheParameters_wins() {
    String body =
        body(
            TASK.withOutput(Output.ofJson("{\"type\":\"object\"}"))
                .withParameters("{\"responseSchema\":{\"type\":\"OBJECT\",\"maxItems\":1}}"));
    assertThat(
        body,
        containsString(
            "\"generation_config\":{\"response_schema\":{\"maxItems\":1,\"type\":\"OBJECT\"}}"));
    assertThat(body, not(containsString("response_mime_type")));
  }

  @Test
  void emptySystemText_isLeftOut() {
    ModelTask task =
        ModelTask.of("t", Provider.of("gemini"), "gemini-x", new Prompt(" ", "{{text}}"));
    assertThat(body(task), not(containsString("system_instruction")));
  }

  @Test
  void embedding_namesItsModel_andTakesItsSettings() {
    ModelTask task =
        ModelTask.of(
                "t", Provider.of("gemini"), "gemini-embedding-001", new Prompt(null, "{{text}}"))
            .withOperation(Operation.EMBED)
            .withOutput(Output.TEXT)
            .withParameters("{\"taskType\":\"CLUSTERING\",\"outputDimensionality\":256}");
    assertThat(
        body(task),
        is(
            "{\"requests\":[{\"model\":\"models/gemini-embedding-001\",\"content\":{\"parts\":"
                + "[{\"text\":\"some text\"}]},\"output_dimensionality\":256,"
                + "\"task_type\":\"CLUSTERING\"}]}"));
  }

  @Test
  void models_haveFingerprintsOfTheirOwn() {
    ModelTask other = ModelTask.of("t", Provider.of("gemini"), "gemini-2.5-pro", TASK.prompt());
    assertThat(body(TASK), is(body(other)));
    assertThat(request(TASK).fingerprint(), not(is(request(other).fingerprint())));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"max_tokens\":5} | maxOutputTokens",
        "{\"contents\":[]} | prompt.user",
        "{\"systemInstruction\":{}} | prompt.system",
        "{\"candidateCount\":2} | candidateCount must be 1",
        "{\"generation_config\":{\"candidate_count\":2}} | generation_config.candidate_count",
        "{\"maxOutputTokens\":0} | whole number",
        "{\"generationConfig\":7} | must be an object",
      })
  void parametersThatCannotBe_areNamed(String parameters, String said) {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> new RequestBuilder(TASK.withParameters(parameters)));
    assertThat(e.getMessage(), containsString(said));
  }
}
