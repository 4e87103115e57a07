package io.sluice.pipeline.output;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.nullValue;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.pipeline.costs.Costs;
import io.sluice.pipeline.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.apache.beam.sdk.io.FileSystems;
import org.apache.beam.sdk.options.PipelineOptionsFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files of a job as they were written before they had types: read, and written the same. */
class ReleasedFilesTest {
  @TempDir Path directory;

  @BeforeAll
  static void registerFileSystems() {
    FileSystems.setDefaultPipelineOptions(PipelineOptionsFactory.create());
  }

  private static String file(String name) throws IOException {
    try (InputStream in =
        Objects.requireNonNull(ReleasedFilesTest.class.getResourceAsStream(name))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static String again(String name, Class<?> type) throws IOException {
    Object read = Json.read(file(name), type);
    return new String(Json.pretty(read), StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @ValueSource(strings = {"summary-watching.json", "summary-done.json"})
  void aSummary_isReadAndWrittenTheSame(String name) throws IOException {
    assertThat(again(name, JobSummary.class), is(file(name)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"run.json", "run-ended.json"})
  void aRunFile_isReadAndWrittenTheSame(String name) throws IOException {
    assertThat(again(name, RunFile.class), is(file(name)));
  }

  @Test
  void aRoundsCounts_areReadAndWrittenTheSame() throws IOException {
    Tally tally = Tally.of(Json.read(file("done.json"), Tally.Counted.class));
    assertThat(Json.line(tally.counted()), is(file("done.json")));
  }

  @Test
  void whatASummaryHas_isUnderstood() throws IOException {
    JobSummary summary = Json.read(file("summary-done.json"), JobSummary.class);
    assertThat(summary.costs().costUsd(), is(new BigDecimal("0.10101")));
    assertThat(summary.costs().byModel().get(1).model(), is("m"));
    assertThat(summary.costs().allTokens(), is(new Costs.Tokens(129, 20, 7)));
    assertThat(summary.quota().get(1).name(), is("acme"));
    assertThat(summary.latencyMs(), is(new JobSummary.Latency(41, 640, 640)));
    assertThat(summary.runState(), is(RunState.SUCCEEDED));
    assertThat(summary.calls().sent(), is(7L));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"run\":null,\"quota\":null,\"calls\":[],\"deadLettersByKind\":7,\"latencyMs\":\"soon\"}",
        "{\"documents\":\"many\",\"costUsd\":\"free\",\"byModel\":[null,7],\"tokens\":true}",
        "{\"deadLettersByKind\":{\"a\":null,\"b\":{}},\"later\":{\"x\":[1]},\"wallSeconds\":[1]}",
      })
  void whatIsMissingOrOfAnotherType_isNothing(String json) throws IOException {
    JobSummary summary = Json.read(json, JobSummary.class);
    assertThat(summary.run(), is(""));
    assertThat(summary.documents(), is(0L));
    assertThat(summary.costs().costUsd(), is(nullValue()));
    assertThat(summary.costs().byModel(), is(empty()));
    assertThat(summary.quota(), is(empty()));
    assertThat(summary.calls().sent(), is(0L));
    assertThat(summary.latencyMs().p50(), is(0L));
    assertThat(summary.wallSeconds(), is(0.0));
    RunFile file = Json.read(json, RunFile.class);
    assertThat(file.run(), is(""));
    assertThat(file.detached(), is(false));
    ResultRow row = Json.read(json, ResultRow.class);
    assertThat(row.output().isMissingNode(), is(true));
    assertThat(row.source().file(), is(""));
    DeadLetterRow dead = Json.read(json, DeadLetterRow.class);
    assertThat(dead.error().kind(), is("unknown"));
  }

  @Test
  void rowsAsTheyAreWritten_areRead() throws IOException {
    ResultRow row =
        Json.read(
            """
            {"id":"d1","output":{"topic":"x","score":1.5},"model":"m","finishReason":null,
             "usage":{"inputTokens":3,"cachedInputTokens":1,"outputTokens":2},
             "costUsd":0.000000123456789012,"attempts":2,"latencyMs":7,"servedBy":"batch",
             "key":null,"source":{"file":"f","position":9}}""",
            ResultRow.class);
    assertThat(row.costUsd(), is(new BigDecimal("0.000000123456789012")));
    assertThat(row.output().toString(), is("{\"topic\":\"x\",\"score\":1.5}"));
    assertThat(row.finishReason(), is(nullValue()));
    assertThat(row.usage(), is(new ResultRow.Usage(3, 1, 2)));
    assertThat(row.source(), is(new ResultRow.Source("f", 9)));
    DeadLetterRow dead =
        Json.read(
            """
            {"id":7,"document":{"a":1},"error":{"kind":"refusal","message":"no","status":null},
             "answer":"said","key":"k","source":{"file":"f","position":9}}""",
            DeadLetterRow.class);
    assertThat(dead.id(), is("7"));
    assertThat(dead.error(), is(new DeadLetterRow.Error("refusal", "no")));
    assertThat(dead.document().path("a").asInt(), is(1));
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"run\":", "", "null", "[]", "7", "\"text\"", "no JSON"})
  void aDamagedFile_isNamed(String text) throws IOException {
    OutputPaths paths = new OutputPaths(directory.toString());
    Files.writeString(directory.resolve("summary.json"), text);
    IOException e = assertThrows(IOException.class, () -> JobSummary.read(paths));
    assertThat(e.getMessage(), containsString(paths.summary() + " is damaged"));
    assertThat(RunFile.read(paths), is(nullValue()));
  }

  @Test
  void moneyAndMaps_areWrittenPlainly() {
    assertThat(
        Json.line(new Costs.Outcomes(new BigDecimal("1E-7"), null, BigDecimal.ZERO, null)),
        is(
            "{\"answeredUsd\":0.0000001,\"repeatedUsd\":null,\"failedUsd\":0,\"abandonedUsd\":null}"));
    JsonNode limits = Json.tree(new RunFile.Limits(1L, 2L, Map.of()));
    assertThat(
        limits.toString(), is("{\"requestsPerMinute\":1,\"tokensPerMinute\":2,\"keys\":{}}"));
  }
}
