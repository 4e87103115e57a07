package io.sluice.pipeline.watch;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThanOrEqualTo;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.sameInstance;

import io.sluice.pipeline.input.InputFile;
import io.sluice.pipeline.input.InputFiles;
import io.sluice.pipeline.input.InputFormat;
import io.sluice.pipeline.output.OutputPaths;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.apache.beam.sdk.io.FileSystems;
import org.apache.beam.sdk.io.UnboundedSource.UnboundedReader;
import org.apache.beam.sdk.options.PipelineOptions;
import org.apache.beam.sdk.options.PipelineOptionsFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a JVM that sees many runs keeps of them. */
class PerRunTest {
  private static final PipelineOptions OPTIONS = PipelineOptionsFactory.create();

  @TempDir Path directory;

  @BeforeAll
  static void registerFileSystems() {
    FileSystems.setDefaultPipelineOptions(OPTIONS);
  }

  @Test
  void runsThatComeAndGo_leaveNoMoreThanAFew_andTheBusyOneStays() {
    PerRun<Object> kept = new PerRun<>();
    Object busy = kept.of("busy", Object::new);
    Object idle = kept.of("idle", Object::new);
    for (int i = 0; i < 1_000; i++) {
      kept.of("run " + i, Object::new);
      assertThat(kept.of("busy", Object::new), is(sameInstance(busy)));
    }
    assertThat(kept.size(), is(lessThanOrEqualTo(16)));
    assertThat(kept.of("idle", Object::new), is(not(sameInstance(idle))));
  }

  @Test
  void manyJobsThatWatch_leaveNoMoreThanAFewBooksAndLookouts() throws IOException {
    for (int i = 0; i < 100; i++) {
      source("many-" + i).createReader(OPTIONS, null).close();
    }
    assertThat(WatchSource.LOOKOUTS.size(), is(lessThanOrEqualTo(16)));
    assertThat(RoundBook.BOOKS.size(), is(lessThanOrEqualTo(16)));
  }

  @Test
  void aBookThatWasForgotten_isReadAgain() throws IOException {
    OutputPaths paths = new OutputPaths(directory.toString());
    InputFile file = new InputFile("/in/a.jsonl", 5, InputFormat.JSONL);
    RoundBook.of(paths, "again").add(List.of(file));
    RoundBook.BOOKS.forget("again");
    assertThat(RoundBook.of(paths, "again").roundOf("/in/a.jsonl"), is(1));
  }

  @Test
  void aRunThatHasStopped_isForgotten() throws Exception {
    WatchSource source = source("stopped");
    Files.writeString(
        directory.resolve("summary.json"), "{\"run\":\"stopped\",\"state\":\"stoppedByBudget\"}");
    long[] now = new long[1];
    UnboundedReader<Round> reader = source.reader(null, () -> now[0]);
    Lookout lookout = WatchSource.LOOKOUTS.of("stopped", PerRunTest::fail);
    reader.close();
    source.reader(null, () -> now[0]).close();
    assertThat(WatchSource.LOOKOUTS.of("stopped", PerRunTest::fail), is(sameInstance(lookout)));
    now[0] = Duration.ofSeconds(2).toNanos();
    reader.advance();
    reader.close();
    source.reader(null, () -> now[0]).close();
    assertThat(
        WatchSource.LOOKOUTS.of("stopped", PerRunTest::fail), is(not(sameInstance(lookout))));
  }

  private static Lookout fail() {
    throw new AssertionError("a reader has made one");
  }

  private WatchSource source(String run) {
    return new WatchSource(
        new InputFiles(directory + "/*.jsonl", InputFormat.AUTO),
        Duration.ofSeconds(30),
        new OutputPaths(directory.toString()),
        run);
  }
}
