package io.sluice.pipeline.claim;

import io.sluice.internal.ledger.LedgerScan;
import io.sluice.internal.store.StoredFiles;
import io.sluice.pipeline.flags.UsageException;
import io.sluice.pipeline.output.OutputPaths;
import io.sluice.pipeline.output.RunFile;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.beam.sdk.io.fs.MatchResult;
import org.apache.beam.sdk.io.fs.ResourceId;
import org.jspecify.annotations.Nullable;

/**
 * The launcher's hold on an output directory: it belongs to one task, and to one running job at a
 * time. What a store can hold of that, {@link StoreLock} says.
 */
public final class OutputDirectory implements AutoCloseable {
  private final OutputPaths paths;
  private final AutoCloseable hold;

  private OutputDirectory(OutputPaths paths, AutoCloseable hold) {
    this.paths = paths;
    this.hold = hold;
  }

  /**
   * @throws UsageException if it is a file, holds another task's run, or is in use
   */
  public static OutputDirectory claim(String directory, String task) {
    if (directory.contains("://")) {
      return claimInStore(new OutputPaths(directory), task);
    }
    Path root = Path.of(directory).toAbsolutePath().normalize();
    OutputPaths paths = new OutputPaths(root.toString());
    if (Files.exists(root) && !Files.isDirectory(root)) {
      throw new UsageException("--output: " + root + " is a file; expected a directory");
    }
    try {
      Path own = root.resolve(".sluice");
      Files.createDirectories(own);
      FileChannel channel = lock(own.resolve("lock"));
      if (channel == null) {
        throw new UsageException(
            "--output: another job is writing to "
                + root
                + "; wait for it, or give this one a directory of its own");
      }
      try {
        claim(paths, task);
      } catch (IOException | RuntimeException e) {
        channel.close();
        throw e;
      }
      return new OutputDirectory(paths, channel);
    } catch (IOException e) {
      throw Unwritable.of("--output", root.toString(), e);
    }
  }

  private static OutputDirectory claimInStore(OutputPaths paths, String task) {
    try {
      StoreLock lock =
          StoreLock.take(
              paths, "--output", InstantSource.system(), time -> Thread.sleep(time.toMillis()));
      try {
        claim(paths, task);
      } catch (IOException | RuntimeException e) {
        lock.close();
        throw e;
      }
      return new OutputDirectory(paths, lock);
    } catch (IOException | IllegalArgumentException e) {
      throw new UsageException("--output: cannot write to " + paths.root() + ": " + e.getMessage());
    }
  }

  private static void claim(OutputPaths paths, String task) throws IOException {
    String owner = RunFile.owner(paths);
    if (owner == null) {
      RunFile.writeOwner(paths, task);
    } else {
      checkOwner(paths.root(), owner, task);
    }
  }

  /**
   * Locks a file, which is made where it is not there.
   *
   * @return what holds the lock; null if another process, or another of this one, has it
   */
  static @Nullable FileChannel lock(Path file) throws IOException {
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      // To open a pipe would wait for its reader.
      throw new FileSystemException(
          file.toString(), null, file + " is no file, which the lock is to be");
    }
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      if (channel.tryLock() != null) {
        return channel;
      }
    } catch (OverlappingFileLockException e) {
      // As if another process had it.
    } catch (IOException e) {
      channel.close();
      throw e;
    }
    channel.close();
    return null;
  }

  private static void checkOwner(String root, String owner, String task) {
    if (!owner.equals(task)) {
      throw new UsageException(
          "--output: "
              + root
              + " holds the run of task "
              + owner
              + ", not of "
              + task
              + "; give this task a directory of its own");
    }
  }

  public OutputPaths paths() {
    return paths;
  }

  /**
   * Deletes the parts of a run that was killed: who has the directory knows that nobody writes them
   * any more. A job on a cluster outlives its launcher, and is left alone.
   */
  public void clearLeftovers() throws IOException {
    RunFile last = RunFile.read(paths);
    if (last != null && !last.detached()) {
      StoredFiles.delete(StoredFiles.names(paths.temporary(last.run()), "**"));
    }
  }

  /**
   * Puts an old ledger aside.
   *
   * @return where it is now; null if there was none
   */
  static @Nullable String setAside(String ledger, Instant now) {
    String suffix =
        DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss", Locale.ROOT)
            .withZone(ZoneOffset.UTC)
            .format(now);
    if (ledger.contains("://")) {
      return setAsideInStore(ledger, ledger.replaceFirst("/+$", "") + "-" + suffix);
    }
    Path old = Path.of(ledger);
    if (!Files.exists(old)) {
      return null;
    }
    Path aside = old.resolveSibling(old.getFileName() + "-" + suffix);
    try {
      Files.move(old, aside);
    } catch (IOException e) {
      throw new UsageException("--fresh: cannot move " + old + " aside: " + e.getMessage());
    }
    return aside.toString();
  }

  /** A store has no directories to rename: segment by segment, and those that went stay gone. */
  private static @Nullable String setAsideInStore(String ledger, String aside) {
    List<ResourceId> from =
        LedgerScan.segments(ledger).stream().map(MatchResult.Metadata::resourceId).toList();
    if (from.isEmpty()) {
      return null;
    }
    List<ResourceId> to = new ArrayList<>();
    for (ResourceId segment : from) {
      String[] path = segment.toString().split("/");
      to.add(OutputPaths.file(aside + "/" + path[path.length - 2] + "/" + path[path.length - 1]));
    }
    try {
      StoredFiles.move(from, to);
    } catch (IOException e) {
      throw new UsageException("--fresh: cannot move " + ledger + " aside: " + e.getMessage());
    }
    return aside;
  }

  @Override
  public void close() {
    try {
      hold.close();
    } catch (Exception e) {
      // The lock goes with the process, and a store's soon after.
    }
  }
}
