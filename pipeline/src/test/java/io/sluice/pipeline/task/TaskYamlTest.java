package io.sluice.pipeline.task;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThan;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What YAML leaves to its version, and what hostile files do. */
class TaskYamlTest {
  private static final String BASE = "name: a\nmodel: m\nprompt: {user: \"Größe 🙋 {{text}}\"}\n";

  private static final String MARKS = "{}[]:,&*!|>'\"#%@`\n\t <-";

  private static JobTask parse(String more) throws TaskFileException {
    return parse((BASE + more).getBytes(StandardCharsets.UTF_8));
  }

  private static JobTask parse(byte[] yaml) throws TaskFileException {
    return TaskFile.parse("task.yaml", yaml, name -> null);
  }

  private static String problem(String more) {
    return String.valueOf(assertThrows(TaskFileException.class, () -> parse(more)).getMessage());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "yes|\"yes\"",
        "no|\"no\"",
        "on|\"on\"",
        "Off|\"Off\"",
        "y|\"y\"",
        "true|true",
        "FALSE|false",
        "\"true\"|\"true\"",
        "1e-1|0.1",
        "010|10",
        "0o10|8",
        "0x1F|31",
        "1:30|\"1:30\"",
        "~|null",
        "2026-11-03|\"2026-11-03\"",
        "123456789012345678901|123456789012345678901",
        "null|null",
        "1.50|1.50",
        ".5|0.5",
        "+3|3",
        "-7|-7",
        "=|\"=\"",
        "1,5|\"1,5\"",
        "0b11|\"0b11\"",
        "1_a|\"1_a\"",
        "12:30:00|\"12:30:00\"",
        "09|9",
        "1e3|1E+3",
        "Yes|\"Yes\"",
        "nUll|\"nUll\"",
        "<<|\"<<\""
      })
  void plainWords_areWhatTheCoreSchemaSays(String written, String json) throws TaskFileException {
    assertThat(
        parse("parameters:\n  x: " + written + "\n").task().parameters(),
        is("{\"x\":" + json + "}"));
  }

  @Test
  void enumsOfYesAndNo_areTexts_inSchemasAndLabels() throws TaskFileException {
    JobTask json =
        parse(
            "output: {type: json, schema: {type: object, required: [a], properties: {a: {type:"
                + " string, enum: [yes, no]}}}}");
    assertThat(json.task().output().schema(), containsString("\"enum\":[\"yes\",\"no\"]"));
    assertThat(
        parse("output: {type: label, labels: [yes, no]}").task().output().labels(),
        is(List.of("yes", "no")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'parameters: {a: &a [*a]}'|task.yaml:4: this value refers to itself",
        "'parameters:\n  <<: {a: 1}'|task.yaml:5: <<: YAML 1.2 has no merge keys",
        "'<<: {model: x}'|task.yaml:4: <<: YAML 1.2 has no merge keys",
        "'parameters: {max_tokens: 1_000}'|task.yaml:4: parameters: 1_000 is a text in YAML 1.2",
        "'parameters: {a: 1, a: 2}'|task.yaml:4: parameters: has a twice",
        "'parameters: {a: .inf}'|task.yaml:4: parameters: expected a decimal number",
        "'parameters: {a: !!bool yes}'|task.yaml:4: parameters: expected true or false",
        "'\n\nparameters: {a: \u000b}'|task.yaml:6: not valid YAML: the character U+000B is not",
        "'parameters: {a: \u0082}'|task.yaml:4: not valid YAML: the character U+0082 is not",
        "'parameters: {a: \u0000}'|task.yaml:4: not valid YAML: the character U+0000 is not",
        "'parameters: [1'|not valid YAML",
        "'--- \nname: b'|not valid YAML",
        "'input: {encoding: klingon}'|task.yaml:4: input.encoding: expected an encoding's name",
        "'input: {encoding: \"a b\"}'|task.yaml:4: input.encoding: expected an encoding's name",
        "'input: {delimiter: ab}'|task.yaml:4: input.delimiter: expected one character"
      })
  void whatIsWrong_isToldWithItsLine(String more, String told) {
    assertThat(problem(more), containsString(told));
  }

  @Test
  void depthAndReferencesThatUnfold_areBounded() {
    assertThat(
        problem("parameters: {a: " + "[".repeat(200) + "]".repeat(200) + "}"),
        containsString("task.yaml:4: values are nested more than 100 deep"));
    assertThat(problem("parameters: {a: " + "[".repeat(20_000)), containsString("not valid YAML"));
    StringBuilder doubling = new StringBuilder("parameters:\n  a0: &a0 [x, x]\n");
    for (int i = 1; i < 30; i++) {
      doubling.append("  a%d: &a%d [*a%d, *a%d]\n".formatted(i, i, i - 1, i - 1));
    }
    assertThat(problem(doubling.toString()), containsString("references unfold to more than"));
    String plain = "parameters: {a: [" + "x, ".repeat(100_001) + "x]}";
    assertThat(problem(plain), containsString("there are more than 100000 values"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"UTF-8", "UTF-16", "UTF-16LE", "UTF-16BE", "UTF-32LE"})
  void theEncodingsOfYaml_areRead(String name) throws TaskFileException {
    byte[] yaml = ("\uFEFF" + BASE.replace("\n", "\r\n")).getBytes(Charset.forName(name));
    String prompt =
        parse(name.equals("UTF-16") ? BASE.getBytes(StandardCharsets.UTF_16) : yaml)
            .task()
            .prompt()
            .user();
    assertThat(prompt, is("Größe 🙋 {{text}}"));
  }

  @Test
  void anotherEncoding_isToldWithItsLine() {
    byte[] latin = BASE.replace("🙋", "").getBytes(StandardCharsets.ISO_8859_1);
    assertThat(
        String.valueOf(assertThrows(TaskFileException.class, () -> parse(latin)).getMessage()),
        containsString("task.yaml:3: not valid UTF-8 (byte 0xF6); save the file as UTF-8"));
    assertThat(
        String.valueOf(
            assertThrows(TaskFileException.class, () -> parse(new byte[0])).getMessage()),
        containsString("task.yaml:1: expected a task"));
  }

  @Test
  void anyBytes_areATaskOrProblems() {
    Random random = new Random(5);
    byte[] good =
        (BASE + "parameters: {a: &x [1, *x], b: {c: !!int 3}}\ninput: {delimiter: tab}\n")
            .getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < 3_000; i++) {
      byte[] bytes = good.clone();
      for (int j = random.nextInt(4); j >= 0; j--) {
        bytes[random.nextInt(bytes.length)] =
            random.nextBoolean()
                ? (byte) random.nextInt(256)
                : (byte) MARKS.charAt(random.nextInt(MARKS.length()));
      }
      try {
        parse(bytes);
      } catch (TaskFileException e) {
        assertThat(e.getMessage(), containsString("task.yaml:"));
      }
    }
  }

  @Test
  void aMistakeThatQuotesMegabytes_showsItsEnds() {
    String problem = problem("? " + "k".repeat(1 << 20) + "\n: 1\n");
    assertThat(problem.length(), is(lessThan(3_000)));
    assertThat(problem, containsString("task.yaml:4: kkk"));
    assertThat(problem, containsString("known are"));
  }

  /** Made a number, it takes minutes. */
  @Test
  @Timeout(30)
  void aShareOfAMillionDigits_isRefusedUnread() {
    String digits = "9".repeat(2_000_000);
    assertThat(
        problem("failure: {maxRate: " + digits + "}\n"),
        containsString("failure.maxRate: expected a share from 0 to 1"));
    assertThat(
        problem("budget: {usd: " + digits + "}\n"),
        containsString("budget.usd: expected a number above 0"));
  }
}
