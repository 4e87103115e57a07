package io.sluice.pipeline.status;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.is;

import io.sluice.pipeline.json.Json;
import io.sluice.pipeline.output.OutputPaths;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Objects;
import org.apache.beam.sdk.io.FileSystems;
import org.apache.beam.sdk.options.PipelineOptionsFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code status --json} of a job's files, letter by letter as it was before it had a type. */
class ReleasedStatusTest {
  private static final Instant NOW = Instant.parse("2026-01-02T03:04:10Z");

  @TempDir Path directory;

  @BeforeEach
  void files() throws IOException {
    FileSystems.setDefaultPipelineOptions(PipelineOptionsFactory.create());
    Files.createDirectories(directory.resolve(".sluice"));
    Path segments = Files.createDirectories(directory.resolve("ledger/part-00"));
    Files.writeString(
        segments.resolve("one-19b7ca98c882216-000000.jsonl"), resource("ledger.jsonl"));
  }

  private static String resource(String name) throws IOException {
    try (InputStream in =
        Objects.requireNonNull(ReleasedStatusTest.class.getResourceAsStream(name))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private String status() throws IOException {
    OutputPaths paths = new OutputPaths(directory.toString());
    return Json.line(new JobReader(paths, null).look(NOW).orElseThrow());
  }

  private void runFile(String text) throws IOException {
    Files.writeString(directory.resolve(".sluice/run.json"), text);
  }

  @Test
  void aJobThatIsOver() throws IOException {
    runFile(resource("../output/run-ended.json"));
    Files.writeString(directory.resolve("summary.json"), resource("../output/summary-done.json"));
    assertThat(status(), is(resource("finished.json")));
  }

  @Test
  void aJobThatFailed() throws IOException {
    runFile(resource("../output/run-ended.json"));
    assertThat(status(), is(resource("ended.json")));
  }

  @Test
  void aRunFileThatSaysNothing() throws IOException {
    runFile("{\"run\":\"one\"}");
    assertThat(status(), is(resource("bare.json")));
  }

  @Test
  void aLedgerOfTheLibrary() throws IOException {
    assertThat(status(), is(resource("library.json")));
  }
}
