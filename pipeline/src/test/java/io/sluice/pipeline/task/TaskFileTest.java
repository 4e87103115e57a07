package io.sluice.pipeline.task;

import static io.sluice.pipeline.task.TaskTexts.GOOD;
import static io.sluice.pipeline.task.TaskTexts.parse;
import static io.sluice.pipeline.task.TaskTexts.problems;
import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sluice.ModelTask.KeyQuota;
import io.sluice.ModelTask.KeySource;
import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.OutputType;
import io.sluice.ModelTask.Prompt;
import io.sluice.ModelTask.Provider;
import io.sluice.pipeline.input.DocumentFields;
import io.sluice.pipeline.table.TableTask;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TaskFileTest {
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

  /** Written out they would be a thousand million digits. */
  @Test
  void numbersThatCannotBeWrittenOut() {
    String task = "name: a\nmodel: m\nprompt: {user: \"{{t}}\"}\n";
    assertThat(
        TaskTexts.problems(task + "parameters: {max_tokens: 9223372036854775807}\n"),
        containsString("max_tokens must be a whole number"));
    for (String number : List.of("1e999999999", "1e-999999999", "1" + "0".repeat(1_010))) {
      assertThat(
          TaskTexts.problems(task + "budget: {usd: " + number + "}\n"),
          containsString("budget.usd: expected"));
      assertThat(
          TaskTexts.problems(task + "output: {type: json, schema: {enum: [" + number + "]}}\n"),
          containsString("expected a decimal number"));
      assertThat(
          TaskTexts.problems(task + "parameters: {temperature: " + number + "}\n"),
          containsString("expected a decimal number"));
    }
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
  void noDeadLetterAtAll_isARate() throws TaskFileException {
    assertThat(parse(GOOD.replace("maxRate: 0.05", "maxRate: 0")).maxFailureRate(), is(0.0));
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
          maxRate: 0.05|maxRate: 5%|maxRate: expected a share from 0 to 1, such as 0.95 for 95%, got "5%"
          failure: {maxRate: 0.05}|cascade: {agreement: 95%}|cascade.agreement: expected a share from 0 to 1
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
}
