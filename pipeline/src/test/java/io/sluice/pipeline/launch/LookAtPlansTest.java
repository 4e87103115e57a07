package io.sluice.pipeline.launch;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.pipeline.show.ExportVerb;
import io.sluice.pipeline.show.ShowVerb;
import io.sluice.pipeline.table.DuckDb;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Verbs that look at jobs whose rows are asked several things. */
class LookAtPlansTest {
  private static final int SHORT = 12;
  private static final int LONG = 3;

  /** Of answers from a ledger, and of rows with their documents. */
  private static final Set<String> OTHERS = Set.of("servedBy", "document");

  @TempDir Path directory;

  private static void write(JobRig rig, String prompt, String output) throws IOException {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < SHORT + LONG; i++) {
      StringBuilder text = new StringBuilder();
      for (int sentence = 0; sentence < (i < SHORT ? 1 : 90); sentence++) {
        text.append("Number ").append(i).append(" has bug ").append(sentence).append(". ");
      }
      ObjectNode line = JobRig.JSON.createObjectNode();
      lines.add(line.put("id", "d" + i).put("text", text.toString()).toString());
    }
    Files.write(rig.directory.resolve("documents.jsonl"), lines);
    Path file = rig.directory.resolve("task.yaml");
    Files.writeString(
        file,
        Files.readString(file)
            .replaceFirst("(?m)^prompt: .*\n", prompt)
            .replaceFirst("(?m)^output: .*\n", output)
            .replace("document: {key: tenant}\n", ""));
  }

  private static String said(Verb verb, JobRig rig, String... flags) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PrintStream to = new PrintStream(out, true, StandardCharsets.UTF_8);
    List<String> args = new ArrayList<>(List.of("--output=" + rig.out));
    args.addAll(List.of(flags));
    assertThat(verb.run(args, to, to), is(0));
    return out.toString(StandardCharsets.UTF_8);
  }

  private interface Verb {
    int run(List<String> args, PrintStream out, PrintStream err) throws IOException;
  }

  /** Checks that rows of the ledger are those that the run has given. */
  private void checkExport(JobRig rig) throws IOException {
    Path file = directory.resolve("all.jsonl");
    said(ExportVerb::run, rig, "--to=" + file);
    Map<String, JsonNode> exported = new HashMap<>();
    for (String line : Files.readAllLines(file)) {
      ObjectNode row = (ObjectNode) JobRig.JSON.readTree(line);
      assertThat(row.path("servedBy").asText(), is("ledger"));
      exported.put(row.path("id").asText(), row.remove(OTHERS));
    }
    Map<String, JsonNode> rows = rig.rows("results");
    rows.values().forEach(row -> ((ObjectNode) row).remove(OTHERS));
    assertThat(exported, is(rows));
    assertThat(exported.size(), is(SHORT + LONG));
  }

  @Test
  void steps_areShownByName_withTheirDocuments_andPartsWithTheirs()
      throws IOException, SQLException {
    try (JobRig rig = new JobRig(directory, "invalid=0.3")) {
      write(
          rig,
          """
          steps:
            - name: topic
              prompt: {user: "Which? {{text}}", tooLong: split, maxTokens: 250, merge: vote}
              output: {type: label, labels: [bug, praise]}
            - name: facts
              prompt: {user: "Facts of {{id}}"}
              output: {type: json, schema: {type: object, properties: {year: {type: integer}, tags: {type: array, items: {type: string}}}, required: [year]}}
            - name: reply
              when: {topic: [bug]}
              prompt: {user: "Of {{steps.facts.year}}: {{text}}", tooLong: split, maxTokens: 350, merge: "All of {{id}}: {{parts}}"}
          """,
          "");
      assertThat(rig.printed(), rig.run(), is(0));
      checkExport(rig);
      String shown = said(ShowVerb::run, rig, "-n", "1000");
      assertThat(shown, not(containsString("request ")));
      assertThat(shown, not(containsString("does not fit")));
      assertThat(
          shown,
          allOf(
              containsString("d0 (topic"),
              containsString("d0 (facts"),
              containsString(", asked again) "),
              containsString("d14 (topic, part 2 of "),
              containsString("d14 (reply, part 1 of "),
              containsString("d14 (reply, merge")));
      Path table = directory.resolve("all.parquet");
      said(ExportVerb::run, rig, "--to=" + table);
      try (DuckDb duck = new DuckDb()) {
        assertThat(duck.columns(table).keySet().contains("parts"), is(true));
        assertThat(
            duck.rows(
                table,
                "SELECT count(*), count(*) FILTER (parts IS NOT NULL),"
                    + " count(*) FILTER (output->>'$.topic' = 'bug') FROM FILE"),
            is(List.of(List.of("15", "3", "15"))));
      }
    }
  }

  @Test
  void answersThatWereAskedForAgain_areRows_asTheyAre() throws IOException {
    try (JobRig rig = new JobRig(directory, "invalid=0.4")) {
      write(
          rig,
          "prompt: {user: \"{{id}}: {{text}}\"}\n",
          "output: {type: label, labels: [bug, praise]}\n");
      assertThat(rig.printed(), rig.run(), is(0));
      assertThat(rig.books("billed"), greaterThan((long) SHORT + LONG));
      checkExport(rig);
      String shown = said(ShowVerb::run, rig, "-n", "1000");
      assertThat(shown, not(containsString("request ")));
      assertThat(shown, containsString(" (asked again) "));
    }
  }
}
