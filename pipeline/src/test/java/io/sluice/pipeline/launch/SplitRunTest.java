package io.sluice.pipeline.launch;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.aMapWithSize;
import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.everyItem;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.pipeline.estimate.Estimate;
import io.sluice.pipeline.flags.UsageException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole jobs whose documents are too long for one request. */
class SplitRunTest {
  private static final int SHORT = 6;
  private static final int LONG = 4;

  @TempDir Path directory;

  /** Short ones, and long ones of which most parts are praise. */
  private static void documents(JobRig rig) throws IOException {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < SHORT + LONG; i++) {
      StringBuilder text = new StringBuilder("Number " + i + ". ");
      for (int s = 0; i >= SHORT && s < 60 + 10 * i; s++) {
        text.append("Text ")
            .append(i)
            .append(" at ")
            .append(s)
            .append(s < 20 ? " has a bug. " : " is praise. ");
      }
      ObjectNode line = JobRig.JSON.createObjectNode();
      lines.add(line.put("id", "d" + i).put("text", text + "The praise ends.").toString());
    }
    Files.write(rig.directory.resolve("documents.jsonl"), lines);
  }

  private static void write(JobRig rig, String prompt, String output) throws IOException {
    documents(rig);
    Path file = rig.directory.resolve("task.yaml");
    String task = Files.readString(file);
    Files.writeString(
        file,
        task.replaceFirst("(?m)^prompt: .*\n", prompt + "\n")
            .replaceFirst("(?m)^output: .*\n", output + "\n")
            .replace("document: {key: tenant}\n", ""));
  }

  private static String prompt(String merge) {
    return "prompt: {user: \"About {{text}}\", tooLong: split, maxTokens: 150, overlap: 20, merge: "
        + merge
        + "}";
  }

  /** The parts of all rows together. */
  private static int parts(Map<String, JsonNode> rows) {
    int parts = 0;
    for (Map.Entry<String, JsonNode> row : rows.entrySet()) {
      boolean isLong = Integer.parseInt(row.getKey().substring(1)) >= SHORT;
      assertThat(row.getValue().has("parts"), is(isLong));
      int count = row.getValue().path("parts").path("count").asInt(1);
      parts += count;
      if (isLong) {
        assertThat(count, greaterThan(3));
        assertThat(row.getValue().path("parts").path("ranges").size(), is(count));
        assertThat(row.getValue().path("attempts").asInt() >= count, is(true));
      }
    }
    return parts;
  }

  private static JsonNode row(Map<String, JsonNode> rows, String id) {
    return Objects.requireNonNull(rows.get(id));
  }

  /** The one file of a directory. */
  private static String only(Path files) throws IOException {
    try (Stream<Path> found = Files.list(files)) {
      return Files.readString(found.findFirst().orElseThrow());
    }
  }

  private static String estimate(JobRig rig, String... more) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PrintStream to = new PrintStream(out, true, StandardCharsets.UTF_8);
    assertThat(new Estimate(to, to).run(rig.command(more)), is(0));
    return out.toString(StandardCharsets.UTF_8);
  }

  @Test
  void aVote_isOfAllParts_whichAreCountedBefore_andPaidOnce() throws IOException {
    try (JobRig rig = new JobRig(directory, "")) {
      write(rig, prompt("vote"), "output: {type: label, labels: [bug, praise]}");
      String said = estimate(rig);
      assertThat(rig.printed(), rig.run("--budgetUsd=1"), is(0));
      Map<String, JsonNode> rows = rig.rows("results");
      assertThat(rows, aMapWithSize(SHORT + LONG));
      int parts = parts(rows);
      rows.values().forEach(row -> assertThat(row.path("output").asText(), is("praise")));
      assertThat(rig.books("billed"), is((long) parts));
      assertThat(said, containsString("In parts: 4 documents, in " + (parts - SHORT) + " parts"));
      assertThat(rig.run("--budgetUsd=1"), is(0));
      assertThat(rig.books("billed"), is((long) parts));
      assertThat(rig.summary().path("servedFromLedger").asInt(), is(SHORT + LONG));
    }
  }

  @Test
  void aList_isAColumnOfItsOwn_inEveryFormat() throws IOException {
    try (JobRig rig = new JobRig(directory, "")) {
      write(rig, prompt("list"), "output: {type: label, labels: [bug, praise]}");
      assertThat(rig.printed(), rig.run(), is(0));
      Map<String, JsonNode> rows = rig.rows("results");
      int parts = parts(rows);
      assertThat(row(rows, "d0").path("output").toString(), is("[\"praise\"]"));
      JsonNode longest = row(rows, "d9");
      assertThat(longest.path("output").path(0).asText(), is("bug"));
      assertThat(longest.path("output").size(), is(longest.path("parts").path("count").asInt()));
      for (String format : List.of("csv", "parquet", "avro")) {
        String out = "--output=" + directory.resolve(format);
        String ledger = "--ledger=" + rig.out.resolve("ledger");
        assertThat(rig.printed(), rig.run("--outputFormat=" + format, out, ledger), is(0));
      }
      assertThat(rig.books("billed"), is((long) parts));
      String csv = only(directory.resolve("csv").resolve("results"));
      assertThat(csv.lines().findFirst().orElse(""), containsString("\"parts\""));
      assertThat(csv, containsString("\"\"ranges\"\""));
    }
  }

  @Test
  void aPromptAsksWithTheAnswers_andAKilledJobGoesOn() throws IOException {
    try (JobRig rig = new JobRig(directory, "server=0.1")) {
      write(rig, prompt("\"All in all of {{id}}: {{parts}}\""), "output: {type: text}");
      // Stopped by its budget on the way, as often as it takes.
      assertThat(rig.run("--budgetUsd=0.0004"), is(3));
      assertThat(rig.printed(), rig.run("--budgetUsd=1"), is(0));
      Map<String, JsonNode> rows = rig.rows("results");
      assertThat(rows, aMapWithSize(SHORT + LONG));
      assertThat(rig.books("billed"), is((long) parts(rows) + LONG));
    }
  }

  @Test
  void theFirstThatIsNotNull_isOfJson_andASampleIsPaidOnce() throws IOException {
    try (JobRig rig = new JobRig(directory, "")) {
      write(
          rig,
          prompt("first"),
          "output: {type: json, schema: {type: object, properties: {year: {type: integer}}, required:"
              + " [year]}}");
      assertThat(estimate(rig, "--sample=10"), containsString("10"));
      long sampled = rig.books("billed");
      assertThat(rig.printed(), rig.run(), is(0));
      assertThat(rig.books("billed"), is(sampled));
      Map<String, JsonNode> rows = rig.rows("results");
      assertThat((long) parts(rows), is(sampled));
      rows.values().forEach(row -> assertThat(row.path("output").path("year").isInt(), is(true)));
      Path file = directory.resolve("task.yaml");
      Files.writeString(file, Files.readString(file).replace("merge: first", "merge: list"));
      String ledger = "--ledger=" + rig.out.resolve("ledger");
      for (String format : List.of("parquet", "avro", "csv")) {
        String out = "--output=" + directory.resolve(format);
        assertThat(rig.printed(), rig.run("--outputFormat=" + format, out, ledger), is(0));
      }
      assertThat(rig.books("billed"), is(sampled));
    }
  }

  @Test
  void inBatches_theyGoTogether() throws IOException {
    try (JobRig rig = new JobRig(directory, "", 0.2)) {
      write(rig, prompt("{prompt: \"Of {{id}}: {{parts}}\"}"), "batch: {poll: 200ms}");
      Path file = directory.resolve("task.yaml");
      Files.writeString(
          file, Files.readString(file).replace("{kind: openai,", "{mode: batch, kind: openai,"));
      assertThat(rig.printed(), rig.run(), is(0));
      assertThat(rig.books("billed"), is((long) parts(rig.rows("results")) + LONG));
    }
  }

  @Test
  void embeddings_areAListOfVectors() throws IOException {
    try (JobRig rig = new JobRig(directory, "")) {
      write(rig, "prompt: {tooLong: split, maxTokens: 150, overlap: 20}", "operation: embed");
      Path file = directory.resolve("task.yaml");
      Files.writeString(
          file,
          Files.readString(file)
              .replace("gpt-4o-mini", "text-embedding-3-small")
              .replace("parameters: {max_tokens: 20}\n", ""));
      assertThat(rig.printed(), rig.run(), is(0));
      Map<String, JsonNode> rows = rig.rows("results");
      parts(rows);
      for (JsonNode row : rows.values()) {
        assertThat(row.path("output").size(), is(row.path("parts").path("count").asInt(1)));
        assertThat(row.path("output").path(0).path(0).isNumber(), is(true));
      }
      String out = "--output=" + directory.resolve("parquet");
      String ledger = "--ledger=" + rig.out.resolve("ledger");
      assertThat(rig.printed(), rig.run("--outputFormat=parquet", out, ledger), is(0));
    }
  }

  @Test
  void aCutEnd_andTooLong_areAsTheTaskSays() throws IOException {
    try (JobRig rig = new JobRig(directory, "")) {
      write(
          rig,
          "prompt: {user: \"{{text}}\", tooLong: cut, maxTokens: 100}",
          "output: {type: label, labels: [bug, praise]}");
      assertThat(rig.printed(), rig.run(), is(0));
      Map<String, JsonNode> rows = rig.rows("results");
      assertThat(row(rows, "d9").path("output").asText(), is("bug"));
      assertThat(row(rows, "d9").path("usage").path("inputTokens").asInt() <= 100, is(true));
      Path file = directory.resolve("task.yaml");
      Files.writeString(file, Files.readString(file).replace("tooLong: cut, ", ""));
      assertThat(rig.run("--output=" + directory.resolve("other"), "--maxFailureRate=1"), is(0));
      String dead = only(directory.resolve("other").resolve("dead-letter"));
      assertThat(dead, containsString("too_large"));
      assertThat(dead, containsString("prompt.maxTokens is 100"));
    }
  }

  @Test
  void whatIsWrong_isToldAtOnce_withLines() throws IOException {
    try (JobRig rig = new JobRig(directory, "")) {
      write(
          rig,
          """
          steps:
            - name: a
              prompt: {user: "{{text}}", tooLong: split}
              output: {type: text}
              parameters: {max_tokens: 10}
            - name: b
              prompt:
                user: "{{text}}"
                tooLong: split
                maxTokens: 100
                overlap: 60
                split: nobody
            - name: c
              prompt: {user: "{{text}}", tooLong: split, maxTokens: 1000, merge: vote}
            - name: d
              prompt:
                user: "{{text}}"
                tooLong: split
                maxTokens: 1000
                merge: {prompt: "of {{text}}"}
            - name: e
              prompt: {user: "{{text}}", merge: first}
            - name: f
              prompt: {user: "{{text}}", tooLong: split, maxTokens: 1000, merge: some}
          """,
          "");
      Path file = directory.resolve("task.yaml");
      Files.writeString(file, Files.readString(file).replace("gpt-4o-mini", "some-model"));
      UsageException wrong = assertThrows(UsageException.class, () -> rig.run());
      String message = String.valueOf(wrong.getMessage());
      assertThat(
          message,
          allOf(
              containsString("steps.1.prompt.tooLong: split needs prompt.maxTokens"),
              containsString("steps.2.prompt.split is \"nobody\""),
              containsString("steps.2.prompt.maxTokens leaves no room"),
              containsString("steps.3.prompt.merge: vote needs labels"),
              containsString("steps.4.prompt.merge has no {{parts}}"),
              containsString("steps.5.prompt.merge: belongs to tooLong: split"),
              containsString("steps.6.prompt.merge: expected list, first, vote, or a prompt")));
      List<String> lines = message.lines().filter(line -> line.contains("steps.")).toList();
      assertThat(lines, everyItem(containsString("task.yaml:")));
      assertThat(lines, everyItem(not(containsString("task.yaml:1:"))));
    }
  }
}
