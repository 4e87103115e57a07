package io.sluice.pipeline.task;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.not;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a provider has not is refused before anything is sent, with what would work. */
class UnofferedTest {
  private static String problems(String yaml) {
    TaskFileException thrown =
        assertThrows(
            TaskFileException.class,
            () -> TaskFile.parse("t.yaml", "name: t\n" + yaml, Map.of("K", "v")::get));
    return String.valueOf(thrown.getMessage());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "gemini | outputDimensionality: -3 | parameters.outputDimensionality must be a whole number",
        "gemini | outputDimensionality: many | parameters.outputDimensionality must be a whole number",
        "gemini | dimensions: 256 | Gemini's name for it is outputDimensionality",
        "openai | dimensions: 0 | parameters.dimensions must be a whole number of 1 or more",
        "mistral | dimensions: 256 | Mistral's name for it is output_dimension",
        "mistral | output_dimension: 1.5 | parameters.output_dimension must be a whole number",
      })
  void dimensionsOfVectors(String kind, String parameters, String expected) {
    String task =
        "provider: {kind: %s}\nmodel: m\noperation: embed\nparameters: {%s}\n"
            .formatted(kind, parameters);
    assertThat(problems(task), containsString("t.yaml:5: "));
    assertThat(problems(task), containsString(expected));
  }

  @Test
  void flexAtVertex_isToldWhere() {
    String task =
        """
        provider: {kind: gemini, vertex: {project: acme, location: us-central1}, tier: flex}
        model: gemini-2.5-flash
        prompt: {user: "{{text}}"}
        """;
    assertThat(problems(task), containsString("set provider.vertex.location: global"));
    assertThat(problems(task), not(containsString("not offered by kind gemini")));
  }

  @Test
  void aFallbackThatHasTheTasksParameters_isToldToHaveItsOwn() {
    String task =
        """
        model: gpt-4o-mini
        prompt: {user: "{{text}}"}
        parameters: {max_completion_tokens: 20}
        fallback: [{model: claude-haiku-4-5, provider: {kind: anthropic}}]
        """;
    assertThat(
        problems(task),
        containsString(
            "t.yaml:5: fallback.models.1: parameters.max_completion_tokens must be left out:"
                + " Anthropic's name for it is max_tokens; it has the task's parameters: give it"
                + " parameters of its own"));
  }

  @Test
  void whatAFallbackAndAnInterfaceHaveNot_isToldWithTheRest() {
    String task =
        """
        provider: {kind: gemini, api: responses}
        model: gemini-2.5-flash
        prompt: {user: "{{text}}"}
        parameters: {max_tokens: 5}
        fallback: {models: [{model: claude-haiku-4-5, provider: {kind: anthropic, tier: flex}}]}
        quota: {models: {nope: {requestsPerMinute: 3}}}
        """;
    String told = problems(task);
    assertThat(told, containsString("t.yaml:2: provider.api cannot be \"responses\""));
    assertThat(told, containsString("t.yaml:5: parameters.max_tokens must be left out"));
    assertThat(told, containsString("t.yaml:6: fallback.models.1: provider.tier: flex is not"));
    assertThat(told, containsString("t.yaml:7: quota.models.nope is none of the models"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{kind: google} | Google's is gemini",
        "{kind: vertex-ai} | Google's is gemini, with provider.vertex",
        "{kind: Azure} | it speaks OpenAI's protocol: openai, with provider.baseUrl",
        "{kind: gemeni} | did you mean gemini?",
        "{kind: gemini, vertex: {project: 'A B'}} | provider.vertex.project: expected the id of a",
        "{kind: gemini, vertex: {project: p, location: 'x/../y'}} | provider.vertex.location: expected",
        "{kind: local, tier: flex} | provider.tier: the local provider is in this process",
        "{kind: local, api: responses} | provider.api: the local provider is in this process",
        "{mode: batch, baseUrl: 'https://generativelanguage.googleapis.com/v1beta/openai'} | provider.mode: batch cannot be used at this address",
      })
  void providers(String provider, String expected) {
    String told = problems("provider: " + provider + "\nmodel: m\nprompt: {user: '{{text}}'}\n");
    assertThat(told, containsString("t.yaml:2: "));
    assertThat(told, containsString(expected));
  }

  @Test
  void aModelOfWords_isNoneForEmbeddings() {
    String task =
        """
        provider: {kind: bedrock, region: us-east-1, apiKeyEnv: K}
        model: us.amazon.nova-lite-v1:0
        operation: embed
        """;
    assertThat(problems(task), containsString("such as amazon.titan-embed-text-v2:0"));
  }
}
