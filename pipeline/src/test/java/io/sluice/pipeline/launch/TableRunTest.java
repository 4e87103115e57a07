package io.sluice.pipeline.launch;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.hasItems;
import static org.hamcrest.Matchers.is;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.pipeline.flags.UsageException;
import io.sluice.pipeline.table.DuckDb;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Jobs whose results hold columns of their input. */
class TableRunTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int DOCUMENTS = 30;

  @TempDir Path directory;
  private JobRig rig;

  @BeforeEach
  void start() throws IOException {
    rig = new JobRig(directory, "");
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < DOCUMENTS; i++) {
      ObjectNode line = JSON.createObjectNode();
      line.put("id", "d" + i).put("tenant", "t0").put("text", i + " is a bug");
      line.put("stars", i % 5 + 0.5).put("product \"id\"", i);
      line.putObject("meta").put("lang", "de");
      lines.add(line.toString());
    }
    Files.write(directory.resolve("documents.jsonl"), lines);
  }

  @AfterEach
  void close() {
    rig.close();
  }

  private void columns(String list) throws IOException {
    Path task = directory.resolve("task.yaml");
    Files.writeString(
        task,
        Files.readString(task)
            .replace("{type: label,", "{type: label, includeDocument: " + list + ","));
  }

  private Path file(String format) {
    return rig.out.resolve("results/results-00000." + format);
  }

  private String refused(String... flags) {
    return String.valueOf(assertThrows(UsageException.class, () -> rig.run(flags)).getMessage());
  }

  @Test
  void jsonl_hasThemUnderDocument_asTheyAreWritten() throws IOException {
    Files.writeString(
        directory.resolve("documents.jsonl"),
        "{\"id\":\"d\",\"tenant\":\"t0\",\"text\":\"a bug\",\"price\":12500000.00,\"v\":1.10}\n");
    columns("[price, v]");
    assertThat(rig.run(), is(0));
    assertThat(
        Files.readString(file("jsonl")),
        containsString("\"document\":{\"price\":12500000.00,\"v\":1.10}"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"parquet", "csv"})
  void columnsAreReadUnderTheirOwnNamesAndTypes(String format) throws IOException, SQLException {
    columns("[stars, 'product \"id\"', meta.lang]");
    assertThat(rig.run("--outputFormat=" + format), is(0));
    try (DuckDb duck = new DuckDb()) {
      Map<String, String> columns = duck.columns(file(format));
      assertThat(columns.get("stars"), is("DOUBLE"));
      assertThat(columns.get("product \"id\""), is("BIGINT"));
      assertThat(columns.get("meta.lang"), is("VARCHAR"));
      assertThat(
          duck.rows(
              file(format),
              "SELECT count(*), sum(\"product \"\"id\"\"\"), max(stars), min(\"meta.lang\") FROM"
                  + " FILE WHERE output = 'bug'"),
          is(List.of(List.of("30", "435", "4.5", "de"))));
    }
    assertThat(
        Files.readString(rig.out.resolve("report.html")),
        allOf(containsString("meta.lang"), containsString("product &quot;id&quot;")));
    assertThat(rig.run("--outputFormat=" + format), is(0));
    assertThat(rig.books("billed"), is((long) DOCUMENTS));
  }

  @Test
  void typesOfAParquetInput_comeBack() throws IOException, SQLException {
    columns("[stars]");
    assertThat(rig.run("--outputFormat=parquet"), is(0));
    Path task = directory.resolve("task.yaml");
    Files.writeString(
        task,
        Files.readString(task)
            .replace("key: tenant", "id: id")
            .replace("{{text}}", "{{output}} {{id}}")
            .replace("[stars]", "[costUsd, stars]"));
    Path again = directory.resolve("again");
    String input = "--input=" + file("parquet");
    assertThat(
        refused(input, "--output=" + again, "--outputFormat=parquet"), containsString("'costUsd'"));
    Path renamed = directory.resolve("renamed.parquet");
    try (DuckDb duck = new DuckDb()) {
      duck.execute(
          file("parquet"),
          "COPY (SELECT id, output, stars, costUsd AS cost, DATE '2024-02-29' AS day FROM FILE) TO '"
              + renamed
              + "' (FORMAT parquet)");
    }
    Files.writeString(
        task, Files.readString(task).replace("[costUsd, stars]", "[cost, stars, day]"));
    assertThat(rig.run("--input=" + renamed, "--output=" + again, "--outputFormat=parquet"), is(0));
    try (DuckDb duck = new DuckDb()) {
      Map<String, String> columns = duck.columns(again.resolve("results/results-00000.parquet"));
      assertThat(List.copyOf(columns.values()), hasItems("DECIMAL(38,12)", "DOUBLE", "DATE"));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[stars, id] | parquet | names 'id', and results have a column of that name",
        "[stars, source.file] | csv | names 'source.file'",
        "[stars, sta] | parquet | names 'sta', which is not there; it has id, tenant",
        "[stars, ID] | parquet | names 'ID', and results have a column of that name",
        "[stars, Output.x] | csv | names 'Output.x', and results have a column of that name",
        "[Stars, stars] | avro | names 'Stars' and 'stars', which readers take for one",
        "[stars, stars] | jsonl | output.includeDocument: names 'stars' twice",
        "[] | jsonl | expected true, false or names of columns",
        "yes | jsonl | expected true or false",
      })
  void columnsThatCannotBe_sendNothing(String list, String format, String told) throws IOException {
    columns(list);
    assertThat(refused("--outputFormat=" + format), containsString(told));
    assertThat(rig.books("billed"), is(0L));
  }

  @Test
  void columnThatACsvDoesNotHave_sendsNothing() throws IOException {
    Path csv = directory.resolve("rows.csv");
    Files.writeString(csv, "id,tenant,text,stars\nd,t0,a bug,5\n");
    columns("[stars, size]");
    assertThat(
        refused("--input=" + csv),
        allOf(containsString("'size', which is not there"), containsString("rows.csv")));
    assertThat(rig.books("billed"), is(0L));
  }

  /** All at once, each with its line: also of another file, and of rows that name their fields. */
  @Test
  void whatColumnsLack_isToldAtOnce_withLines() throws IOException {
    Path task = directory.resolve("task.yaml");
    columns("[size, id, ID]");
    Files.writeString(
        task, Files.readString(task).replace("{{text}}", "{{text}} {{body}} {{who}}"));
    Path one = directory.resolve("1.csv");
    Files.writeString(one, "id,tenant,text,stars\nd,t0,a bug,5\n");
    Files.writeString(directory.resolve("2.csv"), "id,tenant,text,stars\ne,t0,a bug,5\n");
    Files.writeString(directory.resolve("3.csv"), "id,text,body,who,size\nf,a bug,x,y,5\n");
    Files.writeString(
        directory.resolve("4.jsonl"), "{\"id\":\"g\",\"tenant\":\"t0\",\"text\":\"x\"}\n");
    String told = refused("--input=" + directory + "/[1-4].*", "--outputFormat=parquet");
    List<String> lines = told.lines().toList();
    List<String> expected =
        List.of(
            "LINE of prompt: --input: "
                + one
                + " and another file: Cannot render prompt.user: line 1 uses the field 'body', which is not there",
            "LINE of prompt: --input: "
                + one
                + " and another file: Cannot render prompt.user: line 1 uses the field 'who', which is not there",
            "LINE of output: output.includeDocument names 'id', 'ID', and results have a column of that name",
            "LINE of output: --input: "
                + one
                + " and another file: output.includeDocument names 'size', 'ID', which is not there",
            "LINE of output: --input: "
                + directory.resolve("3.csv")
                + ": output.includeDocument names 'ID', which is not there",
            "LINE of prompt: --input: none of 1 document can be asked: Cannot render prompt.user: line 1 uses the field 'body'",
            "LINE of prompt: --input: none of 1 document can be asked: Cannot render prompt.user: line 1 uses the field 'who'",
            "LINE of output: --input: output.includeDocument names 'size', 'ID', which is not there; it has id, tenant, text (looked for in 1 document)",
            "LINE of document: --input: The file "
                + directory.resolve("3.csv")
                + " has no column 'tenant' (document.key)");
    for (String line : expected) {
      assertThat(told, containsString(at(task, line)));
    }
    assertThat(told, lines.size(), is(expected.size()));
    assertThat(rig.books("billed"), is(0L));
  }

  /**
   * Circles, names and labels that are not there, a split without room, columns that the input does
   * not have, and columns that results cannot have: one run tells of all of them.
   */
  @ParameterizedTest
  @ValueSource(strings = {"jsonl", "csv"})
  void mistakesOfTheTask_andOfItsColumns_areToldAtOnce_withLines(String format) throws IOException {
    Path task = directory.resolve("task.yaml");
    Path input = directory.resolve("in." + format);
    Files.writeString(
        input,
        format.equals("csv")
            ? "id,text,stars\nd,a bug,5\n"
            : "{\"id\":\"d\",\"text\":\"a bug\",\"stars\":5}\n");
    Files.writeString(
        task,
        """
        name: all-at-once
        model: gpt-4o-mini
        output: {format: parquet, includeDocument: [stars, Stars, MODEL, size]}
        steps:
          - name: a
            prompt: {user: "{{steps.b}} {{text}}"}
          - name: b
            prompt: {user: "{{steps.a}} {{title}}"}
          - name: c
            when: {a: [bug]}
            prompt: {user: "{{steps.nobody}} {{word}} {{more}}"}
          - name: d
            prompt: {user: "{{text}}", tooLong: split, maxTokens: 60, overlap: 200, merge: "{{parts}} {{tone}}"}
        """);
    String told = refused("--input=" + input);
    String lacks =
        format.equals("csv")
            ? "--input: " + input + ": Cannot render "
            : "--input: none of 1 document can be asked: Cannot render ";
    List<String> expected =
        List.of(
            "3: output.includeDocument names 'MODEL', and results have a column of that name",
            "3: output.includeDocument names 'stars' and 'Stars', which readers take for one column",
            "names 'Stars', 'MODEL', 'size', which is not there; it has id, text, stars",
            "5: steps.1 (a) needs steps that need it in turn",
            "7: steps.2 (b) needs steps that need it in turn",
            "8: "
                + lacks
                + "steps.2.prompt.user: line 1 uses the field 'title', which is not there",
            "9: steps.3 uses steps.nobody, which there is not",
            "10: steps.3.when.a: step a has no labels",
            "11: "
                + lacks
                + "steps.3.prompt.user: line 1 uses the field 'word', which is not there",
            "11: "
                + lacks
                + "steps.3.prompt.user: line 1 uses the field 'more', which is not there",
            "13: steps.4.prompt.maxTokens leaves no room for parts",
            "13: "
                + lacks
                + "steps.4.prompt.merge: line 1 uses the field 'tone', which is not there");
    for (String line : expected) {
      assertThat(told, containsString(line));
    }
    assertThat(told, told.lines().count(), is((long) expected.size()));
    assertThat(
        refused("--input=" + directory.resolve("none.csv")), containsString("no file matches"));
    assertThat(rig.books("billed"), is(0L));
  }

  /** What the provider has against a task does not hide that parts have no room. */
  @Test
  void partsWithoutRoom_areToldBesideParametersThatCannotBe() throws IOException {
    Path task = directory.resolve("task.yaml");
    Files.writeString(
        task,
        Files.readString(task)
            .replaceFirst(
                "(?m)^prompt:.*$",
                "prompt: {user: \"{{text}}\", tooLong: split, maxTokens: 60, overlap: 200}")
            .replaceFirst("(?m)^parameters:.*$", "parameters: {max_tokens: many}"));
    assertThat(
        refused(),
        allOf(
            containsString("parameters.max_tokens must be a whole number"),
            containsString("prompt.maxTokens leaves no room for parts")));
  }

  /** An expected message with the place of a field before it. */
  private static String at(Path task, String expected) throws IOException {
    String field = expected.substring("LINE of ".length(), expected.indexOf(": "));
    List<String> lines = Files.readAllLines(task);
    int line = 0;
    while (!lines.get(line).startsWith(field + ":")) {
      line++;
    }
    return task + ":" + (line + 1) + expected.substring(expected.indexOf(": "));
  }

  @Test
  void columnThatSomeDocumentsLack_isNullThere() throws IOException {
    Files.writeString(
        directory.resolve("documents.jsonl"),
        "{\"id\":\"a\",\"tenant\":\"t0\",\"text\":\"a bug\",\"stars\":1}\n"
            + "{\"id\":\"b\",\"tenant\":\"t0\",\"text\":\"another bug\"}\n");
    columns("[stars]");
    assertThat(rig.run(), is(0));
    JsonNode rows = JSON.valueToTree(rig.rows("results"));
    assertThat(rows.path("b").path("document").toString(), is("{\"stars\":null}"));
  }
}
