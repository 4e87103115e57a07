package io.sluice.internal.prepare;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.ModelTask;
import io.sluice.ModelTask.KeySource;
import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.Output;
import io.sluice.ModelTask.OutputType;
import io.sluice.ModelTask.Prompt;
import io.sluice.ModelTask.Provider;
import io.sluice.spi.PromptException;
import io.sluice.spi.Request;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestBuilderTest {
  private static final String SCHEMA =
      "{\"type\":\"object\",\"properties\":{\"z\":{\"type\":\"string\"},\"a\":{\"type\":\"integer\"}},"
          + "\"required\":[\"z\",\"a\"],\"additionalProperties\":false}";

  private static ModelTask chat() {
    return task("https://api.example.com/v1", new Prompt("Classify.", "{{text}}"));
  }

  private static ModelTask task(String baseUrl, Prompt prompt) {
    return ModelTask.of(
        "ticket-topics", new Provider("openai", baseUrl, KeySource.NONE), "gpt-4o-mini", prompt);
  }

  private static ModelTask anthropic(@Nullable String system) {
    return ModelTask.of(
        "ticket-topics",
        new Provider("anthropic", "https://api.example.com", KeySource.NONE),
        "claude-haiku-4-5",
        new Prompt(system, "{{text}}"));
  }

  private static ModelTask local(Operation operation, Output output) {
    return ModelTask.of(
            "local",
            new Provider("local", "", KeySource.NONE),
            "all-minilm-l6-v2-q",
            new Prompt(null, "{{text}}"))
        .withOperation(operation)
        .withOutput(output);
  }

  private static Output json(@Nullable String schema) {
    return new Output(OutputType.JSON, List.of(), schema, false);
  }

  private static Output labels(String... labels) {
    return new Output(OutputType.LABEL, List.of(labels), null, false);
  }

  private static Request build(ModelTask task, String text) {
    return new RequestBuilder(task).build(CanonicalJson.newObject().put("text", text));
  }

  private static JsonNode body(Request request) {
    return CanonicalJson.parseObject("body", request.body());
  }

  @Test
  void chat_writesTheBodyInAFixedOrder() {
    ModelTask task =
        chat()
            .withParameters(
                "{\"temperature\": 0.10, \"logit_bias\": {\"9\": 1, \"10\": 2}, \"max_tokens\": 20}");
    Request request = build(task, "It \"broke\" 😀");
    assertThat(
        request.body(),
        is(
            "{\"model\":\"gpt-4o-mini\",\"messages\":[{\"role\":\"system\",\"content\":\"Classify.\"},"
                + "{\"role\":\"user\",\"content\":\"It \\\"broke\\\" 😀\"}],"
                + "\"logit_bias\":{\"10\":2,\"9\":1},\"max_tokens\":20,\"temperature\":0.10}"));
    assertThat(request.maxOutputTokens(), is(20L));
  }

  @Test
  void fingerprint_isPinned() {
    // These values decide what old ledgers have paid for: a change here makes users pay again.
    assertThat(
        build(chat().withParameters("{\"max_tokens\":20}"), "Grüße 😀").fingerprint(),
        is("677768f9fd80481090b58d2e7549dc3856514a52e62e980bb3720a6645cc72c7"));
    assertThat(
        build(
                task("https://api.example.com/v1", new Prompt(null, "{{text}}"))
                    .withOperation(Operation.EMBED),
                "Grüße 😀")
            .fingerprint(),
        is("b1a7eb202599ecda8816df1f28f90d85268fb9697999ce15aeb8a1ca4c482741"));
    assertThat(
        build(local(Operation.CHAT, labels("a", "b")), "Grüße 😀").fingerprint(),
        is("475e4040073346c732c1987e34855a0ca1fa3c72bfed6446a7499bdba14e4b0e"));
  }

  @Test
  void fingerprint_ignoresOrderOfParametersAndTrailingSlash() {
    Prompt prompt = new Prompt(null, "{{text}}");
    Request one =
        build(task("http://h/v1", prompt).withParameters("{\"seed\": 1, \"top_p\": 0.5}"), "x");
    Request other =
        build(task("http://h/v1/", prompt).withParameters("{\"top_p\":0.5,\"seed\":1}"), "x");
    assertThat(other, is(one));
  }

  @Test
  void fingerprint_differsByWhatIsAskedAndWhere() {
    String base = build(chat(), "x").fingerprint();
    assertThat(build(chat(), "y").fingerprint(), not(base));
    assertThat(build(chat().withParameters("{\"seed\":1}"), "x").fingerprint(), not(base));
    assertThat(
        build(task("http://other/v1", new Prompt("Classify.", "{{text}}")), "x").fingerprint(),
        not(base));
    assertThat(
        build(task("https://api.example.com/v1", new Prompt(null, "{{text}}")), "x").fingerprint(),
        not(base));
  }

  @Test
  void fingerprint_isTheSameForAnotherTaskName_quotaOrLabelSet() {
    String base = build(chat(), "x").fingerprint();
    assertThat(build(chat().withOutput(labels("a", "b")), "x").fingerprint(), is(base));
    assertThat(build(chat().withOutput(json(null)), "x").fingerprint(), is(base));
  }

  @Test
  void schema_isInTheBodyInItsOrder_butNotInTheFingerprint() {
    Request plain = build(chat(), "x");
    Request structured = build(chat().withOutput(json(SCHEMA)), "x");
    assertThat(structured.fingerprint(), is(plain.fingerprint()));
    assertThat(
        structured.body(),
        containsString(
            "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":"
                + "{\"name\":\"ticket-topics\",\"strict\":true,\"schema\":"
                + SCHEMA
                + "}}"));
  }

  @Test
  void ownResponseFormat_winsAndIsPartOfTheFingerprint() {
    ModelTask own =
        chat()
            .withOutput(json(SCHEMA))
            .withParameters("{\"response_format\":{\"type\":\"json_object\"}}");
    Request request = build(own, "x");
    assertThat(body(request).path("response_format").path("type").asText(), is("json_object"));
    assertThat(request.fingerprint(), not(build(chat(), "x").fingerprint()));
  }

  @Test
  void embed_asksForOneInputWithoutOverhead() {
    ModelTask task =
        task("http://h/v1", new Prompt(null, "{{text}}"))
            .withOperation(Operation.EMBED)
            .withParameters("{\"dimensions\":256}");
    Request request = build(task, "hello world");
    assertThat(
        request.body(),
        is("{\"model\":\"gpt-4o-mini\",\"input\":\"hello world\",\"dimensions\":256}"));
    assertThat(request.inputTokens(), is(2L));
    assertThat(request.maxOutputTokens(), is(0L));
  }

  @Test
  void local_carriesItsLabels_whichDecideTheAnswer() {
    Request two = build(local(Operation.CHAT, labels("a", "b")), "x");
    Request three = build(local(Operation.CHAT, labels("a", "b", "c")), "x");
    assertThat(
        two.body(),
        is("{\"model\":\"all-minilm-l6-v2-q\",\"input\":\"x\",\"labels\":[\"a\",\"b\"]}"));
    assertThat(three.fingerprint(), not(two.fingerprint()));
    assertThat(two.maxOutputTokens(), is(0L));
    assertThat(
        build(local(Operation.EMBED, Output.TEXT), "x").body(),
        is("{\"model\":\"all-minilm-l6-v2-q\",\"input\":\"x\"}"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{} | 1024",
        "{\"max_tokens\":20} | 20",
        "{\"max_completion_tokens\":30} | 30",
        "{\"max_tokens\":20,\"max_completion_tokens\":30} | 30",
      })
  void maxOutputTokens_comesFromTheParameters(String parameters, long expected) {
    assertThat(build(chat().withParameters(parameters), "x").maxOutputTokens(), is(expected));
  }

  @Test
  void inputTokens_countMessagesAndOverhead() {
    long content = EncodedTokens.ofModel("gpt-4o-mini").count("Classify.") + 2;
    assertThat(build(chat(), "hello world").inputTokens(), is(content + 3 + 1 + 3 + 1 + 3));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "  \n\t ", "\u2003"})
  void blankPrompt_isABadPrompt(String text) {
    assertThrows(PromptException.class, () -> build(chat(), text));
    assertThrows(PromptException.class, () -> build(local(Operation.EMBED, Output.TEXT), text));
  }

  @Test
  void missingField_isABadPrompt() {
    RequestBuilder builder = new RequestBuilder(chat());
    assertThrows(PromptException.class, () -> builder.build(CanonicalJson.newObject()));
  }

  @Test
  void hugeAndSpecialTexts_passUnchanged() {
    String text = "<|endoftext|>" + "漢😀".repeat(500_000) + "\u0000\u2028";
    Request request = build(chat(), text);
    assertThat(
        body(request).path("messages").path(1).path("content").asText().equals(text), is(true));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"model\":\"x\"}",
        "{\"messages\":[]}",
        "{\"stream\":false}",
        "{\"n\":2}",
        "{\"max_tokens\":0}",
        "{\"max_tokens\":\"20\"}",
        "{\"max_completion_tokens\":1.5}",
        "[]",
        "{",
        "{} {}",
        "{\"seed\":1,\"seed\":2}",
        "",
      })
  void validate_namesBadParameters(String parameters) {
    List<String> problems = RequestBuilder.validate(chat().withParameters(parameters));
    assertThat(problems, hasSize(1));
    assertThat(problems.get(0), containsString("parameters"));
    assertThrows(
        IllegalArgumentException.class,
        () -> new RequestBuilder(chat().withParameters(parameters)));
  }

  @Test
  void validate_reportsEverythingAtOnce() {
    ModelTask task =
        task("http://h/v1", new Prompt("{{#a}}", "{{b"))
            .withParameters("{\"model\":\"x\",\"stream\":true}");
    assertThat(RequestBuilder.validate(task), hasSize(4));
    assertThat(RequestBuilder.validate(chat()), is(empty()));
  }

  @Test
  void validate_saysWhatTheLocalModelCannotDo() {
    assertThat(
        RequestBuilder.validate(local(Operation.CHAT, Output.TEXT)),
        contains(containsString("it writes no text")));
    assertThat(
        RequestBuilder.validate(
            local(Operation.EMBED, Output.TEXT).withParameters("{\"dimensions\":3}")),
        contains(containsString("parameters must be left out")));
    assertThat(
        RequestBuilder.validate(chat().withOperation(Operation.EMBED).withOutput(json(null))),
        hasItem(containsString("output.type")));
    assertThat(RequestBuilder.validate(local(Operation.EMBED, Output.TEXT)), is(empty()));
    assertThat(RequestBuilder.validate(local(Operation.CHAT, labels("a"))), is(empty()));
  }

  @Test
  void anthropic_writesTheSystemPromptApart_forTheCache() {
    Request request =
        build(anthropic("Classify.").withParameters("{\"top_k\":1,\"max_tokens\":20}"), "x");
    assertThat(
        request.body(),
        is(
            "{\"model\":\"claude-haiku-4-5\",\"system\":[{\"type\":\"text\",\"text\":\"Classify.\","
                + "\"cache_control\":{\"type\":\"ephemeral\"}}],"
                + "\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],"
                + "\"max_tokens\":20,\"top_k\":1}"));
    assertThat(request.maxOutputTokens(), is(20L));
  }

  @Test
  void anthropic_isSentTheLimitThatIsAssumed() {
    Request request = build(anthropic(null), "x");
    assertThat(
        request.body(),
        is(
            "{\"model\":\"claude-haiku-4-5\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],"
                + "\"max_tokens\":1024}"));
    assertThat(request.maxOutputTokens(), is(1024L));
  }

  @Test
  void anthropic_fingerprintIsPinned() {
    // As for the other kinds: a change here makes users pay again.
    assertThat(
        build(anthropic("Classify."), "Grüße 😀").fingerprint(),
        is("aee9a135775726eaccf06706a01764d5fdb110e928750fdefb254e34b8d9732e"));
  }

  @Test
  void anthropicSchema_isInTheBodyClosed_butNotInTheFingerprint() {
    Request plain = build(anthropic("Classify."), "x");
    Request structured = build(anthropic("Classify.").withOutput(json(SCHEMA)), "x");
    assertThat(structured.fingerprint(), is(plain.fingerprint()));
    assertThat(
        structured.body(),
        containsString(
            "\"output_config\":{\"format\":{\"type\":\"json_schema\",\"schema\":" + SCHEMA + "}}"));
  }

  @Test
  void anthropicSchema_joinsTheTasksOwnOutputConfig_inEveryRequestAlike() {
    RequestBuilder builder =
        new RequestBuilder(
            anthropic(null)
                .withOutput(json(SCHEMA))
                .withParameters("{\"output_config\":{\"effort\":\"low\"}}"));
    Request first = builder.build(CanonicalJson.newObject().put("text", "x"));
    JsonNode config = body(first).path("output_config");
    assertThat(config.path("effort").asText(), is("low"));
    assertThat(config.path("format").path("type").asText(), is("json_schema"));
    assertThat(builder.build(CanonicalJson.newObject().put("text", "x")), is(first));
  }

  @Test
  void anthropicFormat_ofTheParametersWins() {
    ModelTask own =
        anthropic(null)
            .withOutput(json(SCHEMA))
            .withParameters("{\"output_config\":{\"format\":{\"type\":\"own\"}}}");
    assertThat(
        body(build(own, "x")).path("output_config").path("format").path("type").asText(),
        is("own"));
  }

  @Test
  void validate_saysWhatAnthropicCannotDo() {
    assertThat(
        RequestBuilder.validate(anthropic(null).withOperation(Operation.EMBED)),
        contains(containsString("has no embeddings")));
    for (String name :
        List.of(
            "model", "messages", "system", "stream", "max_completion_tokens", "cache_control")) {
      assertThat(
          RequestBuilder.validate(anthropic(null).withParameters("{\"" + name + "\":1}")),
          contains(containsString("parameters." + name + " must be left out")));
    }
    assertThat(
        RequestBuilder.validate(anthropic(null).withParameters("{\"max_tokens\":0}")),
        contains(containsString("parameters.max_tokens")));
    assertThat(
        RequestBuilder.validate(anthropic(null).withParameters("{\"output_config\":1}")),
        contains(containsString("parameters.output_config")));
    assertThat(RequestBuilder.validate(anthropic("Classify.")), is(empty()));
  }

  @Test
  void headersAndQuery_areNotInTheFingerprint() {
    Provider more =
        new Provider(
            "anthropic",
            "https://api.example.com",
            KeySource.NONE,
            "Authorization",
            Map.of("anthropic-beta", "a"),
            Map.of("q", "1"));
    ModelTask plain = anthropic(null);
    ModelTask task = ModelTask.of(plain.name(), more, plain.model(), plain.prompt());
    assertThat(build(task, "x"), is(build(plain, "x")));
  }
}
