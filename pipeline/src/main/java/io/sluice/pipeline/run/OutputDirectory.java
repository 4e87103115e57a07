package io.sluice.pipeline.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.pipeline.UsageException;
import io.sluice.pipeline.output.OutputPaths;
import io.sluice.pipeline.output.RunFile;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import org.jspecify.annotations.Nullable;

/**
 * The launcher's hold on an output directory: it belongs to one task, and to one running job at a
 * time. Directories that are not on this machine's disk are not locked.
 */
public final class OutputDirectory implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final OutputPaths paths;
  private final @Nullable FileChannel channel;

  private OutputDirectory(OutputPaths paths, @Nullable FileChannel channel) {
    this.paths = paths;
    this.channel = channel;
  }

  /**
   * @throws UsageException if it is a file, holds another task's run, or is in use
   */
  public static OutputDirectory claim(String directory, String task) {
    if (directory.contains("://") && !directory.startsWith("file:")) {
      OutputPaths remote = new OutputPaths(directory);
      claim(remote, task);
      return new OutputDirectory(remote, null);
    }
    Path root = Path.of(directory.replaceFirst("^file:(//)?", "")).toAbsolutePath().normalize();
    OutputPaths paths = new OutputPaths(root.toString());
    if (Files.exists(root) && !Files.isDirectory(root)) {
      throw new UsageException("--output: " + root + " is a file; expected a directory");
    }
    try {
      Path own = root.resolve(".sluice");
      Files.createDirectories(own);
      FileChannel channel =
          FileChannel.open(
              own.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      if (lock(channel) == null) {
        channel.close();
        throw new UsageException(
            "--output: another job is writing to "
                + root
                + "; wait for it, or give this one a directory of its own");
      }
      claim(own.resolve("job.json"), root, task);
      return new OutputDirectory(paths, channel);
    } catch (IOException e) {
      throw new UsageException("--output: cannot write to " + root + ": " + e.getMessage());
    }
  }

  private static void claim(OutputPaths paths, String task) {
    try {
      String owner = RunFile.owner(paths);
      if (owner == null) {
        RunFile.writeOwner(paths, task);
      } else {
        checkOwner(paths.root(), owner, task);
      }
    } catch (IOException | IllegalArgumentException e) {
      throw new UsageException("--output: cannot write to " + paths.root() + ": " + e.getMessage());
    }
  }

  private static @Nullable FileLock lock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  private static void claim(Path job, Path root, String task) throws IOException {
    if (Files.exists(job)) {
      JsonNode owner = JSON.readTree(Files.readString(job));
      checkOwner(root.toString(), owner.path("task").asText(), task);
    } else {
      Files.writeString(job, JSON.createObjectNode().put("task", task).toString());
    }
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
   * Puts an old ledger aside.
   *
   * @return where it is now; null if there was none
   */
  static @Nullable String setAside(String ledger, Instant now) {
    if (ledger.contains("://")) {
      throw new UsageException(
          "--fresh: a ledger outside this machine's disk is not moved; give --ledger another"
              + " directory");
    }
    Path old = Path.of(ledger);
    if (!Files.exists(old)) {
      return null;
    }
    String suffix =
        DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss").withZone(ZoneOffset.UTC).format(now);
    Path aside = old.resolveSibling(old.getFileName() + "-" + suffix);
    try {
      Files.move(old, aside);
    } catch (IOException e) {
      throw new UsageException("--fresh: cannot move " + old + " aside: " + e.getMessage());
    }
    return aside.toString();
  }

  @Override
  public void close() {
    try {
      if (channel != null) {
        channel.close();
      }
    } catch (IOException e) {
      // The lock goes with the process.
    }
  }
}
