package io.sluice.pipeline.task;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sluice.ModelTask.Delivery;
import io.sluice.ModelTask.KeyQuota;
import io.sluice.ModelTask.KeySource;
import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.OutputType;
import io.sluice.ModelTask.Prompt;
import io.sluice.ModelTask.Provider;
import io.sluice.ModelTask.Stragglers;
import io.sluice.Service;
import io.sluice.Tier;
import io.sluice.cost.Price;
import io.sluice.pipeline.input.DocumentFields;
import io.sluice.pipeline.table.TableTask;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TaskFileTest {
  private static final Map<String, String> ENV = Map.of("MODEL", "gpt-4o");
  private static final String GOOD =
      """
      name: ticket-topics
      provider:
        kind: openai
        baseUrl: https://api.openai.com/v1/
        apiKeyEnv: OPENAI_API_KEY
        mode: realtime
        deadline: 24h
      model: ${MODEL}
      operation: chat
      prompt:
        system: "Classify the ticket."
        user: "{{text}}"
      parameters: {max_tokens: 20, temperature: 0.5, stop: ["\\n"], logprobs: false}
      output:
        type: label
        labels: [billing, bug, praise]
      document: {id: ticket, text: body, key: tenant}
      quota:
        requestsPerMinute: 500
        tokensPerMinute: 150000
        maxConcurrent: 40
        burst: 1500ms
        keys: {acme: {requestsPerMinute: 60, apiKeyEnv: ACME_KEY}}
      chunk: {documents: 10, maxDelay: 2s}
      retry: {maxAttempts: 3, timeout: 1m, outage: 2h}
      budget: {usd: 5.00}
      failure: {maxRate: 0.05}
      """;

  private static JobTask parse(String yaml) throws TaskFileException {
    return TaskFile.parse("task.yaml", yaml, ENV::get);
  }

  private static String problems(String yaml) {
    return String.valueOf(assertThrows(TaskFileException.class, () -> parse(yaml)).getMessage());
  }

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

  @Test
  void everyFieldIsRead() throws TaskFileException {
    JobTask job = parse(GOOD);
    assertThat(job.task().name(), is("ticket-topics"));
    assertThat(
        job.task().provider(),
        is(
            new Provider(
                "openai", "https://api.openai.com/v1", new KeySource("OPENAI_API_KEY", null))));
    assertThat(job.task().model(), is("gpt-4o"));
    assertThat(job.task().operation(), is(Operation.CHAT));
    assertThat(job.task().prompt(), is(new Prompt("Classify the ticket.", "{{text}}")));
    assertThat(
        job.task().parameters(),
        is("{\"max_tokens\":20,\"temperature\":0.5,\"stop\":[\"\\n\"],\"logprobs\":false}"));
    assertThat(job.task().output().type(), is(OutputType.LABEL));
    assertThat(job.task().output().labels(), is(List.of("billing", "bug", "praise")));
    assertThat(job.fields(), is(new DocumentFields("ticket", "body", "tenant")));
    assertThat(job.task().quota().burst(), is(Duration.ofMillis(1500)));
    assertThat(
        job.task().quota().forKey("acme"),
        is(new KeyQuota(60, 150_000, 40, new KeySource("ACME_KEY", null))));
    assertThat(
        job.task().quota().forKey("other"), is(new KeyQuota(500, 150_000, 40, KeySource.NONE)));
    assertThat(job.task().chunk().documents(), is(10));
    assertThat(job.task().retry().timeout(), is(Duration.ofMinutes(1)));
    assertThat(job.task().retry().outage(), is(Duration.ofHours(2)));
    assertThat(job.caps(), is(new Caps(new BigDecimal("5.00"), Map.of())));
    assertThat(job.maxFailureRate(), is(0.05));
  }

  @Test
  void budgetsOfKeys() throws TaskFileException {
    String task =
        "name: a\nmodel: m\nprompt: {user: \"{{t}}\"}\nquota: {keys: {acme: {budgetUsd: %s}}}\n";
    assertThat(
        parse(String.format(task, "0.5")).caps(),
        is(new Caps(null, Map.of("acme", new BigDecimal("0.5")))));
    TaskFileException refused =
        assertThrows(TaskFileException.class, () -> parse(String.format(task, "0")));
    assertThat(refused.getMessage(), containsString("quota.keys.acme.budgetUsd"));
  }

  @Test
  void defaults() throws TaskFileException {
    JobTask job = parse("name: a\nmodel: m\nprompt: {user: \"{{text}}\"}\n");
    assertThat(job.task().provider().key(), is(new KeySource("OPENAI_API_KEY", null)));
    assertThat(job.task().quota().forKey(""), is(new KeyQuota(500, 150_000, 50, KeySource.NONE)));
    assertThat(job.task().retry().maxAttempts(), is(5));
    assertThat(job.task().retry().outage(), is(Duration.ofMinutes(10)));
    assertThat(job.maxFailureRate(), is(1.0));
    JobTask other =
        parse("name: a\nprovider: {baseUrl: \"http://h/v1\"}\nmodel: m\nprompt: {user: x}\n");
    assertThat(other.task().provider().key(), is(KeySource.NONE));
    JobTask local = parse("name: a\nprovider: {kind: local}\noperation: embed\n");
    assertThat(local.task().prompt().user(), is("{{text}}"));
  }

  /** In braces a plain brace is YAML's own. */
  @Test
  void variablesAreReplacedInBracesToo() throws TaskFileException {
    Map<String, String> env = Map.of("RPM", "60", "MODEL", "m-1", "LABEL", "bug", "HOST", "h");
    JobTask job =
        TaskFile.parse(
            "task.yaml",
            """
            name: a
            provider: {baseUrl: http://${HOST}/v1, query: {v: ${RPM}-${MODEL}}}
            model: ${MODEL}
            prompt: {user: "{{text}} costs ${RPM}"}
            output: {type: label, labels: [${LABEL}, "${MODEL}", other]}
            quota: {requestsPerMinute: ${RPM}, keys: {acme: {tokensPerMinute: ${RPM}}}}
            """,
            env::get);
    assertThat(job.task().quota().requestsPerMinute(), is(60L));
    assertThat(job.task().quota().forKey("acme").tokensPerMinute(), is(60L));
    assertThat(job.task().provider().baseUrl(), is("http://h/v1"));
    assertThat(job.task().provider().query(), is(Map.of("v", "60-m-1")));
    assertThat(job.task().output().labels(), is(List.of("bug", "m-1", "other")));
    assertThat(job.task().prompt().user(), is("{{text}} costs 60"));
  }

  @Test
  void aVariableThatIsNotSet_isNamedInBracesToo_withItsLine() {
    assertThat(
        problems("name: a\nmodel: m\nprompt: {user: x}\nquota: {requestsPerMinute: ${NO_SUCH}}\n"),
        containsString("task.yaml:4: quota.requestsPerMinute: the environment variable NO_SUCH"));
  }

  @Test
  void whatIsNoYaml_isToldInItsOwnWords() {
    assertThat(problems("name: {a: ${NAME}\nmodel: m\n"), not(containsString("\uE000")));
  }

  @Test
  void allProblemsAtOnce_inTheOrderOfLines() {
    assertThat(
        problems(
            """
            name: Ticket Topics
            model: ${NO_SUCH}
            promt: {user: x}
            quota:
              requestsPerMinute: fast
              requestsPerMinut: 3
            chunk: {maxDelay: 2}
            """),
        is(
            """
            task.yaml:1: name: expected lower-case letters, digits and dashes, got "Ticket Topics"
            task.yaml:1: prompt.user: is missing; expected a template such as "{{text}}"
            task.yaml:2: model: the environment variable NO_SUCH is not set
            task.yaml:3: promt: is not a field of a task; did you mean prompt?
            task.yaml:5: quota.requestsPerMinute: expected a whole number from 1, got "fast"
            task.yaml:6: quota.requestsPerMinut: is not a field of quota; did you mean requestsPerMinute?
            task.yaml:7: chunk.maxDelay: expected a time with its unit, such as 500ms, 30s, 5m or 24h, got "2\"\
            """));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      textBlock =
          """
          type: label|type: text|task.yaml:16: output.labels: belongs to type: label
          labels: [billing, bug, praise]|labels: [bug, Bug ]|output.labels must differ by more than case: 'bug' and 'Bug'
          type: label|type: labels|expected one of text, json, label, got "labels"
          apiKeyEnv: OPENAI_API_KEY|apiKeyFile: a\\n  apiKeyEnv: B|contradicts apiKeyEnv
          burst: 1500ms|burst: 0s|quota.burst: expected a time
          maxRate: 0.05|maxRate: 5|expected a share from 0 to 1
          maxAttempts: 3|maxAttempts: 0|expected a whole number from 1
          {max_tokens: 20|{messages: 20|task.yaml:13: parameters.messages must be left out
          "{{text}}"|"{{#text}}"|task.yaml:12: Cannot use the template of prompt.user
          mode: realtime|mode: sometimes|expected one of realtime, batch, auto
          baseUrl: https|baseUrl: ftp|provider.baseUrl: expected http
          model: ${MODEL}|model: m\\nmodel: n|model: is set twice, first on line 8
          """)
  void problem(String part, String broken, String expected) {
    assertThat(problems(GOOD.replace(part, broken.replace("\\n", "\n"))), containsString(expected));
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

  @Test
  void schema_belongsToJson_andMustBeOne() {
    String yaml = "name: a\nmodel: m\nprompt: {user: x}\noutput: {type: json, schema: %s}\n";
    assertThat(problems(yaml.formatted("{type: strnig}")), containsString("output.schema"));
    assertThat(problems(yaml.formatted("3")), containsString("output.schema"));
    assertThat(
        problems(yaml.formatted("{type: object}").replace("json", "text")),
        containsString("belongs to type: json"));
  }

  @Test
  void columns_areReadByName_andBelongToASchema() throws TaskFileException {
    String yaml = "name: a\nmodel: m\nprompt: {user: x}\noutput: {type: json, %s}\n";
    JobTask job = parse(yaml.formatted("includeDocument: [b, a.c, 2024]"));
    assertThat(job.table().document(), is(List.of("b", "a.c", "2024")));
    assertThat(job.task().output().includeDocument(), is(true));
    assertThat(parse(yaml.formatted("includeDocument: true")).table(), is(TableTask.PLAIN));
    String schema = "schema: {type: object, properties: {a: %s}, required: [a]}, columns: %s";
    assertThat(
        parse(yaml.formatted(schema.formatted("{type: string}", "json"))).table().answer(),
        is(TableTask.Answers.JSON));
    assertThat(
        problems(yaml.formatted(schema.formatted("{type: [string, integer]}", "typed"))),
        containsString("4: output.columns: output.a may be integer or string"));
    assertThat(
        problems(yaml.formatted("columns: json")), containsString("belongs to type: json with"));
    assertThat(
        problems(yaml.formatted("columns: wide")), containsString("expected one of typed, json"));
  }

  @Test
  void price_isReadExactly() throws TaskFileException {
    JobTask job =
        parse(
            GOOD
                + "price: {input: 0.15, cachedInput: 0.075, output: 0.60, batchInput: 0.075,"
                + " batchOutput: 0.3}\n");
    assertThat(
        job.price(),
        is(
            new Price(
                new BigDecimal("0.15"),
                new BigDecimal("0.075"),
                new BigDecimal("0.6"),
                new BigDecimal("0.075"),
                new BigDecimal("0.3"),
                null,
                null)));
    assertThat(parse(GOOD).price() == null, is(true));
    assertThat(parse(GOOD + "price: {input: 0, output: 0}\n").price(), is(Price.FREE));
  }

  @Test
  void price_mistakes_areAllReportedWithTheirLines() {
    String message =
        String.valueOf(
            assertThrows(
                    TaskFileException.class,
                    () ->
                        parse(
                            GOOD
                                + "price:\n  input: 1e9\n  output: -1\n  cached: 1\n"
                                + "  batchInput: 1\n"))
                .getMessage());
    int line = (int) GOOD.lines().count() + 1;
    assertThat(
        message.lines().toList(),
        is(
            List.of(
                "task.yaml:"
                    + line
                    + ": price.batchOutput: is missing; expected both batch prices or neither",
                "task.yaml:"
                    + (line + 1)
                    + ": price.input: expected USD as a plain decimal from 0, such as 0.15, got"
                    + " \"1e9\"",
                "task.yaml:"
                    + (line + 2)
                    + ": price.output: expected USD as a plain decimal from 0, such as 0.15, got"
                    + " \"-1\"",
                "task.yaml:"
                    + (line + 3)
                    + ": price.cached: is not a field of price; known are input, cachedInput,"
                    + " cacheWrite, output, batchInput, batchOutput, flexInput,"
                    + " flexOutput, priorityInput, priorityOutput, longCacheWrite")));
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

  private static final String SHORT = "name: a\nmodel: m\nprompt: {user: \"{{text}}\"}\n";

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

  @Test
  void pricesOfTiers_areRead_bothOrNeither() throws TaskFileException {
    JobTask job = parse(SHORT + "price: {input: 2, output: 4, flexInput: 1, flexOutput: 2}\n");
    Price price = Objects.requireNonNull(job.price());
    assertThat(price.at(Tier.FLEX).orElseThrow().outputPerMtok(), is(new BigDecimal(2)));
    assertThat(
        problems(SHORT + "price: {input: 2, output: 4, flexInput: 1}\n"),
        containsString("price.flexOutput: is missing; expected both flex prices or neither"));
  }
}
