package io.sluice.pipeline.watch;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.nullValue;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sluice.pipeline.input.InputFile;
import io.sluice.pipeline.input.InputFiles.Found;
import io.sluice.pipeline.input.InputFormat;
import io.sluice.pipeline.output.OutputPaths;
import io.sluice.pipeline.output.Tally;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.apache.beam.sdk.io.FileSystems;
import org.apache.beam.sdk.options.PipelineOptionsFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is read when, and once. */
class LookoutTest {
  private static final long SECOND = 1_000;

  @TempDir Path directory;
  private final List<Found> there = new ArrayList<>();
  private long now = 1_000 * SECOND;

  @BeforeAll
  static void registerFileSystems() {
    FileSystems.setDefaultPipelineOptions(PipelineOptionsFactory.create());
  }

  private RoundBook book() {
    return new RoundBook(new OutputPaths(directory.toString()));
  }

  private Lookout lookout(RoundBook book, int handedOn) {
    return new Lookout(
        book,
        unseen -> List.copyOf(there),
        Duration.ofSeconds(30),
        () -> Instant.ofEpochMilli(now),
        handedOn);
  }

  private void add(String name, long bytes) {
    add(name, bytes, 0);
  }

  private void add(String name, long bytes, long modifiedMillis) {
    there.add(new Found(new InputFile(name, bytes, InputFormat.JSONL), modifiedMillis, false));
  }

  private static @Nullable List<String> names(@Nullable Round round) {
    return round == null ? null : round.files().stream().map(InputFile::name).toList();
  }

  private static void done(RoundBook book, int round) throws IOException {
    book.done(round, new Tally());
  }

  @Test
  void newFiles_areARoundAtEachLook() throws IOException {
    Lookout lookout = lookout(book(), 0);
    assertThat(lookout.next(), nullValue());
    add("a", 1);
    add("b", 1);
    now += 29 * SECOND;
    assertThat("before the next look", lookout.next(), nullValue());
    now += SECOND;
    assertThat(names(lookout.next()), is(List.of("a", "b")));
    assertThat(lookout.next(), nullValue());
    add("c", 1);
    now += 30 * SECOND;
    assertThat(names(lookout.next()), is(List.of("c")));
    assertThat(lookout.handedOn(), is(2));
  }

  @Test
  void aLocalFileThatIsStillWritten_waits_andOneInAStoreDoesNot() throws IOException {
    Lookout lookout = lookout(book(), 0);
    add("a", 1, now - 29 * SECOND);
    add("gs://bucket/b", 1, now);
    assertThat(names(lookout.next()), is(List.of("gs://bucket/b")));
    now += 30 * SECOND;
    assertThat(names(lookout.next()), is(List.of("a")));
  }

  @Test
  void aFileFromTheFuture_isReadOnceItIsTheSameAtTwoLooks() throws IOException {
    Lookout lookout = lookout(book(), 0);
    add("a", 1, now + 3_600 * SECOND);
    assertThat(lookout.next(), nullValue());
    there.clear();
    add("a", 2, now + 3_600 * SECOND);
    now += 30 * SECOND;
    assertThat("it grew", lookout.next(), nullValue());
    now += 30 * SECOND;
    assertThat(names(lookout.next()), is(List.of("a")));
  }

  /** By hours, as where a machine without a battery hears of the time. */
  @Test
  void aClockThatIsSetBack_isNotWaitedFor() throws IOException {
    Lookout lookout = lookout(book(), 0);
    lookout.next();
    now -= 3 * 3_600 * SECOND;
    add("a", 1, now - 60 * SECOND);
    lookout.next();
    now += 30 * SECOND;
    assertThat(names(lookout.next()), is(List.of("a")));
  }

  @Test
  void anotherRun_readsWhatIsNotDone_inTheSameRounds() throws IOException {
    RoundBook book = book();
    Lookout lookout = lookout(book, 0);
    add("a", 1);
    lookout.next();
    add("b", 1);
    now += 30 * SECOND;
    lookout.next();
    add("c", 1);
    now += 30 * SECOND;
    lookout.next();
    done(book, 2);

    add("d", 1);
    Lookout next = lookout(book(), 0);
    assertThat(names(next.next()), is(List.of("a")));
    assertThat(names(next.next()), is(List.of("c")));
    assertThat(names(next.next()), is(List.of("d")));
  }

  @Test
  void aRunnerThatIsSetBack_isGivenTheSameRoundsAgain() throws IOException {
    Lookout lookout = lookout(book(), 0);
    add("a", 1);
    lookout.next();
    add("b", 1);
    now += 30 * SECOND;
    lookout.next();
    add("c", 1);
    lookout.goBackTo(1);
    now += 30 * SECOND;
    assertThat(names(lookout.next()), is(List.of("b")));
    assertThat(names(lookout.next()), is(List.of("c")));
  }

  @Test
  void roundsHaveAFitSize_andTheNextWaitsWhileMuchIsOnItsWay() throws IOException {
    RoundBook book = book();
    Lookout lookout = lookout(book, 0);
    add("huge", 3 * Lookout.BYTES_ON_THE_WAY);
    for (int i = 0; i < Lookout.ROUND_FILES + 1; i++) {
      add("small" + i, 1);
    }
    add("x", Lookout.ROUND_BYTES);
    assertThat("alone, however large", names(lookout.next()), is(List.of("huge")));
    now += 2 * SECOND;
    assertThat("too much on its way", lookout.next(), nullValue());
    done(book, 1);
    now += 2 * SECOND;
    Round second = lookout.next();
    assertThat(second == null ? 0 : second.files().size(), is(Lookout.ROUND_FILES));
    assertThat(names(lookout.next()), is(List.of("small" + Lookout.ROUND_FILES)));
    assertThat(names(lookout.next()), is(List.of("x")));
  }

  @Test
  void whereNoRoundWaits_nothingIsReadBetweenLooks() throws IOException {
    Lookout lookout = lookout(book(), 0);
    add("a", 1);
    assertThat(names(lookout.next()), is(List.of("a")));
    assertThat(lookout.next(), nullValue());
    // Whoever reads the book now fails.
    Files.writeString(directory.resolve(".sluice/watch/round-00000009.json"), "{}");
    now += 29 * SECOND;
    assertThat(lookout.next(), nullValue());
    now += SECOND;
    assertThrows(IOException.class, lookout::next);
  }

  @Test
  void aStoreThatDoesNotAnswer_isAskedAgain() throws IOException {
    boolean[] broken = {true};
    Lookout lookout =
        new Lookout(
            book(),
            unseen -> {
              if (broken[0]) {
                throw new IllegalArgumentException("--input: cannot list");
              }
              return List.copyOf(there);
            },
            Duration.ofSeconds(30),
            () -> Instant.ofEpochMilli(now),
            0);
    add("a", 1);
    assertThat(lookout.next(), nullValue());
    broken[0] = false;
    now += 30 * SECOND;
    assertThat(names(lookout.next()), is(List.of("a")));
  }
}
