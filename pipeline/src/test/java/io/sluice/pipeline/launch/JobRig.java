package io.sluice.pipeline.launch;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.nullValue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.ModelTask;
import io.sluice.internal.batches.BatchClient;
import io.sluice.internal.batches.BatchPacker;
import io.sluice.internal.batches.Sleeper;
import io.sluice.internal.ledger.BatchEvent;
import io.sluice.internal.ledger.Ledger;
import io.sluice.internal.provider.Callers;
import io.sluice.pipeline.plan.JobArguments;
import io.sluice.simulate.Simulator;
import io.sluice.simulate.batches.BatchOptions;
import io.sluice.spi.BatchStatus;
import io.sluice.spi.Connection;
import io.sluice.spi.PackedBatch;
import io.sluice.spi.Request;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;

/** A job of labels against a rehearsal provider, in one directory. */
final class JobRig implements AutoCloseable {
  static final ObjectMapper JSON = new ObjectMapper();

  final Path directory;
  final Path out;
  private final Simulator simulator;
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

  JobRig(Path directory, String faults) throws IOException {
    this(directory, faults, 0.5);
  }

  /**
   * @param batchSeconds from a batch's creation to its end
   */
  JobRig(Path directory, String faults, double batchSeconds) throws IOException {
    this.directory = directory;
    this.out = directory.resolve("out");
    simulator =
        Simulator.start(
            new Simulator.Options(
                0,
                600_000,
                60_000_000,
                1,
                false,
                5,
                0.5,
                faults,
                List.of("bug", "praise"),
                new BigDecimal(1_000),
                1,
                new BatchOptions(batchSeconds, Long.MAX_VALUE, "")));
    Files.writeString(directory.resolve("key"), "some-key\n");
    Files.writeString(
        directory.resolve("task.yaml"),
        """
        name: topics
        provider: {kind: openai, baseUrl: "%s", apiKeyFile: "%s"}
        model: gpt-4o-mini
        prompt: {system: "Classify.", user: "{{text}}"}
        parameters: {max_tokens: 20}
        output: {type: label, labels: [bug, praise]}
        document: {key: tenant}
        quota:
          requestsPerMinute: 100000
          tokensPerMinute: 20000000
          maxConcurrent: 20
          keys:
            t0: {requestsPerMinute: 100000, tokensPerMinute: 20000000}
            t1: {requestsPerMinute: 100000, tokensPerMinute: 20000000}
        retry: {maxAttempts: 12, timeout: 20s}
        chunk: {documents: 20, maxDelay: 100ms}
        """
            .formatted(simulator.baseUrl(), directory.resolve("key")));
  }

  /** Where the provider listens. */
  int port() {
    return simulator.port();
  }

  /** Documents of two tenants, among which every text comes {@code count / distinct} times. */
  JobRig documents(int count, int distinct) throws IOException {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      ObjectNode line = JSON.createObjectNode();
      line.put("id", "d" + i).put("tenant", "t" + i % 2);
      line.put("text", "number " + i % distinct + (i % 2 == 0 ? " is a bug" : " is praise"));
      lines.add(line.toString());
    }
    Files.write(directory.resolve("documents.jsonl"), lines);
    return this;
  }

  List<String> command(String... more) {
    List<String> args = new ArrayList<>(List.of("--task=" + directory.resolve("task.yaml")));
    args.addAll(Arrays.asList(more));
    if (args.stream().noneMatch(arg -> arg.startsWith("--input="))) {
      args.add("--input=" + directory.resolve("documents.jsonl"));
    }
    if (args.stream().noneMatch(arg -> arg.startsWith("--output="))) {
      args.add("--output=" + out);
    }
    return args;
  }

  int run(String... more) throws IOException {
    PrintStream to = new PrintStream(printed, true, StandardCharsets.UTF_8);
    return new Run(to, to).run(command(more));
  }

  /** What the runs have said. */
  String printed() {
    return printed.toString(StandardCharsets.UTF_8);
  }

  /** Rows by id; a row that is there twice fails the test. */
  Map<String, JsonNode> rows(String kind) throws IOException {
    Map<String, JsonNode> rows = new HashMap<>();
    try (Stream<Path> files = Files.list(out.resolve(kind))) {
      for (Path file : files.toList()) {
        for (String line : Files.readAllLines(file)) {
          JsonNode row = JSON.readTree(line);
          assertThat("twice: " + line, rows.put(row.path("id").asText(), row), is(nullValue()));
        }
      }
    }
    return rows;
  }

  JsonNode summary() throws IOException {
    return JSON.readTree(Files.readString(out.resolve("summary.json")));
  }

  /** The provider's own books, of all accounts. */
  long books(String field) {
    long sum = 0;
    for (JsonNode account : simulator.books().path("accounts")) {
      sum += account.path(field).asLong();
    }
    return sum;
  }

  /**
   * A batch that a job submitted before it was killed.
   *
   * @return the ledger
   */
  Path leaveBatchAtWork(int requests) throws Exception {
    Path ledger = out.resolve("ledger");
    ModelTask task =
        JobArguments.task(directory.resolve("task.yaml").toString(), null, null).task();
    Connection options = new Callers(task, name -> null).connection(task.quota().forKey(""));
    try (BatchClient client = BatchClient.open(options, Sleeper.REAL, new Random(1));
        Ledger dead =
            Ledger.open(
                new Ledger.Options(
                    ledger.toString(), "topics", "dead", part -> true, InstantSource.system()));
        BatchPacker packer = client.packer(client.limits(), directory, () -> "intent1")) {
      for (int i = 0; i < requests; i++) {
        String body = "{\"model\": \"gpt-4o-mini\", \"messages\": []}";
        packer.add(new Request(fingerprint(i), body, 10, 20));
        dead.beginInBatch("", fingerprint(i), "intent1", BigDecimal.ONE);
      }
      PackedBatch packed = Objects.requireNonNull(packer.finish());
      dead.batch("", "intent1", new BatchEvent.Intended(requests, 10));
      BatchStatus status = client.submit(packed.intent(Instant.now()), packed, id -> false);
      dead.batch("", "intent1", new BatchEvent.Created(status.id(), requests));
    }
    return ledger;
  }

  private static String fingerprint(int i) {
    return String.format("%032x", i).repeat(2);
  }

  JsonNode books() {
    return simulator.books();
  }

  @Override
  public void close() {
    simulator.close();
  }
}
