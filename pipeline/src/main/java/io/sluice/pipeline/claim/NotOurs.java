package io.sluice.pipeline.claim;

import io.sluice.internal.store.StoredFiles;
import io.sluice.pipeline.flags.UsageException;
import io.sluice.pipeline.output.JobSummary;
import io.sluice.pipeline.output.OutputPaths;
import io.sluice.pipeline.output.RunFile;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import org.apache.beam.sdk.io.fs.ResourceId;

/**
 * What lies where outputs go and is none of them. A run deletes the rows that it finds there, and
 * puts its files in the place of others: it is to be somebody's decision if those are not a job's.
 */
public final class NotOurs {
  /** As every version has named them. */
  private static final Pattern ROWS = Pattern.compile("(results|dead-letter)-\\d.*");

  private NotOurs() {}

  /**
   * Looks before anything is sent.
   *
   * @param replace whether files that are not a job's may be lost
   * @throws UsageException if a run could not put its outputs in place, or would take away a file
   *     that no job has written
   */
  public static void check(OutputPaths paths, boolean replace) throws IOException {
    checkKinds(paths);
    if (replace) {
      return;
    }
    List<ResourceId> rows = new ArrayList<>(OutputPaths.rows(paths.results()));
    rows.addAll(OutputPaths.rows(paths.deadLetters()));
    List<String> others = new ArrayList<>();
    boolean isAJobs = isAJobs(paths);
    rows.stream()
        .filter(file -> !isAJobs || !ROWS.matcher(String.valueOf(file.getFilename())).matches())
        .map(ResourceId::toString)
        .sorted(Comparator.naturalOrder())
        .forEach(others::add);
    if (!isAJobs) {
      for (String name : List.of(paths.summary(), paths.report())) {
        if (StoredFiles.exists(name)) {
          others.add(name);
        }
      }
    }
    if (!others.isEmpty()) {
      throw new UsageException(
          "--output: "
              + others.get(0)
              + (others.size() == 1 ? "" : " and " + (others.size() - 1) + " more")
              + " would be lost, which no job has written; give another directory, move it away, or"
              + " say --replace to lose it. Nothing was sent");
    }
  }

  /** Whether a job has written here, of whichever version. */
  private static boolean isAJobs(OutputPaths paths) throws IOException {
    if (RunFile.owner(paths) != null || RunFile.read(paths) != null) {
      return true;
    }
    JobSummary summary = JobSummary.read(paths);
    return (summary != null && !summary.run().isEmpty())
        || !StoredFiles.names(paths.defaultLedger(), "part-*/*.jsonl").isEmpty();
  }

  /** At the end of a job, when everything is paid for, it would be late to see it. */
  private static void checkKinds(OutputPaths paths) {
    if (!StoredFiles.isLocal(paths.root())) {
      return;
    }
    for (String rows : List.of(paths.results(), paths.deadLetters())) {
      Path path = Path.of(rows);
      if (Files.exists(path) && !Files.isDirectory(path)) {
        throw inTheWay(path, "a directory");
      }
      if (Files.exists(path) && !Files.isWritable(path)) {
        throw Unwritable.of("--output", rows, new AccessDeniedException(rows));
      }
    }
    for (String file : List.of(paths.summary(), paths.report())) {
      Path path = Path.of(file);
      if (Files.isDirectory(path)) {
        throw inTheWay(path, "a file, not a directory");
      }
    }
  }

  private static UsageException inTheWay(Path path, String expected) {
    return new UsageException(
        "--output: "
            + path
            + " is in the way; expected "
            + expected
            + ": move it away, or give another directory. Nothing was sent");
  }
}
