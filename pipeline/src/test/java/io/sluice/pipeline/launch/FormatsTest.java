package io.sluice.pipeline.launch;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.pipeline.flags.UsageException;
import io.sluice.pipeline.input.InputRows;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Jobs from and to columns. */
class FormatsTest {
  private static final int DOCUMENTS = 60;

  @TempDir Path directory;
  private JobRig rig;

  @BeforeEach
  void start() throws IOException {
    rig = new JobRig(directory, "").documents(DOCUMENTS, DOCUMENTS);
  }

  @AfterEach
  void close() {
    rig.close();
  }

  private static List<Path> files(Path results) throws IOException {
    try (Stream<Path> files = Files.list(results)) {
      return files.toList();
    }
  }

  /** The only file of the results, row by row. */
  private static List<JsonNode> rows(Path out, String extension) throws IOException {
    List<Path> files = files(out.resolve("results"));
    assertThat(files.size(), is(1));
    assertThat(files.get(0).toString(), containsString("." + extension));
    List<JsonNode> rows = new ArrayList<>();
    InputRows.read(files.get(0).toString(), JsonNode.class, rows::add);
    return rows;
  }

  @ParameterizedTest
  @CsvSource({"avro, DirectRunner", "parquet, DirectRunner", "parquet, FlinkRunner"})
  void resultsAsColumns_areInputAgain(String format, String runner) throws IOException {
    assertThat(rig.run("--outputFormat=" + format, "--runner=" + runner), is(0));
    Set<String> ids = new TreeSet<>();
    for (JsonNode row : rows(rig.out, format)) {
      ids.add(row.path("id").asText());
      assertThat(Set.of("bug", "praise").contains(row.path("output").asText()), is(true));
    }
    assertThat(ids.size(), is(DOCUMENTS));
    assertThat(
        Files.readString(rig.out.resolve("report.html")),
        allOf(containsString("praise"), containsString("How often each answer came")));
    Files.writeString(
        directory.resolve("task.yaml"),
        Files.readString(directory.resolve("task.yaml"))
            .replace("name: topics", "name: again")
            .replace("{{text}}", "{{output}} of {{source.position}}, {{id}}")
            .replace("{key: tenant}", "{id: id, key: key}"));
    assertThat(
        rig.run(
            "--input=" + rig.out + "/results/*." + format, "--output=" + directory.resolve("two")),
        is(0));
    assertThat(rig.books("billed"), is(2L * DOCUMENTS));
  }

  @Test
  void anotherFormat_takesThePlaceOfTheFirst() throws IOException {
    assertThat(rig.run("--outputFormat=parquet"), is(0));
    assertThat(rig.run("--outputFormat=avro"), is(0));
    assertThat(rows(rig.out, "avro").size(), is(DOCUMENTS));
    assertThat(rig.run(), is(0));
    assertThat(rows(rig.out, "jsonl").size(), is(DOCUMENTS));
    assertThat(rig.books("billed"), is((long) DOCUMENTS));
  }

  /** Where Flink sorts, six megabytes are too many for one. */
  @ParameterizedTest
  @ValueSource(strings = {"DirectRunner", "FlinkRunner"})
  void aRowOfEightMegabytes_isOneAsAnyOther(String runner) throws IOException {
    Path task = directory.resolve("task.yaml");
    Files.writeString(
        task,
        Files.readString(task).replace("{type: label,", "{type: label, includeDocument: true,"));
    Path file = directory.resolve("large.jsonl");
    String large = "x".repeat(8_000_000);
    Files.writeString(
        file,
        """
        {"id": "a", "tenant": "t0", "text": "a bug"}
        {"id": "b", "tenant": "t0", "text": "praise", "log": "%s"}
        {"id": "c", "tenant": "t1", "text": "another bug", "log": "%s"}
        """
            .formatted(large, large));
    assertThat(rig.run("--input=" + file, "--runner=" + runner), is(0));
    List<JsonNode> rows = rows(rig.out, "jsonl");
    assertThat(rows.size(), is(3));
    long sum = rows.stream().mapToLong(row -> row.at("/document/log").asText().length()).sum();
    assertThat(sum, is(16_000_000L));
    assertThat(rig.books("billed"), is(3L));
  }

  @Test
  void theTaskSaysTheFormat() throws IOException {
    Path task = directory.resolve("task.yaml");
    Files.writeString(
        task, Files.readString(task).replace("{type: label,", "{type: label, format: parquet,"));
    assertThat(rig.run(), is(0));
    assertThat(rows(rig.out, "parquet").size(), is(DOCUMENTS));
  }

  @ParameterizedTest
  @ValueSource(strings = {"id: ticket", "key: account"})
  void columnThatIsNotThere_sendsNothing(String field) throws IOException {
    assertThat(rig.run("--outputFormat=parquet"), is(0));
    Path task = directory.resolve("task.yaml");
    Files.writeString(task, Files.readString(task).replace("key: tenant", field));
    assertThat(
        refused("--input=" + rig.out + "/results/*.parquet", "--output=" + directory.resolve("x")),
        allOf(
            containsString("no column '" + field.substring(field.indexOf(' ') + 1) + "'"),
            containsString("it has id, output, model")));
    assertThat(rig.books("billed"), is((long) DOCUMENTS));
  }

  @Test
  void promptOfAColumnThatIsNotThere_sendsNothing() throws IOException {
    assertThat(rig.run("--outputFormat=avro"), is(0));
    Path task = directory.resolve("task.yaml");
    Files.writeString(task, Files.readString(task).replace("key: tenant", "key: key"));
    assertThat(
        refused("--input=" + rig.out + "/results/*.avro", "--output=" + directory.resolve("x")),
        allOf(containsString("prompt.user"), containsString("'text', which is not there")));
  }

  @Test
  void mistypedFormats_areUsageErrors() {
    assertThat(refused("--outputFormat=orc"), containsString("jsonl, csv, avro or parquet"));
    assertThat(refused("--inputFormat=orc"), containsString("file, avro or parquet"));
  }

  private String refused(String... flags) {
    return String.valueOf(assertThrows(UsageException.class, () -> rig.run(flags)).getMessage());
  }
}
