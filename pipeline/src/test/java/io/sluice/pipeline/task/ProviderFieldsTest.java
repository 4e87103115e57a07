package io.sluice.pipeline.task;

import static io.sluice.pipeline.task.TaskTexts.GOOD;
import static io.sluice.pipeline.task.TaskTexts.SHORT;
import static io.sluice.pipeline.task.TaskTexts.parse;
import static io.sluice.pipeline.task.TaskTexts.problems;
import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sluice.ModelTask.Delivery;
import io.sluice.ModelTask.KeySource;
import io.sluice.ModelTask.Provider;
import io.sluice.ModelTask.Stragglers;
import io.sluice.Service;
import io.sluice.Tier;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a task file says of its provider: kind, address, keys, delivery, tier. */
class ProviderFieldsTest {
  private static final String VERTEX =
      """
      name: t
      provider: {kind: KIND, mode: batch, vertex: {project: acme, location: europe-west1}}
      model: gemini-2.5-flash
      prompt: {user: "{{text}}"}
      batch: {gcsUri: "gs://pail/x"}
      """;

  @Test
  void fieldsOfOneKind_areItsSettings_andItsAddress() throws TaskFileException {
    Provider provider = parse(VERTEX.replace("KIND", "gemini")).task().provider();
    assertThat(
        provider.baseUrl(),
        is(
            "https://europe-west1-aiplatform.googleapis.com/v1/projects/acme/locations/europe-west1"));
    assertThat("no key is looked for", provider.key(), is(KeySource.NONE));
    assertThat(provider.authHeader(), is("Authorization"));
    assertThat(provider.settings().get("batch.gcsUri"), is("gs://pail/x"));
  }

  @Test
  void fieldsOfOneKind_areMistakesInAnother_orWhereOneIsMissing() {
    String other = problems(VERTEX.replace("KIND", "openai"));
    assertThat(
        other,
        containsString("task.yaml:2: provider.vertex.project: belongs to provider.kind gemini"));
    assertThat(other, containsString("task.yaml:5: batch.gcsUri: belongs to provider.kind gemini"));
    String gemini = VERTEX.replace("KIND", "gemini");
    assertThat(
        problems(gemini.replace("project: acme, ", "")),
        containsString("provider.vertex.project: is missing"));
    assertThat(
        problems(gemini.replace("gs://pail/x", "pail")),
        containsString("task.yaml:5: batch.gcsUri: expected gs://BUCKET/PATH"));
    assertThat(
        problems(gemini.replace("project: acme", "project: acme, region: x")),
        containsString("provider.vertex.region: is not a field of provider.vertex"));
  }

  private static Provider provider(String yaml) throws TaskFileException {
    return parse("name: a\nmodel: m\nprompt: {user: x}\nprovider: " + yaml + "\n")
        .task()
        .provider();
  }

  @Test
  void anthropic_hasItsOwnDefaults() throws TaskFileException {
    assertThat(
        provider("{kind: anthropic}"),
        is(
            new Provider(
                "anthropic",
                "https://api.anthropic.com",
                new KeySource("ANTHROPIC_API_KEY", null),
                "x-api-key",
                Map.of(),
                Map.of())));
    assertThat(
        provider("{kind: anthropic, baseUrl: \"http://h/\"}"),
        is(new Provider("anthropic", "http://h", KeySource.NONE)));
  }

  @Test
  void headersAndQuery_areReadAsText() throws TaskFileException {
    assertThat(
        provider(
            "{baseUrl: \"https://r/openai/deployments/D\", apiKeyEnv: K, authHeader: api-key,"
                + " headers: {X-Title: \"${MODEL}\", X-Number: 1},"
                + " query: {api-version: 2024-10-21}}"),
        is(
            new Provider(
                "openai",
                "https://r/openai/deployments/D",
                new KeySource("K", null),
                "api-key",
                Map.of("X-Title", "gpt-4o", "X-Number", "1"),
                Map.of("api-version", "2024-10-21"))));
  }

  @Test
  void delivery() throws TaskFileException {
    String head = "name: a\nmodel: m\nprompt: {user: x}\nprovider: ";
    assertThat(parse(head + "{}\n").task().delivery(), is(Delivery.REALTIME));
    assertThat(parse(head + "{mode: batch}\n").task().delivery(), is(Delivery.BATCH));

    JobTask auto =
        parse(
            head
                + "{mode: auto, deadline: 6h}\n"
                + "batch: {poll: 5s, requests: 10, enqueuedTokens: 90, stragglers: realtime}\n");

    assertThat(auto.autoDeadline(), is(Duration.ofHours(6)));
    assertThat(
        auto.task().delivery(),
        is(new Delivery(true, Duration.ofSeconds(5), 10, 90, Stragglers.REALTIME, 0, null)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      textBlock =
          """
          kind: local, mode: batch|provider.mode: the local provider has no batches
          kind: anthropic, baseUrl: "http://h/v1"|task.yaml:5: provider.baseUrl: expected the URL before /v1/messages
          baseUrl: "http://h/v1/chat/completions"|provider.baseUrl: expected the URL before /chat/completions
          baseUrl: "http://h/v1?api-version=1"|provider.baseUrl: expected no query
          authHeader: "a b"|provider.authHeader: expected a header's name
          authHeader: Host|provider.authHeader: expected a header's name
          authHeader: sk-1|provider.authHeader: expected a header's name, never the key
          headers: {Authorization: x}|provider.headers.Authorization: a key is never part of the task
          headers: {x-api-key: x}|provider.headers.x-api-key: a key is never part of the task
          authHeader: X-Own, headers: {x-own: x}|provider.headers.x-own: a key is never part of the task
          headers: {X-A: sk-1}|provider.headers.X-A: a key is never part of the task
          headers: {content-type: x}|provider.headers.content-type: is set by the connection
          headers: {"a b": x}|provider.headers.a b: expected a header's name and its value
          headers: {X-A: "x\\ny"}|provider.headers.X-A: expected a header's name and its value
          headers: {X-A: }|provider.headers.X-A: expected a value
          headers: {X-A: [1]}|provider.headers.X-A: expected one value
          headers: 3|provider.headers: expected fields below it
          query: {api-key: x}|provider.query.api-key: a key is never part of the task
          baseUrl: "https://me:hush@h/v1"|provider.baseUrl: expected no user or password before the host
          baseUrl: "https://hush@h:8443/v1?x=y"|provider.baseUrl: expected no user or password
          baseUrl: "http://localhost:8080:sk-1/v1"|provider.baseUrl: expected a host and at most a port
          baseUrl: "http://h:sk-1/v1"|provider.baseUrl: expected a host and at most a port
          baseUrl: "http://[::1/v1"|provider.baseUrl: expected a host and at most a port
          baseUrl: "http://h%zz/v1"|provider.baseUrl: expected a host and at most a port
          headers: {Ocp-Apim-Subscription-Key: x}|a key is never part of the task
          headers: {X-Auth: x}|a key is never part of the task
          headers: {X-Session-Id: x}|a key is never part of the task
          headers: {X-A: "Bearer x"}|provider.headers.X-A: a key is never part of the task
          headers: {X-A: "eyJhbGciOi.eyJz.x"}|provider.headers.X-A: a key is never part of the task
          query: {access_key: x}|a key is never part of the task
          query: {X-Amz-Signature: x}|a key is never part of the task
          query: {v: "${NO_SUCH}"}|provider.query.v: the environment variable NO_SUCH is not set
          kind: anthropc|expected one of openai, anthropic, local
          kind: anthropc|got "anthropc"; did you mean anthropic?
          kind: OpenAI|got "OpenAI"; did you mean openai?
          kind: frobnicate|expected one of openai, anthropic, local, gemini, mistral, bedrock, got "frobnicate"
          kind: local, query: {a: b}|provider.query: the local provider is in this process
          kind: local, authHeader: x|provider.authHeader: the local provider is in this process
          """)
  void providerProblem(String fields, String expected) {
    String yaml = "name: a\nmodel: m\nprompt: {user: x}\nprovider:\n  {" + fields + "}\n";
    assertThat(problems(yaml), containsString(expected));
    assertThat(problems(yaml), containsString("task.yaml:5: provider."));
  }

  @Test
  void anthropic_cannotEmbed() {
    assertThat(
        problems("name: a\nmodel: m\nprovider: {kind: anthropic}\noperation: embed\n"),
        containsString("task.yaml:4: operation embed cannot be used with provider.kind anthropic"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "OPENAI_API_KEY",
        "MY_KEY_2_OF_3_FOR_2026_V2",
        "OpenAiProductionKey2024",
        "azure_openai_key_eu_west_1",
        "_K",
        "HF_TOKEN"
      })
  void namesOfVariables_areNoKeys(String name) throws TaskFileException {
    assertThat(parse(GOOD.replace("OPENAI_API_KEY", name)).task().provider().key().env(), is(name));
  }

  @Test
  void aPasswordInAUrl_isNotRepeated() {
    String yaml = "name: a\nmodel: m\nprompt: {user: x}\nprovider: {baseUrl: \"%s\"}\n";
    for (String url :
        Set.of(
            "https://me:hush@h/v1", "htps://me:hush@h", "me:hush@h/v1", "http://h/v1?key=hush")) {
      assertThat(problems(yaml.formatted(url)), not(containsString("hush")));
    }
  }

  @Test
  void keys_areNeverEchoed() {
    for (String secret :
        Set.of(
            "sk-abcdef0123",
            "${SECRET}",
            "abc-def ghi",
            "gsk_abcdef",
            "AIzaSyD_abc",
            "abc1d2e3f4a5b6c7d8e9f0a1b2c3d4e5")) {
      String message = problems(GOOD.replace("OPENAI_API_KEY", "\"" + secret + "\""));
      assertThat(message, containsString("provider.apiKeyEnv"));
      assertThat(message, not(containsString("abc")));
    }
  }

  /** Whatever the place, and whatever is wrong there. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "name: %s",
        "name: a\nprovider: {kind: %s}",
        "name: a\nprovider: {baseUrl: \"https://%s\"}",
        "name: a\nprovider: {baseUrl: \"ftp://h/%s/v1\"}",
        "name: a\nprovider: {headers: {\"%s:\": x}}",
        "name: a\nprovider: {query: {%s: [1]}}",
        "name: a\nprovider: {%s: x}",
        "name: a\n%s: x",
        "name: a\noperation: %s",
        "name: a\nquota: {requestsPerMinute: %s}",
        "name: a\nretry: {timeout: %s}",
        "name: a\nmodel: [%s]\noutput: {type: label, labels: [%s, %s]}",
        "name: a\nprompt: {user: \"{{%s\"}",
        "name: a\nprompt: {user: \"${%s}\"}",
        "name: a\nprice: {inputPerMillion: %s}",
        "%s"
      })
  void aKeyInAWrongPlace_isNotRepeated(String yaml) {
    for (String key :
        List.of(
            "sk-proj-Abcdefghijklmnop",
            "AKIAIOSFODNN7EXAMPLE",
            "eyJhbGciOiJIUzI1NiJ9AbCdEf",
            "q9f3Zk2Lw8Pt4Rs6Yv1Nb7Xc")) {
      assertThat(problems(yaml.replace("%s", key)), not(containsString(key)));
    }
  }

  @Test
  void aKeyMayBeASecret() throws TaskFileException {
    String name = "projects/acme/secrets/openai/versions/latest";
    JobTask job =
        TaskFile.parse("t", SECRET_TASK.formatted("apiKeySecret: " + name), variable -> null);
    assertThat(job.task().provider().key(), is(KeySource.ofSecret(name)));
    for (String wrong :
        List.of(
            "apiKeySecret: openai",
            "apiKeySecret: projects/acme/secrets/openai",
            "apiKeySecret: sk-something",
            "apiKeyEnv: KEY, apiKeySecret: " + name)) {
      TaskFileException e =
          assertThrows(
              TaskFileException.class,
              () -> TaskFile.parse("t", SECRET_TASK.formatted(wrong), variable -> null));
      assertThat(e.getMessage(), containsString("provider.apiKeySecret: "));
      assertThat(e.getMessage(), not(containsString("sk-something")));
    }
  }

  private static final String SECRET_TASK =
      "name: a\nprovider: {%s}\nmodel: gpt-4o-mini\nprompt: {user: x}\n";

  private static final String BEDROCK =
      """
      name: t
      provider: {kind: bedrock, region: eu-central-1}
      model: us.anthropic.claude-haiku-4-5-20251001-v1:0
      prompt: {user: "{{text}}"}
      quota: {outputWeight: 15}
      """;

  @Test
  void fieldsOfOneKind_areItsSettings_andOthersHaveThemNot() throws TaskFileException {
    Provider provider = parse(BEDROCK).task().provider();
    assertThat(provider.baseUrl(), is("https://bedrock-runtime.eu-central-1.amazonaws.com"));
    assertThat(
        provider.settings(),
        is(Map.of("provider.region", "eu-central-1", "quota.outputWeight", "15")));
    assertThat(
        problems(BEDROCK.replace("eu-central-1", "Frankfurt")),
        containsString("task.yaml:2: provider.region: expected a region, such as us-east-1"));
    assertThat(
        problems(BEDROCK.replace("kind: bedrock", "kind: openai")),
        containsString("provider.region: belongs to provider.kind bedrock"));
    assertThat(
        problems(BEDROCK.replace("15", "none")),
        containsString("task.yaml:5: quota.outputWeight: expected how often"));
  }

  @Test
  void tier_isRead_andFlexHasTime() throws TaskFileException {
    JobTask flex =
        parse(SHORT + "provider: {tier: flex, tierFallback: standard, api: responses}\n");
    assertThat(flex.task().provider().service(), is(new Service("responses", Tier.FLEX, true)));
    assertThat(flex.task().retry().timeout(), is(Duration.ofMinutes(15)));
    JobTask own = parse(SHORT + "provider: {tier: flex}\nretry: {timeout: 90s}\n");
    assertThat(own.task().retry().timeout(), is(Duration.ofSeconds(90)));
    assertThat(own.task().provider().service().fallsBack(), is(false));
    JobTask priority = parse(SHORT + "provider: {tier: priority}\n");
    assertThat(priority.task().retry().timeout(), is(Duration.ofSeconds(60)));
  }

  @Test
  void tierThatAProviderHasNot_isRefused_sayingWhatWorks() {
    assertThat(
        problems(SHORT + "provider: {kind: anthropic, tier: flex}\n"),
        containsString(
            "provider.tier: flex is not offered by kind anthropic: leave it out, or set"
                + " provider.mode: batch for half the price"));
    assertThat(
        problems(SHORT + "provider: {tier: flex}\noperation: embed\n"),
        containsString("not offered for embeddings"));
    assertThat(
        problems(SHORT + "provider: {tier: flex}\nparameters: {service_tier: flex}\n"),
        containsString("parameters.service_tier contradicts provider.tier"));
    assertThat(
        problems(SHORT + "provider: {tierFallback: standard}\n"), containsString("tierFallback"));
  }
}
