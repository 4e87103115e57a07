package io.sluice.pipeline.launch;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.aMapWithSize;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.matchesPattern;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.startsWith;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.pipeline.flags.UsageException;
import io.sluice.simulate.Simulator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The whole job over real HTTP, on every embedded runner. */
class RunTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** An input that the rehearsal provider refuses, and with it every call that it is part of. */
  private static final String POISON = "\u0000";

  private static final String KEY = "key-that-must-not-leak";

  /**
   * Every fault that passes when asked again, and some that do not. Empty answers are rare: two of
   * them are the end.
   */
  private static final String FAULTS =
      "rate=0.02,server=0.02,overload=0.01,half=0.01,html=0.02,empty=0.002,garbage=0.02,"
          + "invalid=0.02,refusal=0.02,length=0.02,filter=0.02,bad=0.02";

  @TempDir Path directory;
  private final List<Simulator> simulators = new ArrayList<>();
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

  @AfterEach
  void close() {
    simulators.forEach(Simulator::close);
  }

  private Simulator simulator(String faults, BigDecimal credit) throws IOException {
    Simulator simulator =
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
                credit,
                1));
    simulators.add(simulator);
    return simulator;
  }

  private Simulator simulator(String faults) throws IOException {
    return simulator(faults, new BigDecimal(1_000));
  }

  private Path task(Simulator simulator, String more) throws IOException {
    Path key = directory.resolve("key");
    Files.writeString(key, KEY + "\n");
    return Files.writeString(
        directory.resolve("task.yaml"),
        """
        name: topics
        provider: {kind: openai, baseUrl: "%s", apiKeyFile: "%s"}
        model: gpt-4o-mini
        prompt: {system: "Classify.", user: "{{text}}"}
        parameters: {max_tokens: 20}
        output: {type: label, labels: [bug, praise]}
        document: {key: tenant}
        quota: {requestsPerMinute: 100000, tokensPerMinute: 20000000, maxConcurrent: 50}
        retry: {maxAttempts: 12, timeout: 20s}
        chunk: {documents: 20, maxDelay: 100ms}
        %s
        """
            .formatted(simulator.baseUrl(), key, more));
  }

  private Path documents(int count, int distinct) throws IOException {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      ObjectNode line = JSON.createObjectNode();
      line.put("id", "d" + i).put("tenant", "t" + i % 3);
      line.put("text", "number " + i % distinct + (i % 2 == 0 ? " is a bug" : " is praise"));
      lines.add(line.toString());
    }
    return Files.write(directory.resolve("documents.jsonl"), lines);
  }

  private int run(Path task, Path input, String... more) throws IOException {
    List<String> args =
        new ArrayList<>(
            List.of("--task=" + task, "--input=" + input, "--output=" + directory.resolve("out")));
    args.addAll(Arrays.asList(more));
    PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8);
    return new Run(out, out).run(args);
  }

  private Map<String, JsonNode> rows(String kind) throws IOException {
    Map<String, JsonNode> rows = new HashMap<>();
    try (Stream<Path> files = Files.list(directory.resolve("out").resolve(kind))) {
      for (Path file : files.toList()) {
        for (String line : Files.readAllLines(file)) {
          JsonNode row = JSON.readTree(line);
          assertThat("twice: " + line, rows.put(row.path("id").asText(), row) == null, is(true));
        }
      }
    }
    return rows;
  }

  private static JsonNode row(Map<String, JsonNode> rows, String id) {
    JsonNode row = rows.get(id);
    return row == null ? JSON.missingNode() : row;
  }

  private JsonNode summary() throws IOException {
    return JSON.readTree(Files.readString(directory.resolve("out/summary.json")));
  }

  private static String[] runner(String name) {
    return name.equals("FlinkStreaming")
        ? new String[] {"--runner=FlinkRunner", "--streaming=true", "--parallelism=2"}
        : name.equals("FlinkRunner")
            ? new String[] {"--runner=FlinkRunner", "--parallelism=2"}
            : new String[] {"--runner=" + name};
  }

  @ParameterizedTest
  @ValueSource(strings = {"DirectRunner", "FlinkRunner", "FlinkStreaming"})
  void faults_everyDocumentEndsOnce_withItsOwnAnswer(String runner) throws IOException {
    Simulator simulator = simulator(FAULTS);
    assertThat(run(task(simulator, ""), documents(600, 600), runner(runner)), is(0));
    Map<String, JsonNode> answers = rows("results");
    Map<String, JsonNode> dead = rows("dead-letter");
    assertThat(answers.size() + dead.size(), is(600));
    answers.forEach(
        (id, row) -> {
          boolean even = Integer.parseInt(id.substring(1)) % 2 == 0;
          assertThat(id, row.path("output").asText(), is(even ? "bug" : "praise"));
        });
    Set<String> kinds = new TreeSet<>();
    dead.values().forEach(row -> kinds.add(row.path("error").path("kind").asText()));
    assertThat(kinds, is(Set.of("refusal", "truncated", "content_filter", "bad_request")));
    assertThat(summary().path("documents").asInt(), is(600));
    assertThat(summary().path("deadLettered").asInt(), is(dead.size()));
    assertThat(
        Files.readString(directory.resolve("out/report.html")),
        containsString("Of 600 documents, "));
    assertNoKeyOnDisk();
  }

  private void assertNoKeyOnDisk() throws IOException {
    try (Stream<Path> files = Files.walk(directory.resolve("out"))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        assertThat(file.toString(), Files.readString(file), not(containsString(KEY)));
      }
    }
    assertThat(printed.toString(StandardCharsets.UTF_8), not(containsString(KEY)));
  }

  private Path anthropicTask(Simulator simulator, String more) throws IOException {
    Path task = task(simulator, more);
    return Files.writeString(
        task,
        Files.readString(task)
            .replace("kind: openai", "kind: anthropic")
            .replace(simulator.baseUrl(), simulator.baseUrl("anthropic"))
            .replace("gpt-4o-mini", "claude-haiku-4-5"));
  }

  @Test
  void anthropic_everyDocumentEndsOnce_withItsOwnAnswer() throws IOException {
    Simulator simulator = simulator(FAULTS.replace("rate=0.02", "rate=0.01"));
    assertThat(run(anthropicTask(simulator, ""), documents(200, 200)), is(0));
    Map<String, JsonNode> answers = rows("results");
    Map<String, JsonNode> dead = rows("dead-letter");
    assertThat(answers.size() + dead.size(), is(200));
    BigDecimal cost = BigDecimal.ZERO;
    for (Map.Entry<String, JsonNode> answer : answers.entrySet()) {
      boolean even = Integer.parseInt(answer.getKey().substring(1)) % 2 == 0;
      JsonNode row = answer.getValue();
      assertThat(answer.getKey(), row.path("output").asText(), is(even ? "bug" : "praise"));
      assertThat(row.path("finishReason").asText(), is("end_turn"));
      cost = cost.add(row.path("costUsd").decimalValue());
    }
    assertThat(cost.signum(), is(1));
    Set<String> kinds = new TreeSet<>();
    dead.values().forEach(row -> kinds.add(row.path("error").path("kind").asText()));
    // The answer that was cut is whole at the second time, with a larger cap.
    assertThat(kinds, is(Set.of("refusal", "bad_request")));
    assertThat(
        answers.values().stream().anyMatch(row -> row.path("attempts").asInt() > 1), is(true));
    assertNoKeyOnDisk();
  }

  @Test
  void anthropic_structuredOutput_andTheSpendingLimit() throws IOException {
    Simulator simulator = simulator("", new BigDecimal("0.002"));
    Path task = anthropicTask(simulator, "");
    Files.writeString(
        task,
        Files.readString(task)
            .replace(
                "{type: label, labels: [bug, praise]}",
                "{type: json, schema: {type: object, properties: {stars: {type: integer,"
                    + " minimum: 1, maximum: 5}}, required: [stars]}}"));
    assertThat(run(task, documents(300, 300)), is(5));
    int answered = rows("results").size();
    assertThat(answered > 0 && answered < 300, is(true));
    rows("results")
        .values()
        .forEach(row -> assertThat(row.path("output").path("stars").isInt(), is(true)));
    JsonNode error = rows("dead-letter").values().iterator().next().path("error");
    assertThat(error.path("kind").asText(), is("account"));
    assertThat(error.path("message").asText(), containsString("spending limit"));
  }

  @Test
  void finishedJob_runAgainOnAnotherRunner_sendsNothing() throws IOException {
    Simulator simulator = simulator("");
    Path task = task(simulator, "");
    Path input = documents(300, 300);
    run(task, input);
    Map<String, JsonNode> first = rows("results");
    run(task, input, runner("FlinkRunner"));
    assertThat(summary().path("calls").path("sent").asInt(), is(0));
    assertThat(summary().path("servedFromLedger").asInt(), is(300));
    Map<String, JsonNode> second = rows("results");
    assertThat(second.keySet(), is(first.keySet()));
    second.forEach(
        (id, row) -> {
          assertThat(row.path("output"), is(row(first, id).path("output")));
          assertThat(row.path("costUsd"), is(row(first, id).path("costUsd")));
        });
    assertThat(billed(simulator), is(300L));
  }

  private static long billed(Simulator simulator) {
    long billed = 0;
    for (JsonNode account : simulator.books().path("accounts")) {
      billed += account.path("billed").asLong();
    }
    return billed;
  }

  @ParameterizedTest
  @ValueSource(strings = {"DirectRunner", "FlinkRunner"})
  void identicalRequests_areAskedOnce(String runner) throws IOException {
    Simulator simulator = simulator("");
    run(task(simulator, ""), documents(400, 100), runner(runner));
    assertThat(rows("results"), is(aMapWithSize(400)));
    assertThat(billed(simulator), is(100L));
    BigDecimal sum = BigDecimal.ZERO;
    for (JsonNode row : rows("results").values()) {
      sum = sum.add(row.path("costUsd").decimalValue());
    }
    assertThat(sum.compareTo(summary().path("costUsd").decimalValue()), is(0));
  }

  @Test
  void changedLabels_judgeStoredAnswersAnew() throws IOException {
    Simulator simulator = simulator("");
    Path input = documents(50, 50);
    run(task(simulator, ""), input);
    Path task = task(simulator, "");
    Files.writeString(
        task, Files.readString(task).replace("[bug, praise]", "[Bug, Praise, other]"));
    run(task, input);
    assertThat(billed(simulator), is(50L));
    assertThat(row(rows("results"), "d0").path("output").asText(), is("Bug"));
  }

  @Test
  void badKey_stopsWithExit5_andTheSameCommandContinues() throws IOException {
    Simulator simulator = simulator("");
    Path task = task(simulator, "");
    Path input = documents(300, 300);
    Files.writeString(directory.resolve("key"), "bad-key");
    assertThat(run(task, input), is(5));
    assertThat(summary().path("stillToDo").asInt(), is(300));
    assertThat(summary().path("calls").path("sent").asInt() <= 100, is(true));
    assertThat(
        rows("dead-letter").values().iterator().next().path("error").path("kind").asText(),
        is("account"));
    Files.writeString(directory.resolve("key"), KEY);
    assertThat(run(task, input), is(0));
    assertThat(rows("results"), is(aMapWithSize(300)));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void partsOfAKilledRun_goUnlessItIsOnACluster(boolean detached) throws IOException {
    Path part = directory.resolve("out/.sluice/killed/results/part.jsonl");
    Files.createDirectories(part.getParent());
    Files.writeString(part, "{}");
    Files.writeString(
        directory.resolve("out/.sluice/run.json"),
        JSON.createObjectNode().put("run", "killed").put("detached", detached).toString());
    assertThat(run(task(simulator(""), ""), documents(5, 5)), is(0));
    assertThat(Files.exists(part), is(detached));
  }

  @Test
  void budget_isNotPassed_andALargerOneContinues() throws IOException {
    Simulator simulator = simulator("");
    Path input = documents(300, 300);
    assertThat(run(task(simulator, "budget: {usd: 0.0005}"), input), is(3));
    BigDecimal spent = summary().path("costUsd").decimalValue();
    assertThat(spent.compareTo(new BigDecimal("0.0005")) <= 0, is(true));
    long before = billed(simulator);
    assertThat(summary().path("stillToDoUsd").asDouble() > 0, is(true));
    String text = printed.toString(StandardCharsets.UTF_8);
    assertThat(
        text,
        matchesPattern(
            "(?s).*budget: \\d+ documents remain, estimated to cost 0\\.000\\d+ USD; .*"));
    assertThat(
        "sums are plain decimals", text, matchesPattern("(?s).*, cost 0\\.000\\d+ USD\\R.*"));
    assertThat(run(task(simulator, "budget: {usd: 1}"), input), is(0));
    assertThat(rows("results"), is(aMapWithSize(300)));
    assertThat(billed(simulator), is(300L));
    assertThat(before < 300, is(true));
  }

  @Test
  void budget_withAnswersThatNothingLimits_isRefused() throws IOException {
    Simulator simulator = simulator("");
    Path input = documents(3, 3);
    Path task = task(simulator, "budget: {usd: 1}");
    String text = Files.readString(task).replaceAll("(?m)^parameters:.*$", "");
    Files.writeString(task, text + "price: {input: 1, output: 2}\n");
    Files.writeString(task, Files.readString(task).replace("gpt-4o-mini", "house-model"));
    assertThat(usage(() -> run(task, input)), containsString("set parameters: {max_tokens"));
    assertThat(billed(simulator), is(0L));
    // A model whose longest answer is known needs no limit: 16,384 tokens at 0.60 are held.
    Files.writeString(task, text);
    assertThat(run(task, input), is(0));
  }

  @Test
  void deadLetters_areInputAsTheyAre() throws IOException {
    Simulator simulator = simulator("");
    Path input =
        Files.write(
            directory.resolve("some.jsonl"),
            List.of(
                "{\"id\":\"a\",\"tenant\":\"k\",\"txt\":\"no text\"}",
                "{broken",
                "{\"id\":\"c\",\"tenant\":\"k\",\"text\":\"x\"}"));
    run(task(simulator, ""), input);
    Map<String, JsonNode> dead = rows("dead-letter");
    assertThat(dead, is(aMapWithSize(2)));
    assertThat(row(dead, "a").path("error").path("kind").asText(), is("bad_prompt"));
    Path again =
        Files.copy(
            directory.resolve("out/dead-letter/dead-letter-00000.jsonl"),
            directory.resolve("again.jsonl"));
    run(task(simulator, ""), again, "--replace");
    assertThat(rows("dead-letter").keySet(), is(dead.keySet()));
    assertThat(row(rows("dead-letter"), "a").path("document"), is(row(dead, "a").path("document")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"fail", "cut"})
  void embeddings_shareCallsAndABadOneDiesAlone(String tooLong) throws IOException {
    Simulator simulator = simulator("");
    Path key = Files.writeString(directory.resolve("key"), KEY);
    Path task =
        Files.writeString(
            directory.resolve("task.yaml"),
            """
            name: vectors
            provider: {kind: openai, baseUrl: "%s", apiKeyFile: "%s"}
            model: text-embedding-3-small
            operation: embed
            prompt: {tooLong: %s}
            parameters: {dimensions: 8, encoding_format: base64}
            quota: {requestsPerMinute: 100000, tokensPerMinute: 20000000}
            """
                .formatted(simulator.baseUrl(), key, tooLong));
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      String text = i == 7 ? "long ".repeat(9_000) : i == 300 ? POISON : "number " + i % 400;
      lines.add(JSON.createObjectNode().put("id", "d" + i).put("text", text).toString());
    }
    assertThat(run(task, Files.write(directory.resolve("documents.jsonl"), lines)), is(0));
    Map<String, JsonNode> dead = rows("dead-letter");
    assertThat(dead.keySet(), is(tooLong.equals("cut") ? Set.of("d300") : Set.of("d7", "d300")));
    assertThat(row(dead, "d300").path("error").path("kind").asText(), is("bad_request"));
    Map<String, JsonNode> vectors = rows("results");
    assertThat(row(vectors, "d3").path("output").size(), is(8));
    assertThat(row(vectors, "d3").path("output"), is(row(vectors, "d403").path("output")));
    assertThat(row(vectors, "d3").path("output"), is(not(row(vectors, "d4").path("output"))));
    long sent = summary().path("calls").path("sent").asLong();
    assertThat("calls sent " + sent, sent <= 5 + 2 * 7, is(true));
    assertThat(billed(simulator) <= sent, is(true));
  }

  @Test
  void tooManyDeadLetters_exit4() throws IOException {
    Simulator simulator = simulator("bad=0.5");
    assertThat(run(task(simulator, "failure: {maxRate: 0.05}"), documents(50, 50)), is(4));
  }

  @Test
  void badCommandLines_sendNothing() throws IOException {
    Simulator simulator = simulator("");
    Path task = task(simulator, "");
    Path input = documents(1, 1);
    assertThat(usage(() -> run(directory.resolve("no.yaml"), input)), startsWith("--task"));
    assertThat(usage(() -> run(task, directory.resolve("no*.jsonl"))), containsString("no file"));
    assertThat(usage(() -> run(task, input, "--bugdetUsd=3")), containsString("--budgetUsd"));
    assertThat(usage(() -> run(task, input, "--limit=x")), containsString("--limit"));
    assertThat(
        usage(() -> new Run(System.out, System.err).run(List.of("--task=" + task))),
        containsString("--input"));
    assertThat(
        usage(() -> new Run(System.out, System.err).run(List.of("--task=" + task, "--inptu=x"))),
        containsString("did you mean --input"));
    Files.writeString(directory.resolve("out"), "a file");
    assertThat(usage(() -> run(task, input)), containsString("is a file"));
    Files.delete(directory.resolve("out"));
    run(task, input);
    Files.writeString(task, Files.readString(task).replace("name: topics", "name: other"));
    assertThat(usage(() -> run(task, input)), containsString("task topics"));
    Files.delete(directory.resolve("key"));
    assertThat(usage(() -> run(task, input)), containsString("API key file"));
    assertThat(billed(simulator), is(1L));
  }

  private static String usage(org.junit.jupiter.api.function.Executable command) {
    return String.valueOf(assertThrows(UsageException.class, command).getMessage());
  }
}
