package io.sluice.pipeline.claim;

import io.sluice.internal.ledger.LedgerException;
import io.sluice.internal.ledger.LedgerScan;
import io.sluice.pipeline.flags.UsageException;
import io.sluice.pipeline.json.JobFile;
import io.sluice.pipeline.json.Json;
import io.sluice.pipeline.output.OutputPaths;
import io.sluice.pipeline.output.RunFile;
import io.sluice.pipeline.runner.JobFailedException;
import io.sluice.pipeline.status.JobReader;
import io.sluice.pipeline.status.JobStatus;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The launcher's hold on a ledger: one running job at a time writes to it, whichever output it has.
 * Two jobs would each hold the whole budget against what they saw when they began, pay for the same
 * answers, and move the ledger away from under each other. One after the other they may share it.
 *
 * <p>A job on a cluster outlives its launcher and the lock; whether it is at work its output says,
 * which the ledger names.
 */
public final class LedgerHold implements AutoCloseable {
  /** Whose the ledger was last. */
  private record User(@Nullable String output) {}

  private static final String LOCK = ".lock";

  /** Its file is written whole, by way of another with a name that begins so. */
  private static final String USER = ".user";

  private final String ledger;
  private final String output;
  private AutoCloseable lock;

  private LedgerHold(String ledger, String output, AutoCloseable lock) {
    this.ledger = ledger;
    this.output = output;
    this.lock = lock;
  }

  /**
   * @param ledger its directory, which is made where it is not there
   * @throws UsageException if another job is at work on it, or it cannot be written to
   * @throws JobFailedException if its disk is full, or its store does not answer
   */
  public static LedgerHold claim(String ledger, OutputPaths output) {
    try {
      LedgerHold hold = new LedgerHold(ledger, output.root(), lock(ledger));
      try {
        hold.check(Instant.now());
        hold.sign();
        return hold;
      } catch (IOException | RuntimeException e) {
        hold.close();
        throw e;
      }
    } catch (IOException e) {
      if (!ledger.contains("://")) {
        throw Unwritable.of("--ledger", ledger, e);
      }
      throw new JobFailedException(
          "Write to the ledger "
              + ledger
              + ": "
              + e.getMessage()
              + "; make room or allow writing there, then run the same command again",
          e);
    }
  }

  private static AutoCloseable lock(String ledger) throws IOException {
    if (ledger.contains("://")) {
      return StoreLock.take(
          new OutputPaths(ledger),
          "--ledger",
          InstantSource.system(),
          time -> Thread.sleep(time.toMillis()));
    }
    Path directory = Path.of(ledger);
    Files.createDirectories(directory);
    FileChannel channel = OutputDirectory.lock(directory.resolve(LOCK));
    if (channel == null) {
      throw new UsageException(
          "--ledger: another job is writing to "
              + ledger
              + "; wait for it, or give this one a ledger of its own: a budget of two jobs would be"
              + " passed");
    }
    return channel;
  }

  /** A job on a cluster has no lock here. */
  private void check(Instant now) throws IOException {
    User user = JobFile.read(userFile(), User.class);
    String other = user == null ? null : user.output();
    if (other == null || other.equals(output)) {
      return;
    }
    OutputPaths paths = new OutputPaths(other);
    RunFile run = RunFile.read(paths);
    if (run == null || !run.detached() || !ledger.equals(run.ledger())) {
      return;
    }
    boolean working;
    try {
      working = new JobReader(paths, ledger).look(now).map(JobStatus::working).orElse(false);
    } catch (LedgerException e) {
      // A damaged one is told of by who opens it.
      return;
    }
    if (working) {
      throw new UsageException(
          "--ledger: the job of "
              + other
              + " is at work on "
              + ledger
              + ", on a cluster; wait for it, or give this one a ledger of its own");
    }
  }

  private void sign() throws IOException {
    OutputPaths.writeWhole(
        userFile(),
        ledger + "/" + USER + "-" + UUID.randomUUID() + ".json",
        "application/json",
        Json.line(new User(output)).getBytes(StandardCharsets.UTF_8));
  }

  private String userFile() {
    return ledger + "/" + USER + ".json";
  }

  /**
   * Puts the ledger aside, and holds a new one.
   *
   * @return where the old one is now; null if there was none
   */
  public @Nullable String setAside(Instant now) throws IOException {
    if (LedgerScan.segments(ledger).isEmpty()) {
      return null;
    }
    checkOwn();
    String aside = OutputDirectory.setAside(ledger, now);
    if (!ledger.contains("://")) {
      // The lock has gone with the directory.
      AutoCloseable old = lock;
      lock = lock(ledger);
      close(old);
      sign();
    }
    return aside;
  }

  /** What is moved is a whole directory: an output or an input in it would go with it. */
  private void checkOwn() throws IOException {
    if (ledger.contains("://")) {
      return;
    }
    try (Stream<Path> files = Files.list(Path.of(ledger))) {
      Optional<Path> other =
          files
              .filter(
                  file -> {
                    String name = file.getFileName().toString();
                    return !name.startsWith("part-")
                        && !name.equals(LOCK)
                        && !name.startsWith(USER);
                  })
              .sorted()
              .findFirst();
      if (other.isPresent()) {
        throw new UsageException(
            "--fresh: the ledger "
                + ledger
                + " would be moved aside, and "
                + other.get().getFileName()
                + ", which is none of its files, with it; nothing was sent: move its part-* aside by"
                + " hand, or give a --ledger of its own");
      }
    }
  }

  @Override
  public void close() {
    close(lock);
  }

  private static void close(AutoCloseable lock) {
    try {
      lock.close();
    } catch (Exception e) {
      // The lock goes with the process, and a store's soon after.
    }
  }
}
