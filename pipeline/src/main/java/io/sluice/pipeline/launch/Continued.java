package io.sluice.pipeline.launch;

import io.sluice.pipeline.flags.UsageException;
import io.sluice.pipeline.output.JobSummary;
import io.sluice.pipeline.output.OutputPaths;
import io.sluice.pipeline.output.RunFile;
import java.io.IOException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.UUID;

/**
 * Which run a job belongs to. A job that goes on from Flink's snapshot of it is no new run: its
 * state names files in the run's own directory, its rows are keyed by as many shards as there were,
 * and its calls were made in the same run.
 *
 * @param name unique
 * @param startedAt when its first job was
 * @param shards over how many keys its accounts are spread
 */
record Continued(String name, Instant startedAt, int shards) {

  /**
   * @param flinkJob the id that Flink gave the job before it was submitted; empty for none
   * @param savepoint whether it goes on from a savepoint
   * @throws UsageException if the run that the savepoint was taken of has come to its end
   */
  static Continued of(
      OutputPaths paths, String flinkJob, boolean savepoint, int shards, Instant now)
      throws IOException {
    RunFile last = RunFile.read(paths);
    boolean sameJob = last != null && !flinkJob.isEmpty() && flinkJob.equals(last.flinkJob());
    if (last == null || !(savepoint || sameJob)) {
      return new Continued(newName(now), now, shards);
    }
    String run = last.run();
    if (savepoint && JobSummary.hasEnded(JobSummary.read(paths), run)) {
      throw new UsageException(
          "The run "
              + run
              + " in "
              + paths.root()
              + " has ended since its savepoint was taken, and its files are in place; run the same"
              + " command without the savepoint: what was answered is not asked again");
    }
    return new Continued(
        run,
        last.startedAt() == null ? now : Instant.parse(last.startedAt()),
        last.shards() == null ? shards : Math.max(1, last.shards()));
  }

  private static String newName(Instant now) {
    return DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss", Locale.ROOT)
            .withZone(ZoneOffset.UTC)
            .format(now)
        + "_"
        + UUID.randomUUID().toString().substring(0, 4);
  }
}
