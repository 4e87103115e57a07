package io.sluice.pipeline.claim;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.notNullValue;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sluice.pipeline.flags.UsageException;
import io.sluice.pipeline.launch.FaultyFileSystem;
import io.sluice.pipeline.output.Machine;
import io.sluice.pipeline.output.OutputPaths;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import org.apache.beam.sdk.Pipeline;
import org.apache.beam.sdk.options.PipelineOptionsFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoreLockTest {
  private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
  private static final InstantSource CLOCK = InstantSource.fixed(NOW);
  private static final StoreLock.Pause NONE = time -> {};

  @TempDir Path directory;
  private OutputPaths paths = new OutputPaths("");
  private Path file = Path.of("");

  @BeforeAll
  static void registerFileSystems() {
    Pipeline.create(PipelineOptionsFactory.create());
  }

  @BeforeEach
  void paths() {
    paths = new OutputPaths(FaultyFileSystem.name(directory));
    file = directory.resolve(".sluice/lock.json");
  }

  private void holder(String host, long pid, Instant at) throws IOException {
    Files.createDirectories(directory.resolve(".sluice"));
    Files.writeString(
        file,
        "{\"owner\":\"other\",\"host\":\"%s\",\"pid\":%d,\"processStartedAt\":\"\",\"at\":\"%s\"}"
            .formatted(host, pid, at));
  }

  private String refused() {
    return String.valueOf(
        assertThrows(UsageException.class, () -> StoreLock.take(paths, "--output", CLOCK, NONE))
            .getMessage());
  }

  @Test
  void secondJob_isRefused_untilTheFirstEnds() throws IOException {
    try (StoreLock held = StoreLock.take(paths, "--output", CLOCK, NONE)) {
      assertThat(Files.exists(file), is(true));
      assertThat(held, is(notNullValue()));
      assertThat(
          refused(),
          allOf(
              containsString("process " + ProcessHandle.current().pid()),
              containsString(paths.root()),
              containsString("directory of its own")));
    }
    assertThat(Files.exists(file), is(false));
    StoreLock.take(paths, "--output", CLOCK, NONE).close();
  }

  @Test
  void ofTwoAtOnce_theLaterWriterHasIt() throws IOException {
    UsageException e =
        assertThrows(
            UsageException.class,
            () -> StoreLock.take(paths, "--output", CLOCK, time -> writeAnother()));
    assertThat(e.getMessage(), containsString("at the same moment"));
    assertThat(Files.readString(file), containsString("\"other\""));
  }

  private void writeAnother() {
    try {
      holder("elsewhere", 7, NOW);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void deadProcessOfThisMachine_holdsNothing() throws IOException {
    holder(Machine.host(), Integer.MAX_VALUE, NOW);
    StoreLock.take(paths, "--output", CLOCK, NONE).close();
  }

  @Test
  void anotherMachine_holdsItForItsLease() throws IOException {
    holder("elsewhere", 7, NOW.minus(StoreLock.LEASE).plusSeconds(1));
    assertThat(refused(), containsString("on elsewhere"));
    holder("elsewhere", 7, NOW.minus(StoreLock.LEASE));
    StoreLock.take(paths, "--output", CLOCK, NONE).close();
  }

  @Test
  void claimedDirectory_belongsToItsTask() throws IOException {
    try (OutputDirectory first = OutputDirectory.claim(paths.root(), "one")) {
      assertThat(first.paths().root(), is(paths.root()));
    }
    UsageException e =
        assertThrows(UsageException.class, () -> OutputDirectory.claim(paths.root(), "two"));
    assertThat(e.getMessage(), containsString("holds the run of task one, not of two"));
    OutputDirectory.claim(paths.root(), "one").close();
  }

  @Test
  void fresh_movesTheLedgerOfAStoreAside() throws IOException {
    Path segment = directory.resolve("ledger/part-03/run-1-000000.jsonl");
    Files.createDirectories(segment.getParent());
    Files.writeString(segment, "x");
    assertThat(
        OutputDirectory.setAside(paths.root() + "/ledger", NOW),
        is(paths.root() + "/ledger-20260102-030405"));
    assertThat(Files.exists(segment), is(false));
    assertThat(
        Files.exists(directory.resolve("ledger-20260102-030405/part-03/run-1-000000.jsonl")),
        is(true));
    assertThat(OutputDirectory.setAside(paths.root() + "/ledger", NOW) == null, is(true));
  }
}
