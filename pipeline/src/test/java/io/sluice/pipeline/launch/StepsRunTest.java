package io.sluice.pipeline.launch;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.aMapWithSize;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.pipeline.estimate.Estimate;
import io.sluice.pipeline.flags.UsageException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole jobs of several questions about each document. */
class StepsRunTest {
  private static final String STEPS =
      """
      steps:
        - name: topic
          prompt: {system: "Classify.", user: "{{text}}"}
          output: {type: label, labels: [bug, praise]}
        - name: facts
          prompt: {user: "What of {{text}}?"}
          output: {type: json, schema: {type: object, properties: {year: {type: integer}}, required: [year]}}
        - name: reply
          when: {topic: [bug]}
          prompt: {user: "Reply to {{steps.topic}} of {{steps.facts.year}}: {{text}}"}
      """;

  @TempDir Path directory;

  private static void write(JobRig rig, String more) throws IOException {
    Path file = rig.directory.resolve("task.yaml");
    String task = Files.readString(file);
    task = task.replaceFirst("(?m)^prompt: .*\n", STEPS).replaceFirst("(?m)^output: .*\n", more);
    Files.writeString(file, task);
  }

  private static void check(JobRig rig, int documents) throws IOException {
    Map<String, JsonNode> rows = rig.rows("results");
    assertThat(rows, aMapWithSize(documents));
    rows.forEach(
        (id, row) -> {
          JsonNode output = row.path("output");
          boolean isBug = Integer.parseInt(id.substring(1)) % 2 == 0;
          assertThat(output.path("topic").asText(), is(isBug ? "bug" : "praise"));
          assertThat(output.path("facts").path("year").isInt(), is(true));
          assertThat(output.path("reply").isNull(), is(!isBug));
          assertThat(row.path("attempts").asInt(), is(isBug ? 3 : 2));
          assertThat(row.path("costUsd").decimalValue().signum(), is(1));
        });
  }

  @Test
  void everyDocumentIsAskedItsSteps_onceForAllRuns() throws IOException {
    try (JobRig rig = new JobRig(directory, "").documents(60, 60)) {
      write(rig, "");
      assertThat(rig.printed(), rig.run(), is(0));
      check(rig, 60);
      assertThat(rig.books("billed"), is(150L));
      JsonNode summary = rig.summary();
      assertThat(summary.path("documents").asInt(), is(60));
      assertThat(summary.path("succeeded").asInt(), is(60));
      BigDecimal rows = BigDecimal.ZERO;
      for (JsonNode row : rig.rows("results").values()) {
        rows = rows.add(row.path("costUsd").decimalValue());
      }
      assertThat(summary.path("costUsd").decimalValue().compareTo(rows), is(0));
      assertThat(rig.run(), is(0));
      assertThat(rig.books("billed"), is(150L));
      assertThat(rig.rows("results"), aMapWithSize(60));
      assertThat(rig.summary().path("servedFromLedger").asInt(), is(60));
      String said = estimate(rig);
      assertThat(said, containsString("60"));
      assertThat(rig.books("billed"), is(150L));
    }
  }

  private static String estimate(JobRig rig, String... more) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PrintStream to = new PrintStream(out, true, StandardCharsets.UTF_8);
    assertThat(new Estimate(to, to).run(rig.command(more)), is(0));
    return out.toString(StandardCharsets.UTF_8);
  }

  @Test
  void inBatches_aWaveAStep() throws IOException {
    try (JobRig rig = new JobRig(directory, "", 0.2).documents(40, 40)) {
      write(rig, "batch: {poll: 200ms}\n");
      Path file = directory.resolve("task.yaml");
      Files.writeString(
          file, Files.readString(file).replace("{kind: openai,", "{mode: batch, kind: openai,"));
      assertThat(rig.printed(), rig.run(), is(0));
      check(rig, 40);
      assertThat(rig.books("billed"), is(100L));
    }
  }

  @Test
  void aSample_tellsWhatConditionsComeTo_andIsPaidOnce() throws IOException {
    try (JobRig rig = new JobRig(directory, "").documents(60, 60)) {
      write(rig, "");
      String said = estimate(rig, "--sample=20");
      long paid = rig.books("billed");
      assertThat(paid, greaterThan(40L));
      assertThat(said, containsString("20"));
      assertThat(rig.run(), is(0));
      check(rig, 60);
      assertThat(rig.books("billed"), is(150L));
    }
  }

  @Test
  void aStepThatFails_isADeadLetterWithTheOtherAnswers_andGivenBackPaysOnlyForIt()
      throws IOException {
    try (JobRig rig = new JobRig(directory, "filter=0.1").documents(60, 60)) {
      write(rig, "");
      assertThat(rig.printed(), rig.run(), is(0));
      Map<String, JsonNode> dead = rig.rows("dead-letter");
      assertThat(dead.size(), greaterThan(0));
      int kept = 0;
      for (JsonNode row : dead.values()) {
        assertThat(row.path("error").path("step").asText(), is(not("")));
        assertThat(row.path("answers").has(row.path("error").path("step").asText()), is(false));
        kept += row.path("answers").size();
      }
      assertThat(kept, greaterThan(0));
      long billed = rig.books("billed");
      Path again = directory.resolve("again");
      assertThat(
          rig.run(
              "--input=" + rig.out.resolve("dead-letter").resolve("*.jsonl"),
              "--output=" + again,
              "--ledger=" + rig.out.resolve("ledger"),
              "--keepFailures"),
          is(4));
      assertThat(rig.books("billed"), is(billed));
    }
  }

  @Test
  void whatIsWrong_isToldAtOnce_withLines() throws IOException {
    try (JobRig rig = new JobRig(directory, "").documents(2, 2)) {
      write(rig, "");
      Path file = directory.resolve("task.yaml");
      Files.writeString(
          file,
          Files.readString(file)
              .replace("{topic: [bug]}", "{facts: [bug]}")
              .replace("What of {{text}}?", "What of {{steps.nobody}}?"));
      UsageException wrong = assertThrows(UsageException.class, () -> rig.run());
      String message = String.valueOf(wrong.getMessage());
      assertThat(message, containsString("steps.3.when.facts: step facts has no labels"));
      assertThat(message, containsString("steps.2 uses steps.nobody"));
      assertThat(
          message.lines().filter(line -> line.matches(".*task.yaml:\\d+: .*")).count(), is(2L));
    }
  }
}
