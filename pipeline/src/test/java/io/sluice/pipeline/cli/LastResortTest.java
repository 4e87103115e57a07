package io.sluice.pipeline.cli;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sluice.pipeline.flags.UsageException;
import io.sluice.pipeline.runner.JobFailedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;

class LastResortTest {
  @Test
  void memoryIsGone_whereThreeLooksInARowFindNone() {
    Deque<Boolean> full = new ArrayDeque<>(List.of(true, true, false, true, true, true));
    MemoryWatch watch =
        new MemoryWatch(
            bytes -> {
              if (full.remove()) {
                throw new OutOfMemoryError("Java heap space");
              }
              return new byte[bytes];
            },
            null);
    for (boolean gone : new boolean[] {false, false, false, false, false, true}) {
      assertThat(watch.isGone(), is(gone));
    }
  }

  @Test
  void memoryIsGone_whereTheJvmHasToldSo() {
    Deque<Boolean> told = new ArrayDeque<>(List.of(false, true));
    MemoryWatch watch = new MemoryWatch(byte[]::new, told::remove);
    assertThat(watch.isGone(), is(false));
    assertThat(watch.isGone(), is(true));
  }

  @Test
  void aTemporaryDirectoryThatCannotBeWritten_isNamedBeforeLibrariesRunIntoIt() {
    // /proc is a directory in which nobody can make a file, whatever their rights.
    Path directory = Path.of("/proc/self/fdinfo");
    assumeTrue(Files.isDirectory(directory));
    JobFailedException e =
        assertThrows(JobFailedException.class, () -> LastResort.checkTemporary(directory));
    assertThat(
        e.getMessage(),
        allOf(containsString(directory.toString()), containsString("-Djava.io.tmpdir=DIR")));
    LastResort.checkTemporary(Path.of("/nowhere/at/all"));
    LastResort.checkTemporary(Path.of(System.getProperty("java.io.tmpdir")));
  }

  @Test
  void whatEndsAJob_isSaidWithWhatToDo() {
    Throwable memory =
        new IllegalStateException(new RuntimeException(new OutOfMemoryError("heap")));
    assertThat(LastResort.reason(memory), containsString("SLUICE_JAVA_OPTS=-Xmx4g"));
    Throwable library = new RuntimeException(new UnsatisfiedLinkError("failed to map segment"));
    assertThat(
        LastResort.reason(library),
        allOf(containsString("noexec"), containsString("-Djava.io.tmpdir=DIR")));
    assertThat(LastResort.reason(new StackOverflowError()), is("java.lang.StackOverflowError"));
    assertThat(
        LastResort.reason(new UsageException("--input: is missing")), is("--input: is missing"));
    assertThat(
        LastResort.reason(new IOException("run.json is damaged")), is("run.json is damaged"));
    assertThat(
        "a name alone says nothing",
        LastResort.reason(new NoSuchFileException("run.json")),
        is("java.nio.file.NoSuchFileException: run.json"));
    Exception circle = new Exception("a");
    Exception back = new Exception("b", circle);
    circle.initCause(back);
    assertThat(LastResort.reason(circle), is("java.lang.Exception: a"));
  }

  /** Flink's hook found its classes deleted by another hook, once in some runs that ended well. */
  @Test
  void whatTheEndOfTheProcessTakesFromALibrary_isNotTold() {
    Throwable gone = new NoClassDefFoundError("org/apache/pekko/actor/CoordinatedShutdown$");
    assertThat(LastResort.isToBeTold(gone, () -> true), is(false));
    assertThat(LastResort.isToBeTold(gone, () -> false), is(true));
    assertThat(LastResort.isToBeTold(new IllegalStateException(), () -> true), is(true));
  }
}
