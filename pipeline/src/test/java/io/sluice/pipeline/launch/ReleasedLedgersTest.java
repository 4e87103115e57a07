package io.sluice.pipeline.launch;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.matchesPattern;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.nullValue;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.pipeline.flags.UsageException;
import io.sluice.pipeline.report.ReportVerb;
import io.sluice.pipeline.status.StatusVerb;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What an earlier version was paid for stays paid: jobs as released jars left them, in {@code
 * src/test/resources/released}, a folder a version and in it one a job. Each is copied and its own
 * command runs again. How such a folder is made: {@code src/it/fixtures/make.mjs}.
 */
class ReleasedLedgersTest {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);

  /** What stands for the job's folder. */
  private static final String HERE = "@DIR@";

  /**
   * Of a row, what an earlier version promised; how it was served and how long it took may move.
   */
  private static final List<String> OF_RESULTS =
      List.of("output", "model", "finishReason", "usage", "costUsd", "key", "source", "document");

  private static final List<String> OF_ERRORS = List.of("kind", "status", "code");

  @TempDir Path directory;
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

  private static Path released() throws URISyntaxException {
    return Path.of(
        Objects.requireNonNull(ReleasedLedgersTest.class.getResource("/released")).toURI());
  }

  static List<String> jobs() throws IOException, URISyntaxException {
    Path root = released();
    try (Stream<Path> files = Files.walk(root, 3)) {
      return files
          .filter(file -> file.endsWith("expect.json"))
          .map(file -> root.relativize(file.getParent()).toString())
          .sorted()
          .toList();
    }
  }

  private Path copy(String job) throws IOException, URISyntaxException {
    Path from = released().resolve(job);
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path to = directory.resolve(from.relativize(file).toString());
        Files.createDirectories(to.getParent());
        Files.writeString(to, Files.readString(file).replace(HERE, directory.toString()));
      }
    }
    return directory;
  }

  private JsonNode expected() throws IOException {
    return JSON.readTree(Files.readString(directory.resolve("expect.json")));
  }

  private PrintStream out() {
    return new PrintStream(printed, true, StandardCharsets.UTF_8);
  }

  private int runAgain(JsonNode expected) throws IOException {
    List<String> args = new ArrayList<>();
    expected.path("args").forEach(arg -> args.add(arg.asText()));
    assertThat(args.remove(0), is("run"));
    return new Run(out(), out()).run(args);
  }

  @ParameterizedTest
  @MethodSource("jobs")
  void sameCommand_costsWhatWasOpen_andWritesTheSameRows(String job) throws Exception {
    copy(job);
    JsonNode expected = expected();
    boolean killed = expected.path("killed").asBoolean();
    Path ended = killed ? directory.resolve("rows") : directory.resolve("out");
    Map<String, JsonNode> results = results(ended);
    Map<String, JsonNode> dead = deadLetters(ended);
    try (ReleasedProvider provider = new ReleasedProvider(directory.resolve("server.jsonl"))) {
      assertThat(printed.toString(StandardCharsets.UTF_8), runAgain(expected), is(exit(expected)));
      assertThat(provider.unexpected(), is(empty()));
      assertThat(provider.missing(), is(empty()));
      if (!killed) {
        assertThat(provider.asked(), is(empty()));
        assertThat(summary().path("calls").path("sent").asInt(-1), is(0));
      }
    }
    assertThat(results.size() + dead.size(), is(greaterThan(0)));
    assertThat(results(directory.resolve("out")), is(results));
    assertThat(deadLetters(directory.resolve("out")), is(dead));
    assertThat(summary().path("documents").asInt(), is(results.size() + dead.size()));
  }

  @ParameterizedTest
  @MethodSource("jobs")
  void statusAndReport_readWhatWasLeft(String job) throws Exception {
    copy(job);
    JsonNode expected = expected();
    String output = "--output=" + directory.resolve("out");
    assertThat(StatusVerb.run(List.of(output, "--json"), out()), is(0));
    JsonNode status = JSON.readTree(printed.toString(StandardCharsets.UTF_8));
    assertThat(status.path("name").asText(), is(directoryName(job)));
    assertThat(status.path("state").asText(), is(expected.path("state").asText()));
    assertThat(status.path("command").asText(), containsString("run --task="));
    assertThat(status.path("costUsd"), is(expected.path("costUsd")));
    assertThat(StatusVerb.run(List.of(output), out()), is(0));
    if (!Files.exists(directory.resolve("out/summary.json"))) {
      assertThrows(UsageException.class, () -> ReportVerb.run(List.of(output), out()));
      return;
    }
    JsonNode before = summary();
    for (String field : List.of("documents", "succeeded", "deadLettered")) {
      assertThat(field, status.path(field).asInt(-1), is(before.path(field).asInt()));
    }
    List<String> args = new ArrayList<>(List.of(output));
    expected.path("args").forEach(arg -> args.add(arg.asText()));
    args.removeIf(arg -> !arg.startsWith("--ledger=") && !arg.equals(output));
    assertThat(ReportVerb.run(args.stream().distinct().toList(), out()), is(0));
    assertThat(
        Files.readString(directory.resolve("out/report.html")),
        matchesPattern(
            "(?is).*\\b(?:all|of) " + before.path("documents").asInt() + " documents\\b.*"));
    assertThat(summary(), is(before));
  }

  private static String directoryName(String job) {
    return Path.of(job).getFileName().toString();
  }

  private static int exit(JsonNode expected) {
    return expected.path("exit").asInt(-1);
  }

  private JsonNode summary() throws IOException {
    return JSON.readTree(Files.readString(directory.resolve("out/summary.json")));
  }

  private static Map<String, JsonNode> results(Path root) throws IOException {
    Map<String, JsonNode> rows = rows(root.resolve("results"));
    rows.replaceAll((id, row) -> ((ObjectNode) row).retain(OF_RESULTS));
    rows.forEach((id, row) -> assertThat(id, row.path("costUsd").isNumber(), is(true)));
    return rows;
  }

  private static Map<String, JsonNode> deadLetters(Path root) throws IOException {
    Map<String, JsonNode> rows = rows(root.resolve("dead-letter"));
    rows.replaceAll(
        (id, row) -> {
          ObjectNode error = ((ObjectNode) row.path("error")).retain(OF_ERRORS);
          return ((ObjectNode) row).retain("document", "key", "source").set("error", error);
        });
    return rows;
  }

  /** By id, which is there once. */
  private static Map<String, JsonNode> rows(Path folder) throws IOException {
    Map<String, JsonNode> rows = new TreeMap<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        for (String line : Files.readAllLines(file)) {
          JsonNode row = JSON.readTree(line);
          assertThat(line, row.path("id").asText(), is(not("")));
          assertThat("twice: " + line, rows.put(row.path("id").asText(), row), is(nullValue()));
        }
      }
    }
    return rows;
  }
}
