package io.sluice.pipeline.launch;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.aMapWithSize;
import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.comparesEqualTo;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThan;
import static org.hamcrest.Matchers.not;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.pipeline.estimate.Estimate;
import io.sluice.pipeline.flags.UsageException;
import io.sluice.pipeline.status.StatusVerb;
import io.sluice.simulate.Simulator;
import io.sluice.simulate.batches.BatchOptions;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole jobs that ask more than one model. */
class FallbackRunTest {
  @TempDir Path directory;

  private Simulator other;

  @BeforeEach
  void start() throws IOException {
    other =
        Simulator.start(
            new Simulator.Options(
                0,
                600_000,
                60_000_000,
                1,
                false,
                5,
                0.5,
                "",
                List.of("bug", "praise"),
                new BigDecimal(1_000),
                1,
                new BatchOptions(0.2, Long.MAX_VALUE, "")));
  }

  @AfterEach
  void stop() {
    other.close();
  }

  /** Anthropic's, at another address, with a key of its own. */
  private String elsewhere(String more) throws IOException {
    Files.writeString(directory.resolve("other-key"), "another-key\n");
    return """
        fallback:
          models:
            - model: claude-3-5-haiku-latest
              provider: {kind: anthropic, baseUrl: "%s", apiKeyFile: "%s"}
        %s
        """
        .formatted(other.baseUrl().replaceFirst("/v1$", ""), directory.resolve("other-key"), more);
  }

  private static void append(JobRig rig, String more) throws IOException {
    Path file = rig.directory.resolve("task.yaml");
    Files.writeString(file, Files.readString(file) + more);
  }

  private static void replace(JobRig rig, String what, String by) throws IOException {
    Path file = rig.directory.resolve("task.yaml");
    assertThat(Files.readString(file), containsString(what));
    Files.writeString(file, Files.readString(file).replace(what, by));
  }

  private long billedElsewhere() {
    long sum = 0;
    for (JsonNode account : other.books().path("accounts")) {
      sum += account.path("billed").asLong();
    }
    return sum;
  }

  private static BigDecimal sum(Iterable<JsonNode> list) {
    BigDecimal sum = BigDecimal.ZERO;
    for (JsonNode each : list) {
      sum = sum.add(each.path("costUsd").decimalValue());
    }
    return sum;
  }

  private static long fallbacks(JobRig rig) throws IOException {
    long fallbacks = 0;
    for (JsonNode row : rig.rows("results").values()) {
      if (row.has("fallback")) {
        fallbacks++;
        assertThat(row.path("fallback").asInt(), is(1));
        assertThat(row.path("provider").asText(), is("anthropic"));
        assertThat(row.path("model").asText(), containsString("claude"));
      } else {
        assertThat(row.has("provider"), is(false));
        assertThat(row.path("model").asText(), containsString("gpt"));
      }
    }
    return fallbacks;
  }

  @Test
  void whatIsRefusedIsAnsweredElsewhere_andPaidOnce() throws Exception {
    try (JobRig rig = new JobRig(directory, "refusal=0.2,filter=0.1").documents(120, 120)) {
      append(rig, elsewhere(""));
      JsonNode before = JobRig.JSON.readTree(estimate(rig, "--json"));
      assertThat(before.path("models").path(0).path("model").asText(), is("gpt-4o-mini"));
      assertThat(
          before.path("fallbacks").findValuesAsText("model"),
          is(List.of("claude-3-5-haiku-latest")));
      assertThat(estimate(rig), containsString("Fallback claude-3-5-haiku-latest: 0 to 0."));
      assertThat(rig.printed(), rig.run(), is(0));
      assertThat(rig.printed(), containsString("fallback claude-3-5-haiku-latest"));
      assertThat(rig.printed(), containsString("USD for the fallback"));
      assertThat(
          rig.summary().path("costUsd").decimalValue(),
          lessThan(usd(before.path("models").path(0)).add(usd(before.path("fallbacks").path(0)))));
      assertThat(rig.rows("results"), aMapWithSize(120));
      long fallbacks = fallbacks(rig);
      assertThat(fallbacks, greaterThan(10L));
      assertThat(billedElsewhere(), is(fallbacks));
      JsonNode summary = rig.summary();
      assertThat(summary.path("deadLettered").asInt(), is(0));
      // By model it adds up, and both are there.
      assertThat(summary.path("byModel").size(), is(2));
      assertThat(
          sum(summary.path("byModel")).compareTo(summary.path("costUsd").decimalValue()), is(0));
      assertThat(
          sum(summary.path("byKey")).compareTo(summary.path("costUsd").decimalValue()), is(0));
      for (JsonNode key : summary.path("byKey")) {
        assertThat(key.path("key").asText(), not(containsString("\u001f")));
      }
      assertThat(
          summary.path("quota").findValuesAsText("model"), is(List.of("claude-3-5-haiku-latest")));
      assertThat(
          summary.path("quota").findValuesAsText("key").toString(), not(containsString("\u001f")));
      assertThat(status(rig), containsString("Quota of model claude-3-5-haiku-latest"));
      String report = Files.readString(rig.out.resolve("report.html"));
      assertThat(report, containsString("model claude-3-5-haiku-latest"));
      assertThat(report, not(containsString("\u001f")));
      BigDecimal ofRows = sum(rig.rows("results").values());
      // As after a crash between all that was answered and the outputs.
      long paid = rig.books("billed") + billedElsewhere();
      assertThat(rig.run(), is(0));
      assertThat(rig.books("billed") + billedElsewhere(), is(paid));
      assertThat(fallbacks(rig), is(fallbacks));
      assertThat(rig.summary().path("servedFromLedger").asInt(), is(120));
      assertThat(rig.summary().path("savedByLedgerUsd").decimalValue(), comparesEqualTo(ofRows));
    }
  }

  private static String status(JobRig rig) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PrintStream to = new PrintStream(out, true, StandardCharsets.UTF_8);
    assertThat(StatusVerb.run(List.of("--output=" + rig.out), to), is(0));
    return out.toString(StandardCharsets.UTF_8);
  }

  /** A job that was killed leaves a ledger that ends somewhere. */
  private static int half(Path ledger, Path copy) throws IOException {
    int ends = 0;
    try (Stream<Path> all = Files.walk(ledger)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        List<String> lines = Files.readAllLines(file);
        List<String> kept = lines.subList(0, (lines.size() + 1) / 2);
        ends +=
            (int)
                kept.stream()
                    .filter(line -> line.contains("\"t\":\"end\"") && !line.contains("\"rides\""))
                    .filter(line -> !line.contains("\"retry\""))
                    .count();
        Path to = copy.resolve(ledger.relativize(file));
        Files.createDirectories(to.getParent());
        Files.write(to, kept);
      }
    }
    return ends;
  }

  @Test
  void whereAJobWasKilled_itGoesOnTheSameWay() throws Exception {
    try (JobRig rig = new JobRig(directory, "refusal=0.3").documents(100, 100)) {
      append(rig, elsewhere(""));
      assertThat(rig.printed(), rig.run(), is(0));
      Map<String, JsonNode> rows = rig.rows("results");
      long all = rig.books("billed") + billedElsewhere();
      Path ledger = directory.resolve("killed");
      int kept = half(rig.out.resolve("ledger"), ledger);
      assertThat(kept, greaterThan(20));
      assertThat(rig.run("--ledger=" + ledger), is(0));
      assertThat(rig.books("billed") + billedElsewhere(), is(2 * all - kept));
      rig.rows("results")
          .forEach(
              (id, row) -> {
                JsonNode before = Objects.requireNonNull(rows.get(id));
                assertThat(row.path("fallback"), is(before.path("fallback")));
                assertThat(row.path("model"), is(before.path("model")));
                assertThat(row.path("attempts"), is(before.path("attempts")));
              });
    }
  }

  @Test
  void aSample_isPricedByWhoAnswers_andKept() throws Exception {
    try (JobRig rig = new JobRig(directory, "refusal=0.3").documents(60, 60)) {
      append(rig, elsewhere(""));
      JsonNode sample = JobRig.JSON.readTree(estimate(rig, "--json", "--sample=30")).path("sample");
      assertThat(billedElsewhere(), greaterThan(2L));
      long paid = rig.books("billed") + billedElsewhere();
      assertThat(sample.path("failureRate").path("share").asDouble(), is(0.0));
      assertThat(sample.path("wholeJobUsd").path("expected").asDouble(), greaterThan(0.0));
      assertThat(rig.run(), is(0));
      assertThat(
          sample.path("costUsd").decimalValue(),
          lessThan(rig.summary().path("costUsd").decimalValue()));
      long fallbacks = fallbacks(rig);
      assertThat(rig.books("billed") + billedElsewhere(), is(60L + fallbacks));
      assertThat(paid, lessThan(60L + fallbacks));
    }
  }

  @Test
  void anAccountThatIsNotUsable_endsNothing() throws Exception {
    try (JobRig rig = new JobRig(directory, "").documents(60, 60)) {
      append(rig, elsewhere(""));
      String url = Files.readString(directory.resolve("task.yaml"));
      String own = url.replaceFirst("(?s).*?kind: openai, baseUrl: \"([^\"]*)\".*", "$1");
      replace(rig, "kind: openai, baseUrl: \"" + own, "kind: openai, baseUrl: \"" + own + "/no");
      assertThat(rig.printed(), rig.run(), is(0));
      assertThat(fallbacks(rig), is(60L));
      assertThat(rig.summary().path("state").asText(), is("succeeded"));
      assertThat(rig.printed(), containsString("Other models answered in place of one"));
      assertThat(billedElsewhere(), is(60L));
      assertThat(rig.run(), is(0));
      assertThat(billedElsewhere(), is(60L));
      // Without the fallback it is a run that the provider has stopped.
      append(rig, "# on\n");
      replace(rig, "fallback:\n", "fallback:\n  on: [refusal]\n");
      assertThat(rig.run("--fresh"), is(5));
    }
  }

  @Test
  void inBatches_anAccountThatIsNotUsable_endsNothing() throws Exception {
    try (JobRig rig = new JobRig(directory, "", 0.2).documents(60, 60)) {
      append(rig, elsewhere("batch: {poll: 200ms, requests: 20}"));
      String url = Files.readString(directory.resolve("task.yaml"));
      String own = url.replaceFirst("(?s).*?kind: openai, baseUrl: \"([^\"]*)\".*", "$1");
      replace(
          rig,
          "{kind: openai, baseUrl: \"" + own,
          "{mode: batch, kind: openai, baseUrl: \"" + own + "/no");
      assertThat(rig.printed(), rig.run(), is(0));
      assertThat(fallbacks(rig), is(60L));
      assertThat(billedElsewhere(), is(60L));
    }
  }

  @Test
  void inBatches_whatFailsIsAskedInRealTime() throws Exception {
    try (JobRig rig = new JobRig(directory, "refusal=0.2", 0.2).documents(60, 60)) {
      append(rig, elsewhere("batch: {poll: 200ms}"));
      replace(rig, "{kind: openai,", "{mode: batch, kind: openai,");
      assertThat(rig.printed(), rig.run(), is(0));
      assertThat(rig.rows("results"), aMapWithSize(60));
      long fallbacks = fallbacks(rig);
      assertThat(fallbacks, greaterThan(3L));
      for (JsonNode row : rig.rows("results").values()) {
        assertThat(row.path("servedBy").asText(), is(row.has("fallback") ? "realtime" : "batch"));
      }
      assertThat(billedElsewhere(), is(fallbacks));
    }
  }

  @Test
  void stepsHaveModelsOfTheirOwn_withLimitsAndPrices() throws Exception {
    try (JobRig rig = new JobRig(directory, "").documents(40, 40)) {
      Path file = directory.resolve("task.yaml");
      Files.writeString(
          file,
          Files.readString(file)
              .replaceFirst(
                  "(?m)^prompt: .*\n",
                  """
                  steps:
                    - name: topic
                      prompt: {system: "Classify.", user: "{{text}}"}
                      output: {type: label, labels: [bug, praise]}
                    - name: reply
                      model: gpt-4o
                      prompt: {user: "Reply to {{steps.topic}}: {{text}}"}
                  """)
              .replaceFirst("(?m)^output: .*\n", "")
              .replace(
                  "  maxConcurrent: 20\n",
                  "  maxConcurrent: 20\n  models: {gpt-4o: {maxConcurrent: 2}}\n"));
      String said = estimate(rig, "--json");
      JsonNode models = JobRig.JSON.readTree(said).path("models");
      assertThat(
          models.findValuesAsText("model"),
          is(List.of("gpt-4o-mini + gpt-4o", "gpt-4o-mini", "gpt-4o")));
      BigDecimal all = usd(models.path(0));
      assertThat(all.compareTo(usd(models.path(1)).add(usd(models.path(2)))), is(0));
      assertThat(usd(models.path(2)).compareTo(usd(models.path(1))), is(1));
      assertThat(rig.printed(), rig.run(), is(0));
      assertThat(rig.summary().path("costUsd").decimalValue(), lessThan(all));
      assertThat(rig.rows("results"), aMapWithSize(40));
      for (JsonNode row : rig.rows("results").values()) {
        assertThat(
            row.path("model").asText(), allOf(containsString("mini"), containsString(", gpt-4o")));
        assertThat(row.has("fallback"), is(false));
      }
      assertThat(rig.books("billed"), is(80L));
      JsonNode summary = rig.summary();
      assertThat(summary.path("byModel").size(), is(2));
      assertThat(
          sum(summary.path("byModel")).compareTo(summary.path("costUsd").decimalValue()), is(0));
      assertThat(
          sum(rig.rows("results").values()).compareTo(summary.path("costUsd").decimalValue()),
          is(0));
      assertThat(rig.run(), is(0));
      assertThat(rig.books("billed"), is(80L));
    }
  }

  @Test
  void stepsOfSeveralModels_goInBatches_aWaveAStep() throws Exception {
    try (JobRig rig = new JobRig(directory, "", 0.2).documents(40, 40)) {
      Path file = directory.resolve("task.yaml");
      Files.writeString(
          file,
          Files.readString(file)
                  .replaceFirst(
                      "(?m)^prompt: .*\n",
                      """
                      steps:
                        - name: topic
                          prompt: {system: "Classify.", user: "{{text}}"}
                          output: {type: label, labels: [bug, praise]}
                        - name: reply
                          model: gpt-4o
                          prompt: {user: "Reply to {{steps.topic}}: {{text}}"}
                      """)
                  .replaceFirst("(?m)^output: .*\n", "")
                  .replaceFirst("(?s)  keys:.*?(?=retry:)", "")
                  .replace("document: {key: tenant}\n", "")
                  .replace("{kind: openai,", "{mode: batch, kind: openai,")
              + "batch: {poll: 200ms}\n");
      assertThat(rig.printed(), rig.run(), is(0));
      assertThat(rig.rows("results"), aMapWithSize(40));
      assertThat(rig.books("billed"), is(80L));
      // One of each model.
      assertThat(rig.books().path("batches").asInt(), is(2));
      assertThat(rig.run(), is(0));
      assertThat(rig.books().path("batches").asInt(), is(2));
    }
  }

  private static BigDecimal usd(JsonNode model) {
    return model.path("realtimeUsd").path("atMost").decimalValue();
  }

  private static String estimate(JobRig rig, String... more) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PrintStream to = new PrintStream(out, true, StandardCharsets.UTF_8);
    assertThat(new Estimate(to, to).run(rig.command(more)), is(0));
    return out.toString(StandardCharsets.UTF_8);
  }

  @Test
  void whatIsWrong_isToldAtOnce_withLines() throws Exception {
    try (JobRig rig = new JobRig(directory, "").documents(2, 2)) {
      append(
          rig,
          """
          fallback:
            models:
              - gpt-4o-mini
              - {model: gpt-4o, price: {input: x, output: 1}}
              - {model: claude-x, provider: {kind: anthropi, mode: batch}}
            on: [refusals, outage]
          """);
      replace(
          rig,
          "  maxConcurrent: 20\n",
          "  maxConcurrent: 20\n  models: {gpt-5: {requestsPerMinute: 1}}\n");
      UsageException wrong = assertThrows(UsageException.class, () -> rig.run());
      String message = String.valueOf(wrong.getMessage());
      for (String expected :
          List.of(
              "fallback.models.1.model is gpt-4o-mini, the task's own",
              "fallback.models.2.price.input: expected USD",
              "fallback.models.3.provider.kind: expected one of",
              "fallback.models.3.provider.mode: is not a field",
              "fallback.on: expected some of outage, account, refusal",
              "quota.models.gpt-5 is none of the models that are asked: gpt-4o-mini")) {
        assertThat(message, containsString(expected));
      }
      assertThat(message.lines().allMatch(line -> line.matches(".*task.yaml:\\d+: .*")), is(true));
    }
  }

  @Test
  void aBudgetNeedsThePriceOfEach() throws Exception {
    try (JobRig rig = new JobRig(directory, "").documents(2, 2)) {
      append(rig, "budget: {usd: 1}\nfallback: [some-model-of-ours]\n");
      UsageException wrong = assertThrows(UsageException.class, () -> rig.run());
      assertThat(
          String.valueOf(wrong.getMessage()),
          containsString("there is no price for some-model-of-ours"));
      replace(
          rig,
          "[some-model-of-ours]",
          "[{model: some-model-of-ours, price: {input: 1, output: 2}}]");
      assertThat(rig.run(), is(0));
    }
  }
}
