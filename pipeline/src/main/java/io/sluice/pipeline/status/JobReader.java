package io.sluice.pipeline.status;

import io.sluice.internal.ledger.LedgerFollower;
import io.sluice.internal.ledger.LedgerRecord;
import io.sluice.internal.ledger.LedgerScan;
import io.sluice.internal.ledger.LedgerTotals;
import io.sluice.pipeline.costs.Costs;
import io.sluice.pipeline.output.JobSummary;
import io.sluice.pipeline.output.OutputPaths;
import io.sluice.pipeline.output.RunCalls;
import io.sluice.pipeline.output.RunFile;
import io.sluice.pipeline.output.Spend;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Comparator;
import java.util.Objects;
import java.util.Optional;
import org.apache.beam.sdk.io.fs.MatchResult;
import org.jspecify.annotations.Nullable;

/**
 * Reads how far a job is from its output directory and its ledger, without disturbing it. Every
 * look reads what is new since the last one. Not thread-safe.
 */
public final class JobReader {

  /** The ledger as far as it was read, seen from one run. */
  private static final class Reading {
    final String run;
    final String ledger;
    final LedgerFollower follower;
    LedgerTotals job = new LedgerTotals();
    RunCalls calls;
    Recent recent = new Recent();

    Reading(String run, String ledger) {
      this.run = run;
      this.ledger = ledger;
      follower = new LedgerFollower(ledger);
      calls = new RunCalls(run, true);
    }

    void readOn() {
      if (!follower.poll(this::add)) {
        job = new LedgerTotals();
        calls = new RunCalls(run, true);
        recent = new Recent();
      }
    }

    private void add(String segment, long offset, LedgerRecord record) {
      job.add(segment, record);
      calls.add(segment, record);
      if (RunCalls.isOf(run, segment)) {
        recent.add(record);
      }
    }
  }

  private final OutputPaths paths;
  private final @Nullable String ledger;
  private @Nullable Reading reading;

  /**
   * @param ledger the ledger's directory; null for the one that the run was given
   */
  public JobReader(OutputPaths paths, @Nullable String ledger) {
    this.paths = paths;
    this.ledger = ledger;
  }

  /**
   * How far the last run of the job is, as {@code status --json} writes it; empty where the
   * directory holds no job.
   *
   * @throws io.sluice.internal.ledger.LedgerException if the ledger is damaged
   */
  public Optional<JobStatus> look(Instant now) throws IOException {
    RunFile file = RunFile.read(paths);
    JobSummary summary = JobSummary.read(paths);
    String directory = ledger(file);
    String run = file == null ? "" : file.run();
    if (run.isEmpty()) {
      run = newestRun(directory);
    }
    if (run.isEmpty()) {
      run = summary == null ? "" : summary.run();
    }
    if (run.isEmpty()) {
      return Optional.empty();
    }
    Reading mine = reading;
    if (mine == null || !mine.run.equals(run) || !mine.ledger.equals(directory)) {
      mine = new Reading(run, directory);
      reading = mine;
    }
    mine.readOn();
    Liveness liveness = Liveness.of(file, mine.recent, now);
    // In this order: a run that ended meanwhile has said so by now.
    file = RunFile.read(paths);
    summary = JobSummary.read(paths);
    if (file != null && !file.run().equals(run)) {
      return look(now);
    }
    return Optional.of(
        JobSummary.hasEnded(summary, run) && summary != null
            ? finished(mine, file, summary, now)
            : unfinished(mine, file, summary, liveness, now));
  }

  /** What the run has cost as far as it was read; null where that is not known. */
  public @Nullable BigDecimal spentUsd() {
    return reading == null ? null : reading.calls.spentUsd();
  }

  private String ledger(@Nullable RunFile file) {
    if (ledger != null) {
      return ledger;
    }
    String given = file == null || file.ledger() == null ? paths.defaultLedger() : file.ledger();
    // The whole directory may have been moved or copied since.
    return LedgerScan.segments(given).isEmpty() ? paths.defaultLedger() : given;
  }

  /** Of a ledger without a launcher's file, as the library writes it. */
  private static String newestRun(String ledger) {
    return LedgerScan.segments(ledger).stream()
        .max(Comparator.comparingLong(MatchResult.Metadata::lastModifiedMillis))
        .map(segment -> String.valueOf(segment.resourceId().getFilename()))
        .map(name -> name.replaceFirst("-[^-]*-[^-]*$", ""))
        .orElse("");
  }

  private static JobStatus finished(
      Reading reading, @Nullable RunFile file, JobSummary summary, Instant now) {
    Figures figures = Figures.of(summary);
    return new JobStatus(
        summary.name(),
        reading.run,
        summary.state(),
        false,
        now.toString(),
        heartbeat(reading),
        summary.runner(),
        nonEmpty(summary.startedAt()),
        new JobStatus.Finished(
            summary.finishedAt(),
            summary.wallSeconds(),
            summary.stillToDo(),
            summary.deadLettersByKind()),
        watched(file, summary),
        nonEmpty(reading.calls.stopReason()),
        figures.documents(),
        figures.batches(),
        figures.pace(),
        figures.quota(),
        reading.calls.calls(),
        costs(new Spend(reading.job, reading.calls, segment -> true).costs(), summary.costs()),
        summary.estimatedCostUsd(),
        summary.budgetUsd(),
        place(file),
        summary.cascade());
  }

  /** By the keys of documents, which the ledger does not know and the summary does. */
  private static Costs costs(Costs now, Costs summary) {
    return Objects.equals(now.costUsd(), summary.costUsd()) ? now.byKey(summary.byKey()) : now;
  }

  private static JobStatus unfinished(
      Reading reading,
      @Nullable RunFile file,
      @Nullable JobSummary summary,
      Liveness liveness,
      Instant now) {
    boolean working = liveness.working();
    Figures figures = Figures.of(reading.recent, file, working, now.toEpochMilli());
    Spend spend =
        new Spend(
            reading.job,
            reading.calls,
            segment -> !working || !RunCalls.isOf(reading.run, segment));
    return new JobStatus(
        file == null ? "" : file.name(),
        reading.run,
        liveness.state(file),
        working,
        now.toString(),
        heartbeat(reading),
        file == null ? null : file.runner(),
        file == null ? null : file.startedAt(),
        null,
        watched(file, summary),
        message(reading, file),
        figures.documents(),
        figures.batches(),
        figures.pace(),
        figures.quota(),
        reading.calls.calls(),
        spend.costs(),
        file == null ? null : file.estimatedCostUsd(),
        file == null ? null : file.budgetUsd(),
        place(file),
        spend.cascadeSoFar(figures.documents().succeeded()));
  }

  private static @Nullable String heartbeat(Reading reading) {
    long newest = reading.recent.newestMillis();
    return newest == 0 ? null : Instant.ofEpochMilli(newest).toString();
  }

  private static JobStatus.@Nullable Watched watched(
      @Nullable RunFile file, @Nullable JobSummary summary) {
    if (file == null || file.watch() == null) {
      return null;
    }
    Long files = summary == null ? null : summary.files();
    return new JobStatus.Watched(file.watch(), files == null ? 0 : files);
  }

  private static @Nullable String message(Reading reading, @Nullable RunFile file) {
    RunFile.Ended ended = file == null ? null : file.ended();
    String message = nonEmpty(ended == null ? null : ended.message());
    message = message == null ? nonEmpty(reading.calls.stopReason()) : message;
    return message == null ? reading.recent.situation() : message;
  }

  private static @Nullable String nonEmpty(@Nullable String text) {
    return text == null || text.isEmpty() ? null : text;
  }

  private static JobStatus.@Nullable Place place(@Nullable RunFile file) {
    return file == null ? null : new JobStatus.Place(file.directory(), file.command());
  }
}
