package io.sluice.pipeline.cli;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.matchesPattern;
import static org.hamcrest.Matchers.not;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Flags as people write them: understood, or named in words of the command line. */
class SpellingTest {
  @TempDir Path directory;
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

  @BeforeEach
  void files() throws IOException {
    Files.writeString(
        directory.resolve("task.yaml"),
        """
        name: spelled
        provider: {kind: openai, baseUrl: "http://127.0.0.1:9/v1"}
        model: gpt-4o-mini
        prompt: {user: "{{text}}"}
        parameters: {max_tokens: 5}
        """);
    Files.writeString(directory.resolve("d.jsonl"), "{\"text\": \"a\"}\n");
  }

  private int run(String... flags) {
    List<String> args = new ArrayList<>(List.of("run", "--task=" + directory.resolve("task.yaml")));
    args.add("--input=" + directory.resolve("d.jsonl"));
    args.add("--output=" + directory.resolve("out"));
    args.addAll(Arrays.asList(flags));
    PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8);
    return Verbs.run(args, out, out);
  }

  private String said() {
    return printed.toString(StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--dry-run=offline --budget-usd=1 --max-failure-rate=0.1",
        "--dryrun=offline --budgetUSD=1 --maxfailurerate=0.1",
        "--dry_run=offline --budget_usd=1 --Keep-Failures",
        "--dryRun=offline --budgetUsd=1 --input-format=jsonl --runner=direct",
        "--dryRun=offline --budgetUsd=1 --enforce-immutability=false",
        "--dry-run=offline --keep-failures --enforceImmutability=false --budgetUsd=1",
        "--dryRun=offline --budgetUsd=1 --runner=flinkrunner --max-parallelism=4",
      })
  void otherSpellings_areUnderstood(String flags) {
    assertThat(said(), run(flags.split(" ")), is(0));
    assertThat(said(), allOf(containsString("budget 1 USD"), containsString("Nothing was sent")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--budgetUsd=0,01|--budgetUsd: expected a number, such as 0.01, got 0,01",
        "--max-failure-rate=5%|--maxFailureRate: expected a number, such as 0.01, got 5%",
        "--limit=1,000|--limit: expected a whole number, such as 10, got 1,000",
        "--limit=5 --limit=6|--limit: is given twice",
        "--limt=5|There is no flag --limt; did you mean --limit?",
        "--budget=5|There is no flag --budget; did you mean --budgetUsd?",
        "--flinkMastr=a:1|There is no flag --flinkMastr; did you mean --flinkMaster?",
        "--flinkMaster=a:1|--flinkMaster goes with --runner=FlinkRunner",
        "--parallelism=two|--parallelism: expected a number, got two",
        "--streaming=maybe|--streaming: expected true or false, got maybe",
        "--jobName=a --jobName=b|--jobName: is given twice",
        "--dryRun=maybe|--dryRun: expected nothing behind it, or offline, got maybe",
      })
  void whatIsWrong_isSaidInWordsOfTheCommandLine(String flags, String message) {
    assertThat(run(flags.split(" ")), is(2));
    assertThat(
        said(),
        allOf(
            containsString(message),
            not(containsString("Exception")),
            not(containsString("java.")),
            not(containsString("Deserialize"))));
  }

  @Test
  void aFlagWithoutItsValue_takesNoOtherFlagForIt() {
    // Nobody answers at the task's port, which ends it as a provider that is not there.
    assertThat(said(), run("--dryRun", "--enforceImmutability=false"), is(5));
    assertThat(said(), containsString("the provider cannot be reached"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"--version", "version"})
  void version_isALine(String flag) {
    PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8);
    assertThat(Verbs.run(List.of(flag), out, out), is(0));
    assertThat(said(), matchesPattern("sluice .+, Beam 2\\.\\S+, Java \\d+\\R"));
  }

  @Test
  void verb_thatThereIsNot_isGuessed() {
    PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8);
    assertThat(Verbs.run(List.of("stauts"), out, out), is(2));
    assertThat(said(), containsString("There is no verb stauts; did you mean status?"));
  }

  @Test
  void otherSpellings_areUnderstoodByVerbsThatPassNothingOn() {
    PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8);
    assertThat(Verbs.run(List.of("simulate", "--latency-ms=x"), out, out), is(2));
    assertThat(said(), containsString("--latencyMs: expected a number"));
  }
}
