package io.sluice.pipeline.claim;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.instanceOf;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.nullValue;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sluice.internal.ledger.Ledger;
import io.sluice.internal.ledger.LedgerRecord.AtWork;
import io.sluice.internal.ledger.LedgerRecord.Beat;
import io.sluice.internal.ledger.LedgerRecord.Calls;
import io.sluice.internal.ledger.LedgerRecord.Rows;
import io.sluice.pipeline.flags.UsageException;
import io.sluice.pipeline.output.OutputPaths;
import io.sluice.pipeline.runner.JobFailedException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One job at a time writes to a ledger, whichever outputs they have. */
class LedgerHoldTest {
  private static final Instant NOW = Instant.parse("2030-01-02T03:04:05Z");

  @TempDir Path directory;
  private String ledger;

  @BeforeEach
  void name() {
    ledger = directory.resolve("shared").toString();
  }

  private OutputPaths output(String name) {
    return new OutputPaths(directory.resolve(name).toString());
  }

  private Ledger write(String run, InstantSource clock) {
    Ledger open = Ledger.open(new Ledger.Options(ledger, "job", run, partition -> true, clock));
    open.beat(
        new Beat(
            0,
            0,
            new Rows(5, 0, 0, 0, 5),
            Calls.NONE,
            AtWork.NONE,
            Map.of(),
            Map.of(),
            null,
            null));
    return open;
  }

  @Test
  void two_atOnce_areRefused_andOneAfterTheOtherAreNot() {
    try (LedgerHold first = LedgerHold.claim(ledger, output("a"))) {
      UsageException e =
          assertThrows(UsageException.class, () -> LedgerHold.claim(ledger, output("b")));
      assertThat(
          e.getMessage(), allOf(containsString("--ledger: another job is writing to " + ledger)));
    }
    LedgerHold.claim(ledger, output("b")).close();
  }

  /**
   * As after a disk that was full: the name of who had the ledger last is missing, not the ledger.
   */
  @Test
  void aFileOfItsUser_thatIsDamaged_isNamed() throws IOException {
    LedgerHold.claim(ledger, output("a")).close();
    Path user = Files.writeString(Path.of(ledger, ".user.json"), "");
    UsageException e =
        assertThrows(UsageException.class, () -> LedgerHold.claim(ledger, output("a")));
    assertThat(
        e.getMessage(),
        is(
            "--ledger: "
                + user
                + " is damaged: expected a JSON object, and it is none at line 1, column 0. What"
                + " was paid for is in the ledger; delete the file, and run the same command again"));
  }

  /** Nothing was sent, and the same command would fail again: it is the flag that is wrong. */
  @Test
  void aDirectoryThatCannotBeWritten_isAMistakeOfTheFlag() throws IOException {
    String file = Files.writeString(directory.resolve("file"), "x").toString();
    for (String place : List.of(file, file + "/below", file + "/far/below")) {
      for (String flag : List.of("--ledger", "--output")) {
        UsageException e =
            assertThrows(
                UsageException.class,
                () -> {
                  if (flag.equals("--ledger")) {
                    LedgerHold.claim(place, output("a"));
                  } else {
                    OutputDirectory.claim(place, "task");
                  }
                });
        assertThat(
            e.getMessage(),
            allOf(containsString(flag + ": "), containsString(place), containsString("directory")));
      }
    }
  }

  /** A directory stands for a pipe, whose opening waits for a reader. */
  @Test
  void aLockThatIsNoFile_isNamed() throws IOException {
    Files.createDirectories(Path.of(ledger, ".lock"));
    Files.createDirectories(directory.resolve("out/.sluice/lock"));
    UsageException e =
        assertThrows(UsageException.class, () -> LedgerHold.claim(ledger, output("a")));
    assertThat(e.getMessage(), containsString(".lock is no file"));
    e =
        assertThrows(
            UsageException.class,
            () -> OutputDirectory.claim(directory.resolve("out").toString(), "task"));
    assertThat(e.getMessage(), containsString("lock is no file"));
  }

  @Test
  void aFullDisk_isNone() {
    for (String reason : List.of("No space left on device", "Disk quota exceeded")) {
      assertThat(
          Unwritable.of("--ledger", "/d", new FileSystemException("/d/.lock", null, reason)),
          instanceOf(JobFailedException.class));
    }
    for (IOException e :
        List.of(
            new FileSystemException("/d", null, "Read-only file system"),
            new AccessDeniedException("/d"),
            new NoSuchFileException("/d"),
            new IOException())) {
      RuntimeException thrown = Unwritable.of("--ledger", "/d", e);
      assertThat(thrown, instanceOf(UsageException.class));
      assertThat(
          thrown.getMessage(),
          allOf(not(containsString("null")), not(containsString("/d: /d")), containsString("/d")));
    }
  }

  @Test
  void aLedgerThatWasSetAside_isHeldAnew() throws IOException {
    write("20300102T030405_aaaa", () -> NOW).close();
    // Of a job that was killed while it wrote whose the ledger is.
    Files.writeString(Path.of(ledger, ".user-1f.json"), "{");
    try (LedgerHold hold = LedgerHold.claim(ledger, output("a"))) {
      String aside = hold.setAside(NOW);
      assertThat(aside, is(ledger + "-20300102-030405"));
      assertThat(Files.exists(Path.of(ledger + "-20300102-030405")), is(true));
      assertThrows(UsageException.class, () -> LedgerHold.claim(ledger, output("b")));
      assertThat("nothing is in the new one", hold.setAside(NOW), is(nullValue()));
    }
    LedgerHold.claim(ledger, output("b")).close();
  }

  /** An output within the ledger would go with it, its lock and all. */
  @Test
  void aLedgerThatHoldsOtherThings_isNotSetAside() throws IOException {
    write("20300102T030405_aaaa", () -> NOW).close();
    for (String other : List.of("out", ".sluice", "task.yaml")) {
      Path there = Files.createDirectories(Path.of(ledger, other));
      try (LedgerHold hold = LedgerHold.claim(ledger, output("shared/out"))) {
        UsageException e = assertThrows(UsageException.class, () -> hold.setAside(NOW));
        assertThat(
            e.getMessage(), allOf(containsString("--fresh"), containsString("and " + other + ",")));
      }
      Files.delete(there);
    }
  }

  @Test
  void aJobOnACluster_isAtWorkWithoutALock() throws IOException {
    LedgerHold.claim(ledger, output("a")).close();
    String run = "20300102T030405_aaaa";
    Files.createDirectories(directory.resolve("a/.sluice"));
    Files.writeString(
        directory.resolve("a/.sluice/run.json"),
        "{\"run\": \"%s\", \"name\": \"job\", \"detached\": true, \"ledger\": \"%s\"}"
            .formatted(run, ledger));
    write(run, InstantSource.system()).close();
    UsageException e =
        assertThrows(UsageException.class, () -> LedgerHold.claim(ledger, output("b")));
    assertThat(
        e.getMessage(),
        allOf(containsString("the job of " + output("a").root()), containsString("on a cluster")));
    // Its own launcher may look after it.
    LedgerHold.claim(ledger, output("a")).close();
  }

  @Test
  void aJobThatDied_holdsNothing() throws IOException {
    LedgerHold.claim(ledger, output("a")).close();
    Files.createDirectories(directory.resolve("a/.sluice"));
    Files.writeString(
        directory.resolve("a/.sluice/run.json"),
        "{\"run\": \"r_1\", \"detached\": true, \"ledger\": \"%s\"}".formatted(ledger));
    write("r_1", () -> Instant.parse("2020-01-01T00:00:00Z")).close();
    LedgerHold hold = LedgerHold.claim(ledger, output("b"));
    assertThat(hold, is(not(nullValue())));
    hold.close();
  }
}
