package io.sluice.pipeline.estimate;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.closeTo;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThan;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.pipeline.GuidePage;
import io.sluice.pipeline.flags.UsageException;
import io.sluice.pipeline.launch.Run;
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
import java.util.List;
import java.util.Random;
import java.util.SortedSet;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Estimates held against what a run then pays, over real HTTP. */
class EstimateTest {
  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS).build();

  @TempDir Path directory;
  private final List<Simulator> simulators = new ArrayList<>();
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

  @AfterEach
  void close() {
    simulators.forEach(Simulator::close);
  }

  private Simulator simulator(String faults, String... labels) throws IOException {
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
                List.of(labels),
                new BigDecimal(1_000),
                1));
    simulators.add(simulator);
    return simulator;
  }

  private Path task(Simulator simulator, String model, String more) throws IOException {
    Files.writeString(directory.resolve("key"), "some-key\n");
    return Files.writeString(
        directory.resolve("task.yaml"),
        """
        name: echoes
        provider: {kind: openai, baseUrl: "%s", apiKeyFile: "%s"}
        model: %s
        prompt: {system: "Repeat.", user: "{{text}}"}
        parameters: {max_tokens: 200}
        document: {key: tenant}
        quota:
          requestsPerMinute: 60000
          tokensPerMinute: 12000000
          maxConcurrent: 50
          keys: {tiny: {tokensPerMinute: 300}}
        retry: {maxAttempts: 12, timeout: 20s}
        chunk: {documents: 20, maxDelay: 100ms}
        %s
        """
            .formatted(simulator.baseUrl(), directory.resolve("key"), model, more));
  }

  /** It measures the task's model: a small one has no part in it, however large it is. */
  @Test
  void aSampleOfATaskWithACascade_isAskedWholly() throws IOException {
    Simulator simulator = simulator("", "bug", "praise");
    task(
        simulator,
        "gpt-4o-mini",
        "output: {type: label, labels: [bug, praise]}\ncascade: {agreement: 0.9}");
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      lines.add(
          JSON.createObjectNode()
              .put("id", "d" + i)
              .put("tenant", "t0")
              .put("text", i + (i % 2 == 0 ? " bug" : " praise"))
              .toString());
    }
    JsonNode sample = json(lines, out(), "--sample=1000").path("sample");
    assertThat(sample.path("documents").asInt(), is(1_000));
    assertThat(sample.path("notAsked").asInt(), is(0));
    JsonNode accounts = simulator.books().path("accounts");
    assertThat(accounts.iterator().next().path("billed").asInt(), is(1_000));
  }

  /** {@code ProspectTest} holds it against what jobs save. */
  @Test
  void aSampleSaysWhatTheCascadeWouldSave_andWhereItWouldNotPay() throws IOException {
    Simulator simulator = simulator("", "bug", "praise");
    Path task =
        task(
            simulator,
            "gpt-4o-mini",
            "output: {type: label, labels: [bug, praise]}\ncascade: {agreement: 0.9}");
    Files.writeString(
        task,
        Files.readString(task).replace("requestsPerMinute: 60000", "requestsPerMinute: 1800"));
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < 1_500; i++) {
      lines.add(
          "{\"id\": \"d%d\", \"tenant\": \"t0\", \"text\": \"%d %s\"}"
              .formatted(i, i, i % 2 == 0 ? "a bug again" : "nothing but praise"));
    }
    JsonNode cascade = json(lines, out(), "--sample=120").path("sample").path("cascade");
    assertThat(cascade.toString(), cascade.path("pays").asBoolean(), is(true));
    double share = cascade.path("share").path("expected").asDouble();
    assertThat(share, is(closeTo(0.6, 0.35)));
    assertThat(cascade.path("calls").path("expected").asDouble(), is(closeTo(1_500 * share, 1)));
    assertThat(
        cascade.path("savedUsd").path("expected").decimalValue(), greaterThan(BigDecimal.ZERO));
    estimate(lines, out(), "--sample=120");
    assertThat(text(), containsString("Cascade: would answer"));
    estimate(lines, out());
    assertThat(text(), containsString("--sample=500 says what it would save"));
    estimate(lines.subList(0, 600), out(), "--sample=120");
    assertThat(text(), containsString("would not pay: a job of 600 requests asks all of them"));
  }

  /** Documents whose lengths vary a hundredfold, of which every one may come again. */
  private List<String> documents(int count, int distinct) {
    Random random = new Random(4);
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < distinct; i++) {
      int words = (int) Math.ceil(Math.exp(3 + 1.175 * random.nextGaussian()));
      texts.add(i + " words of a document".repeat(Math.min(2_000, words)));
    }
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      ObjectNode line = JSON.createObjectNode();
      line.put("id", "d" + i).put("tenant", "t" + i % 2).put("text", texts.get(i % distinct));
      lines.add(line.toString());
    }
    return lines;
  }

  private List<String> command(List<String> lines, String... more) throws IOException {
    Path input = Files.write(directory.resolve("documents.jsonl"), lines);
    List<String> args =
        new ArrayList<>(List.of("--task=" + directory.resolve("task.yaml"), "--input=" + input));
    args.addAll(Arrays.asList(more));
    return args;
  }

  private String out() {
    return "--output=" + directory.resolve("out");
  }

  private int estimate(List<String> lines, String... more) throws IOException {
    printed.reset();
    PrintStream to = new PrintStream(printed, true, StandardCharsets.UTF_8);
    return new Estimate(to, to).run(command(lines, more));
  }

  private JsonNode json(List<String> lines, String... more) throws IOException {
    List<String> args = new ArrayList<>(Arrays.asList(more));
    args.add("--json");
    assertThat(estimate(lines, args.toArray(new String[0])), is(0));
    return JSON.readTree(text());
  }

  private String text() {
    return printed.toString(StandardCharsets.UTF_8);
  }

  private JsonNode run(List<String> lines) throws IOException {
    PrintStream nowhere = new PrintStream(new ByteArrayOutputStream());
    new Run(nowhere, nowhere).run(command(lines, out()));
    return JSON.readTree(Files.readString(directory.resolve("out/summary.json")));
  }

  private static long books(Simulator simulator, String field) {
    long sum = 0;
    for (JsonNode account : simulator.books().path("accounts")) {
      sum += account.path(field).asLong();
    }
    return sum;
  }

  private String usage(List<String> lines, String... more) {
    return String.valueOf(
        assertThrows(UsageException.class, () -> estimate(lines, more)).getMessage());
  }

  @ParameterizedTest
  @ValueSource(strings = {"DirectRunner", "FlinkRunner"})
  void counts_areWhatARunThenSends(String runner) throws IOException {
    Simulator simulator = simulator("");
    task(simulator, "gpt-4o-mini", "");
    List<String> lines = documents(300, 100);
    lines.add("{broken");
    lines.add("{\"id\": \"x\", \"tenant\": \"a\", \"txt\": \"no text\"}");
    lines.add("{\"tenant\": \"tiny\", \"text\": \"" + "long ".repeat(200) + "\"}");
    JsonNode before = json(lines, "--runner=" + runner, out());
    assertThat(books(simulator, "received"), is(0L));
    assertThat(Files.exists(directory.resolve("out/results")), is(false));
    JsonNode summary = run(lines);
    assertThat(before.path("documents"), is(summary.path("documents")));
    assertThat(before.path("requests").asLong(), is(books(simulator, "billed")));
    assertThat(before.path("requests").asLong(), is(100L));
    assertThat(before.path("identical").asLong(), is(200L));
    assertThat(before.path("identicalExact").asBoolean(), is(true));
    assertThat(before.path("tokens").path("inputExact").asBoolean(), is(true));
    assertThat(before.path("tokens").path("input").asLong(), is(books(simulator, "inputTokens")));
    assertThat(before.path("tokens").path("outputAtMost").asLong(), is(20_000L));
    assertThat(before.path("tokens").path("outputExpected").isNull(), is(true));
    assertThat(before.path("deadLetters"), is(summary.path("deadLettersByKind")));
    JsonNode after = json(lines, "--runner=" + runner, out());
    assertThat(after.path("requests").asLong(), is(0L));
    assertThat(after.path("inLedger").asLong(), is(300L));
    assertThat(usd(after, "realtimeUsd", "atMost").signum(), is(0));
  }

  private static BigDecimal usd(JsonNode estimate, String kind, String which) {
    return estimate.path("models").path(0).path(kind).path(which).decimalValue();
  }

  @Test
  void prices_areExact_andBatchesAreBeside() throws IOException {
    Simulator simulator = simulator("");
    task(simulator, "gpt-4o", "");
    JsonNode estimate = json(documents(50, 50));
    BigDecimal input = estimate.path("tokens").path("input").decimalValue();
    BigDecimal expected =
        input.multiply(new BigDecimal("2.5")).add(new BigDecimal(50 * 200 * 10)).movePointLeft(6);
    assertThat(usd(estimate, "realtimeUsd", "atMost").compareTo(expected), is(0));
    assertThat(
        usd(estimate, "batchUsd", "atMost").multiply(new BigDecimal(2)).compareTo(expected), is(0));
    List<String> models = new ArrayList<>();
    estimate.path("models").forEach(model -> models.add(model.path("model").asText()));
    assertThat(models.get(0), is("gpt-4o"));
    assertThat(models.contains("gpt-4o-mini"), is(true));
    assertThat(models.contains("gpt-4-turbo"), is(false));
  }

  @Test
  void sample_isPaidOnce_andTellsTheWhole() throws IOException {
    Simulator simulator = simulator("");
    task(simulator, "gpt-4o-mini", "");
    List<String> lines = documents(1_500, 1_500);
    JsonNode first = json(lines, out(), "--sample=150").path("sample");
    assertThat(books(simulator, "billed"), is(150L));
    assertThat(first.path("failureRate").path("share").asDouble(), is(0.0));
    assertThat(first.path("answers").path(0).path("output").asText(), containsString("Echo"));
    assertThat(
        first.path("outputTokens").path("p50").asLong(),
        lessThan(first.path("outputTokens").path("max").asLong()));
    JsonNode again = json(lines, out(), "--sample=150").path("sample");
    assertThat(books(simulator, "billed"), is(150L));
    assertThat(again.path("inLedgerBefore").asInt(), is(150));
    assertThat(again.path("costUsd").decimalValue().signum(), is(0));
    assertThat(again.path("wholeJobUsd"), is(first.path("wholeJobUsd")));
    JsonNode summary = run(lines);
    assertThat(books(simulator, "billed"), is(1_500L));
    assertThat(summary.path("servedFromLedger").asInt(), is(150));
    double cost = summary.path("costUsd").asDouble();
    JsonNode whole = first.path("wholeJobUsd");
    assertThat(whole.path("expected").asDouble(), closeTo(cost, 0.1 * cost));
    double width = whole.path("high").asDouble() - whole.path("low").asDouble();
    assertThat(width, allOf(greaterThan(0.0), lessThan(0.2 * cost)));
    assertThat(
        first.path("wholeJobBatchUsd").path("expected").asDouble(), closeTo(cost / 2, 0.1 * cost));
  }

  @Test
  void theGuideHasEveryField_andNoOther() throws IOException {
    Simulator simulator = simulator("bad=0.5");
    task(simulator, "gpt-4o-mini", "");
    Path task = directory.resolve("task.yaml");
    Files.writeString(
        task, Files.readString(task).replace("{kind: openai", "{mode: auto, kind: openai"));
    SortedSet<String> fields = new TreeSet<>();
    paths("", json(documents(40, 40), out(), "--sample=30"), fields);
    task(
        simulator("", "bug", "praise"),
        "gpt-4o-mini",
        "output: {type: label, labels: [bug, praise]}\ncascade: {agreement: 0.9}");
    String labelled = "--output=" + directory.resolve("labelled");
    paths("", json(documents(40, 40), labelled, "--sample=30"), fields);
    assertThat(GuidePage.of("cost.md").section("## `--json`").names("field"), is(fields));
  }

  /** The paths of all values, whole intervals and counts by kind as one. */
  private static void paths(String path, JsonNode node, SortedSet<String> paths) {
    if (node.isArray()) {
      node.forEach(element -> paths(path + "[]", element, paths));
    } else if (node.has("high") || path.endsWith("ByKind") || !node.isObject()) {
      paths.add(path);
    } else {
      node.fields()
          .forEachRemaining(
              field ->
                  paths(
                      path.isEmpty() ? field.getKey() : path + "." + field.getKey(),
                      field.getValue(),
                      paths));
    }
  }

  @Test
  void sample_onFlink_isTheSameDraw() throws IOException {
    Simulator simulator = simulator("");
    task(simulator, "gpt-4o-mini", "");
    List<String> lines = documents(400, 400);
    JsonNode flink =
        json(lines, out(), "--sample=40", "--runner=FlinkRunner", "--parallelism=2").path("sample");
    JsonNode direct = json(lines, out(), "--sample=40").path("sample");
    assertThat(direct.path("inLedgerBefore").asInt(), is(40));
    assertThat(direct.path("wholeJobUsd"), is(flink.path("wholeJobUsd")));
    assertThat(
        json(lines, out(), "--sample=40", "--seed=2").path("sample").path("inLedgerBefore").asInt(),
        lessThan(15));
  }

  @Test
  void sample_showsFailures_andTheLedgerKnowsTheRestBetterAfterwards() throws IOException {
    Simulator simulator = simulator("bad=0.2");
    task(simulator, "gpt-4o-mini", "");
    List<String> lines = documents(600, 600);
    assertThat(estimate(lines, out(), "--sample=200"), is(0));
    assertThat(
        text(),
        allOf(
            containsString("Failed: "),
            containsString(" bad_request)"),
            containsString("Whole job: "),
            containsString("run takes it from there")));
    JsonNode later = json(lines, out());
    assertThat(later.path("inLedger").asLong(), allOf(greaterThan(120L), lessThan(200L)));
    assertThat(
        usd(later, "realtimeUsd", "expected").compareTo(usd(later, "realtimeUsd", "atMost")) < 0,
        is(true));
    assertThat(later.path("tokens").path("outputExpected").isNumber(), is(true));
  }

  @Test
  void sample_stopsAtTheBudget() throws IOException {
    Simulator simulator = simulator("");
    task(simulator, "gpt-4o-mini", "budget: {usd: 0.002}");
    List<String> lines = documents(300, 300);
    assertThat(estimate(lines, out(), "--sample=200"), is(3));
    assertThat(text(), containsString("were not asked: Not sent: the budget is reached"));
    BigDecimal spent = BigDecimal.ZERO;
    for (JsonNode account : simulator.books().path("accounts")) {
      spent = spent.add(new BigDecimal(account.path("costUsd").asText()));
    }
    assertThat(spent.compareTo(new BigDecimal("0.002")) <= 0, is(true));
  }

  @Test
  void sample_badKey_exit5() throws IOException {
    task(simulator(""), "gpt-4o-mini", "");
    Files.writeString(directory.resolve("key"), "bad-key");
    assertThat(estimate(documents(40, 40), out(), "--sample=20"), is(5));
  }

  @Test
  void unknownPrice_isUnknown_andABudgetRefusesToStart() throws IOException {
    Simulator simulator = simulator("");
    task(simulator, "house-model", "budget: {usd: 1}");
    List<String> lines = documents(20, 20);
    assertThat(estimate(lines), is(0));
    assertThat(text(), allOf(containsString("unknown"), containsString("run will not start")));
    JsonNode estimate = json(lines);
    assertThat(
        estimate.path("models").path(0).path("realtimeUsd").path("atMost").isNull(), is(true));
    assertThat(
        usage(lines, out(), "--sample=5"),
        allOf(containsString("--prices=FILE"), containsString("leave the budget out")));
    assertThat(
        String.valueOf(
            assertThrows(
                    UsageException.class,
                    () -> new Run(System.out, System.err).run(command(lines, out())))
                .getMessage()),
        allOf(containsString("--prices=FILE"), containsString("price: {input")));
    assertThat(books(simulator, "received"), is(0L));
    task(simulator, "house-model", "price: {input: 1, output: 2, batchInput: 0.5, batchOutput: 1}");
    assertThat(usd(json(lines), "realtimeUsd", "atMost").signum(), is(1));
    assertThat(json(lines).path("priceOrigin").asText(), is("the price given inline"));
    task(simulator, "house-model", "");
    Path prices =
        Files.writeString(
            directory.resolve("mine.csv"),
            "provider,model,input_per_mtok,output_per_mtok\nopenai,house-model,3,4\n");
    JsonNode own = json(lines, "--prices=" + prices);
    assertThat(own.path("priceOrigin").asText(), is("line 2 of " + prices));
    assertThat(own.path("models").path(0).path("batchUsd").path("atMost").isNull(), is(true));
  }

  @Test
  void noPublicTokenizer_isAnInterval() throws IOException {
    Simulator simulator = simulator("");
    Path task = task(simulator, "claude-haiku-4-5", "");
    Files.writeString(
        task,
        Files.readString(task)
            .replace("kind: openai", "kind: anthropic")
            .replace(simulator.baseUrl(), simulator.baseUrl("anthropic")));
    JsonNode tokens = json(documents(20, 20)).path("tokens");
    assertThat(tokens.path("inputExact").asBoolean(), is(false));
    assertThat(tokens.path("inputLow").asLong(), lessThan(tokens.path("inputHigh").asLong()));
  }

  @Test
  void wrongFlags_sendNothing() throws IOException {
    Simulator simulator = simulator("");
    task(simulator, "gpt-4o-mini", "");
    List<String> lines = documents(2, 2);
    assertThat(usage(lines, "--smaple=3"), containsString("did you mean --sample?"));
    assertThat(usage(lines, "--sample=3"), containsString("--output=DIR"));
    assertThat(usage(lines, "--sample=1", out()), containsString("--sample"));
    assertThat(usage(lines, "--sample=x", out()), containsString("--sample"));
    assertThat(usage(lines, "--budgetUsd=0"), containsString("--budgetUsd"));
    assertThat(usage(lines, "--limit=0"), containsString("--limit"));
    assertThat(usage(lines, "--inputFormat=doc"), containsString("--inputFormat"));
    assertThat(usage(lines, "--prices=no.csv"), containsString("there is no file no.csv"));
    assertThat(
        usage(lines, "--runner=FlinkRunner", "--flinkMaster=localhost:1", "--filesToStage=x.jar"),
        containsString("--output=DIR"));
    assertThat(usage(lines, "stray"), containsString("is not a flag"));
    Path prices = Files.writeString(directory.resolve("bad.csv"), "provider,model\n");
    assertThat(usage(lines, "--prices=" + prices), containsString("bad.csv:1:"));
    assertThat(
        String.valueOf(
            assertThrows(
                    UsageException.class,
                    () -> new Estimate(System.out, System.err).run(List.of("--json")))
                .getMessage()),
        allOf(containsString("--task=FILE"), containsString("--input=PATTERN")));
    assertThat(books(simulator, "received"), is(0L));
  }

  @Test
  void modeAutoSaysHowItWouldBeDeliveredAndWhy() throws Exception {
    Path task = task(simulator(""), "gpt-4o-mini", "");
    String text = Files.readString(task);
    Files.writeString(
        task, text.replace("kind: openai,", "kind: openai, mode: auto, deadline: 1h,"));
    JsonNode auto = json(documents(20, 20)).path("auto");
    assertThat(auto.path("realtimeShare").asDouble(), is(1.0));
    assertThat(auto.path("why").asText(), containsString("less than batches usually take"));
    Files.writeString(
        task, text.replace("kind: openai,", "kind: openai, mode: auto, deadline: 9h,"));
    estimate(documents(20, 20));
    assertThat(text(), containsString("Mode auto: all in batches, which cost less"));
  }
}
