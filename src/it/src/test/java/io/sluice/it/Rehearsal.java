package io.sluice.it;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.greaterThanOrEqualTo;
import static org.hamcrest.Matchers.is;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.simulate.Simulator;
import io.sluice.simulate.batches.BatchOptions;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** One job's files, its provider with its books, and what must hold of both in the end. */
final class Rehearsal {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Longer than any file here takes on a slow machine. */
  private static final int MOST_LOOKS = 3_000;

  private final Path directory;
  private final Simulator simulator;
  private int starts;

  Rehearsal(Path directory, Simulator simulator, int documents, int inFlight) throws IOException {
    this.directory = directory;
    this.simulator = simulator;
    Files.writeString(directory.resolve("key"), "a-key-to-rehearse-with\n");
    Files.writeString(
        directory.resolve("task.yaml"),
        """
        name: rehearsal
        provider: {kind: openai, baseUrl: "%s", apiKeyFile: "%s"}
        model: gpt-4o-mini
        prompt: {user: "{{text}}"}
        parameters: {max_tokens: 20}
        output: {type: text}
        quota: {requestsPerMinute: 12000, tokensPerMinute: 20000000, maxConcurrent: %d}
        """
            .formatted(simulator.baseUrl(), directory.resolve("key"), inFlight));
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < documents; i++) {
      lines.add("{\"id\": \"d" + i + "\", \"text\": \"What is said about number " + i + "?\"}");
    }
    Files.write(directory.resolve("documents.jsonl"), lines);
  }

  /** A provider at this many requests a minute, whose answers take 300 ms in the mean. */
  static Simulator provider(long requestsPerMinute) throws IOException {
    return provider(requestsPerMinute, BatchOptions.DEFAULT);
  }

  static Simulator provider(long requestsPerMinute, BatchOptions batches) throws IOException {
    return provider(requestsPerMinute, batches, System::nanoTime);
  }

  /**
   * @param batchNanos the time by which batches go
   */
  static Simulator provider(long requestsPerMinute, BatchOptions batches, LongSupplier batchNanos)
      throws IOException {
    return Simulator.start(
        new Simulator.Options(
            0,
            requestsPerMinute,
            20_000_000,
            1,
            false,
            300,
            0.5,
            "",
            List.of(),
            new BigDecimal(1_000),
            1,
            batches),
        batchNanos);
  }

  /**
   * Asks by batches of at most so many requests.
   *
   * @param kind of the provider: openai or anthropic
   */
  Rehearsal inBatches(String kind, int requests) throws IOException {
    boolean openAi = kind.equals("openai");
    Path task = directory.resolve("task.yaml");
    String text =
        Files.readString(task)
            .replace("kind: openai", "mode: batch, kind: " + kind)
            .replace("gpt-4o-mini", openAi ? "gpt-4o-mini" : "claude-haiku-4-5")
            .replace("/v1\"", openAi ? "/v1\"" : "\"");
    Files.writeString(
        task, text + "batch: {poll: 1s, requests: " + requests + "}\nretry: {maxAttempts: 20}\n");
    return this;
  }

  /** Gives every document one of so many quota keys, each with a small quota of its own. */
  Rehearsal withKeys(int keys) throws IOException {
    Path task = directory.resolve("task.yaml");
    String listed =
        IntStream.range(0, keys)
            .mapToObj(key -> "t" + key + ": {requestsPerMinute: 20}")
            .collect(Collectors.joining(", "));
    String text = Files.readString(task);
    Files.writeString(
        task,
        text.replace(
                "quota: {requestsPerMinute: 12000,",
                "quota: {keys: {" + listed + "}, requestsPerMinute: 20,")
            + "document: {key: tenant}\n");
    Path documents = directory.resolve("documents.jsonl");
    List<String> lines = new ArrayList<>();
    for (String line : Files.readAllLines(documents)) {
      lines.add(line.replaceFirst("\\{", "{\"tenant\": \"t" + lines.size() % keys + "\", "));
    }
    Files.write(documents, lines);
    return this;
  }

  /** The job's flags. */
  List<String> flags(String... more) {
    List<String> flags =
        new ArrayList<>(
            List.of(
                "--task=" + directory.resolve("task.yaml"),
                "--input=" + directory.resolve("documents.jsonl"),
                "--output=" + output()));
    flags.addAll(List.of(more));
    return flags;
  }

  /** Starts the job, or continues it. */
  JobProcess start(String... more) throws IOException {
    List<String> arguments = new ArrayList<>(List.of("run"));
    arguments.addAll(flags(more));
    return JobProcess.start(directory.resolve("job-" + ++starts + ".log"), arguments);
  }

  /** Starts or continues the job with its input, its outputs and its ledger in a store. */
  JobProcess startIn(ObjectStore store) throws IOException {
    return JobProcess.start(
        directory.resolve("job-" + ++starts + ".log"),
        List.of(
            "run",
            "--task=" + directory.resolve("task.yaml"),
            "--input=" + store.name("in/*.jsonl"),
            "--output=" + store.name("out")),
        store.environment());
  }

  /** The flags of the job over files that are still to come: {@link #drop}. */
  List<String> watchingFlags(String... more) {
    List<String> flags =
        new ArrayList<>(
            List.of(
                "--task=" + directory.resolve("task.yaml"),
                "--input=" + directory.resolve("in") + "/*.jsonl",
                "--output=" + output(),
                "--watch=1s"));
    flags.addAll(List.of(more));
    return flags;
  }

  /** Starts or continues the job over files that are still to come: {@link #drop}. */
  JobProcess startWatching(String... more) throws IOException {
    List<String> arguments = new ArrayList<>(List.of("run"));
    arguments.addAll(watchingFlags(more));
    return JobProcess.start(directory.resolve("job-" + ++starts + ".log"), arguments);
  }

  /**
   * Puts a file of documents, {@code from} up to and not including {@code to}, where it is seen.
   */
  void drop(String name, int from, int to) throws IOException {
    Path in = Files.createDirectories(directory.resolve("in"));
    List<String> all = Files.readAllLines(documents());
    Path whole = Files.write(directory.resolve(name + ".part"), all.subList(from, to));
    Files.move(whole, in.resolve(name + ".jsonl"), StandardCopyOption.ATOMIC_MOVE);
  }

  /** Waits until so many documents are in the outputs of a watching job. */
  void awaitPublished(int documents, BooleanSupplier goesOn) throws Exception {
    Path summary = output().resolve("summary.json");
    int published = 0;
    for (int look = 0; look < MOST_LOOKS && published < documents; look++) {
      assertThat("the job goes on", goesOn.getAsBoolean(), is(true));
      Thread.sleep(100);
      published =
          Files.exists(summary)
              ? JSON.readTree(Files.readString(summary)).path("documents").asInt()
              : 0;
    }
    assertThat("documents in the outputs", published, greaterThanOrEqualTo(documents));
  }

  Path documents() {
    return directory.resolve("documents.jsonl");
  }

  Path output() {
    return directory.resolve("out");
  }

  /**
   * What its processes left among temporary files, but for lz4's library, which has no other place.
   */
  List<Path> leftTemporary() throws IOException {
    try (Stream<Path> left = Files.list(JobProcess.temporary(directory.resolve("job")))) {
      return left.filter(path -> !path.getFileName().toString().startsWith("liblz4-java")).toList();
    }
  }

  long billed() {
    return books("billed");
  }

  /** Answers that the provider billed for a request that it had billed before. */
  long billedAgain() {
    return books("billedAgain");
  }

  long rateLimited() {
    return books("rateLimited");
  }

  private long books(String field) {
    long sum = 0;
    for (JsonNode account : simulator.books().path("accounts")) {
      sum += account.path(field).asLong();
    }
    return sum;
  }

  /** Every document has exactly one row, and the summary says so. */
  void checkRows(int documents) throws IOException {
    checkRows(documents, "succeeded");
  }

  /** As above, in another state than that of a job that has ended. */
  void checkRows(int documents, String state) throws IOException {
    Set<String> ids = new HashSet<>();
    try (Stream<Path> files = Files.list(output().resolve("results"))) {
      for (Path file : files.filter(path -> path.toString().endsWith(".jsonl")).toList()) {
        for (String line : Files.readAllLines(file)) {
          String id = JSON.readTree(line).path("id").asText();
          assertThat("a second row: " + line, ids.add(id), is(true));
        }
      }
    }
    assertThat(ids.size(), is(documents));
    JsonNode summary = JSON.readTree(Files.readString(output().resolve("summary.json")));
    assertThat(summary.path("state").asText(), is(state));
    assertThat(summary.path("documents").asInt(), is(documents));
    assertThat(summary.path("succeeded").asInt(), is(documents));
  }
}
