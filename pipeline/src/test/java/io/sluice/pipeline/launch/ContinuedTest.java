package io.sluice.pipeline.launch;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sluice.pipeline.flags.UsageException;
import io.sluice.pipeline.output.OutputPaths;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which run a job on Flink belongs to. */
class ContinuedTest {
  private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

  @TempDir Path directory;

  private Continued of(String flinkJob, boolean savepoint) throws IOException {
    return Continued.of(new OutputPaths(directory.toString()), flinkJob, savepoint, 16, NOW);
  }

  private void earlierRun() throws IOException {
    Files.createDirectories(directory.resolve(".sluice"));
    Files.writeString(
        directory.resolve(".sluice/run.json"),
        """
        {"run": "earlier", "startedAt": "2026-01-01T00:00:00Z", "shards": 4, "flinkJob": "f00"}
        """);
  }

  @Test
  void aFirstRun_andOneWithoutASnapshot_areNew() throws IOException {
    assertThat(of("", false).name(), containsString("20260102T030405_"));
    earlierRun();

    Continued again = of("", false);

    assertThat(again.name(), not("earlier"));
    assertThat(again.startedAt(), is(NOW));
    assertThat(again.shards(), is(16));
  }

  @Test
  void aSavepoint_continuesTheRun_withAsManyKeys() throws IOException {
    earlierRun();

    assertThat(
        of("", true), is(new Continued("earlier", Instant.parse("2026-01-01T00:00:00Z"), 4)));
  }

  @Test
  void aSavepoint_ofARunThatWatches_continuesIt_thoughItHasASummary() throws IOException {
    earlierRun();
    Files.writeString(
        directory.resolve("summary.json"), "{\"run\": \"earlier\", \"state\": \"watching\"}");

    assertThat(of("", true).name(), is("earlier"));
  }

  @Test
  void theSameJobOfAnApplicationCluster_continuesTheRun() throws IOException {
    earlierRun();

    assertThat(of("f00", false).name(), is("earlier"));
    assertThat(of("f01", false).name(), not("earlier"));
  }

  @Test
  void aSavepointOfARunThatHasEnded_isRefused() throws IOException {
    earlierRun();
    Files.writeString(directory.resolve("summary.json"), "{\"run\": \"earlier\"}");

    UsageException e = assertThrows(UsageException.class, () -> of("", true));

    assertThat(e.getMessage(), containsString("without the savepoint"));
    assertThat(of("f00", false).name(), is("earlier"));
  }
}
