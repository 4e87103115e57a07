package io.sluice.pipeline.launch;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.pipeline.flags.UsageException;
import io.sluice.simulate.Simulator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A job that watches its input, up to where it ends by itself. What kills it is in src/it. */
class WatchTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path directory;
  private Simulator simulator;
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

  @BeforeEach
  void start() throws IOException {
    simulator =
        Simulator.start(
            new Simulator.Options(
                0, 600_000, 60_000_000, 1, false, 5, 0.5, "", List.of(), new BigDecimal(1_000), 1));
  }

  @AfterEach
  void close() {
    simulator.close();
  }

  private Path task(String key) throws IOException {
    Path file = Files.writeString(directory.resolve("key"), key + "\n");
    return Files.writeString(
        directory.resolve("task.yaml"),
        """
        name: watched
        provider: {kind: openai, baseUrl: "%s", apiKeyFile: "%s"}
        model: gpt-4o-mini
        prompt: {user: "{{text}}"}
        parameters: {max_tokens: 20}
        quota: {requestsPerMinute: 100000, tokensPerMinute: 20000000, maxConcurrent: 10}
        chunk: {documents: 20, maxDelay: 100ms}
        """
            .formatted(simulator.baseUrl(), file));
  }

  /** A file that was written long ago. */
  private void file(String name, int from, int to) throws IOException {
    List<String> lines = new ArrayList<>();
    for (int i = from; i < to; i++) {
      lines.add("{\"id\": \"d" + i + "\", \"text\": \"number " + i + "\"}");
    }
    Path file = Files.createDirectories(directory.resolve("in")).resolve(name + ".jsonl");
    Files.setLastModifiedTime(Files.write(file, lines), FileTime.fromMillis(0));
  }

  private int run(Path task, String... more) throws IOException {
    List<String> args =
        new ArrayList<>(
            List.of(
                "--task=" + task,
                "--input=" + directory.resolve("in") + "/*.jsonl",
                "--output=" + directory.resolve("out")));
    args.addAll(Arrays.asList(more));
    PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8);
    return new Run(out, out).run(args);
  }

  private Set<String> ids(String kind) throws IOException {
    Set<String> ids = new TreeSet<>();
    try (Stream<Path> files = Files.list(directory.resolve("out").resolve(kind))) {
      for (Path file : files.toList()) {
        for (String line : Files.readAllLines(file)) {
          assertThat("twice: " + line, ids.add(JSON.readTree(line).path("id").asText()), is(true));
        }
      }
    }
    return ids;
  }

  private JsonNode summary() throws IOException {
    return JSON.readTree(Files.readString(directory.resolve("out/summary.json")));
  }

  private long books(String field) {
    return simulator.books().path("accounts").iterator().next().path(field).asLong();
  }

  @ParameterizedTest
  @ValueSource(strings = {"DirectRunner", "FlinkRunner"})
  void theBudget_endsIt_andWhatWasAnsweredIsNotPaidAgain(String runner) throws IOException {
    Path task = task("key");
    file("a", 0, 400);
    // 400 documents cost about 0.002 USD.
    assertThat(run(task, "--watch=1s", "--budgetUsd=0.001", "--runner=" + runner), is(3));
    JsonNode stopped = summary();
    assertThat(stopped.path("state").asText(), is("stoppedByBudget"));
    assertThat(stopped.path("stillToDo").asInt() + (int) books("billed"), is(400));
    assertThat("a round is in place as a whole", stopped.path("documents").asInt(), is(0));
    assertThat(printed.toString(StandardCharsets.UTF_8), containsString("Stopped at the budget"));

    file("b", 400, 500);
    assertThat(run(task, "--runner=" + runner), is(0));
    assertThat(ids("results").size(), is(500));
    assertThat(books("billed"), is(500L));
    assertThat(books("billedAgain"), is(0L));
  }

  @Test
  void aRefusedKey_endsIt() throws IOException {
    Path task = task("bad-key");
    file("a", 0, 30);
    assertThat(run(task, "--watch=1s"), is(5));
    assertThat(summary().path("state").asText(), is("stoppedByProvider"));
    assertThat(summary().path("stillToDo").asInt(), is(30));
    assertThat(Files.exists(directory.resolve("out/report.html")), is(true));
  }

  @Test
  void flagsThatDoNotGoTogether() throws IOException {
    Path task = task("key");
    assertThat(refused(task, "--watch=1s", "--limit=3"), containsString("--watch and --limit"));
    assertThat(refused(task, "--watch=soon"), containsString("--watch: expected a time"));
    assertThat(refused(task, "--watch=1ms"), containsString("--watch: expected 1s or more"));
    assertThat(
        refused(task, "--watch=1s", "--runner=FlinkRunner", "--streaming=false"),
        containsString("--watch and --streaming=false"));
    Path auto =
        Files.writeString(
            directory.resolve("auto.yaml"),
            Files.readString(task).replace("kind: openai", "mode: auto, kind: openai"));
    assertThat(refused(auto, "--watch=1s"), containsString("--watch and provider.mode: auto"));
  }

  private String refused(Path task, String... flags) {
    return String.valueOf(assertThrows(UsageException.class, () -> run(task, flags)).getMessage());
  }
}
