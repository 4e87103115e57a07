package io.sluice.pipeline.launch;

import io.sluice.pipeline.flags.JobFlags;
import io.sluice.pipeline.flags.RunnerFlags;
import io.sluice.pipeline.flags.UsageException;
import io.sluice.pipeline.output.OutputFormat;
import io.sluice.pipeline.runner.FlinkContext;
import io.sluice.pipeline.runner.RunnerOptions;
import io.sluice.pipeline.words.Durations;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.beam.sdk.options.PipelineOptions;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** The flags of {@code run}. Flags that are not here are Beam's own. */
@Command(
    name = "sluice run",
    sortOptions = false,
    usageHelpAutoWidth = true,
    separator = "=",
    description = {
      "",
      "Asks a model about every document of the input, within the account's limits, and writes"
          + " answers and dead letters to files. The same command continues a job that was stopped.",
      ""
    },
    footer = {
      "",
      "Flags of the runner are passed on, such as --parallelism=4 or --streaming=true for Flink.",
      "",
      "Exit codes: 0 every document answered or dead-lettered within limits; 1 the job failed; 2 bad"
          + " flags, task or input path (nothing was sent); 3 stopped at the budget; 4 more dead"
          + " letters than maxFailureRate; 5 stopped by the provider (bad key, exhausted account,"
          + " unknown model); 129/130/143 interrupted. After 3, 5, 129, 130 and 143 the same command continues.",
      "",
      "Example:",
      "  sluice run --task=src/examples/tickets/task.yaml \\",
      "    --input=src/examples/tickets/tickets.jsonl --output=out/tickets"
    })
public final class RunFlags {
  private static final Set<String> DRY = Set.of("true", "false", "offline");

  private static final Duration SHORTEST_WATCH = Duration.ofSeconds(1);

  @Mixin final JobFlags job = new JobFlags();

  @Mixin
  final RunnerFlags runner =
      new RunnerFlags(FlinkContext.isInside() ? "FlinkRunner" : "DirectRunner");

  @Option(
      order = 50,
      names = "--outputFormat",
      paramLabel = "FORMAT",
      description =
          "Of the results: jsonl, csv, avro or parquet. Overrides the task. Default: jsonl.")
  @Nullable String outputFormat;

  @Option(
      order = 70,
      names = "--watch",
      paramLabel = "TIME",
      description =
          "Do not end with the input: look for new files every TIME (such as 30s) and answer them as"
              + " they come, until the job is stopped.")
  @Nullable String watch;

  @Option(
      order = 75,
      names = "--followLinks",
      description =
          "With --watch: read files outside of the folder, too, that a link in it leads to.")
  boolean followLinks;

  @Option(
      order = 90,
      names = "--budgetUsd",
      paramLabel = "X",
      description = "Never spend more than this, over all runs of the job. Overrides the task.")
  @Nullable BigDecimal budgetUsd;

  @Option(
      order = 110,
      names = "--maxFailureRate",
      paramLabel = "R",
      description = "Exit 4 if more than this share (0 to 1) become dead letters.")
  @Nullable Double maxFailureRate;

  @Option(
      order = 120,
      names = "--dryRun",
      paramLabel = "offline",
      arity = "0..1",
      fallbackValue = "true",
      description =
          "Check everything, estimate, send nothing to a model. The key is tried by a call that costs"
              + " nothing, where the provider has one; =offline leaves that out.")
  @Nullable String dryRun;

  @Option(
      order = 125,
      names = "--replace",
      description =
          "Put the rows in the place of an earlier run's, though some of those are lost by it: rows of"
              + " other input, or beyond --limit; and in that of files that no job has written.")
  boolean replace;

  @Option(order = 130, names = "--fresh", description = "Start over; an old ledger is kept aside.")
  boolean fresh;

  @Option(
      order = 140,
      names = "--keepFailures",
      description = "Do not ask again what failed for good in an earlier run.")
  boolean keepFailures;

  @Option(
      order = 150,
      names = "--private",
      description =
          "Outputs and ledger are for their owner's eyes alone (0600), whatever the umask says.")
  boolean isPrivate;

  @Option(
      order = 210,
      names = "--shards",
      paramLabel = "N",
      description =
          "Spread accounts over as many keys (1 to 16), so that several workers call. Default: 16"
              + " for a streaming job on a cluster, otherwise 1; with a budget always 1.")
  @Nullable Integer shards;

  /**
   * @return false where the help was asked for, and printed
   * @throws UsageException for a flag that is missing or wrong
   */
  boolean parse(List<String> args, PrintStream out) {
    CommandLine line = new CommandLine(this);
    if (!runner.parse(line, args, out)) {
      return false;
    }
    check(line.getCommandSpec());
    return true;
  }

  /** These flags, with what the help page says of each. */
  public static CommandSpec spec() {
    return new CommandLine(new RunFlags()).getCommandSpec();
  }

  private void check(CommandSpec verb) {
    job.check(verb, runner, "--output=DIR", budgetUsd);
    if (maxFailureRate != null && !(maxFailureRate >= 0 && maxFailureRate <= 1)) {
      throw new UsageException(
          "--maxFailureRate: expected a share from 0 to 1, got " + maxFailureRate);
    }
    if (shards != null && (shards < 1 || shards > RunnerOptions.MAX_SHARDS)) {
      throw new UsageException(
          "--shards: expected 1 to " + RunnerOptions.MAX_SHARDS + ", got " + shards);
    }
    if (watch().isPresent() && job.limit() > 0) {
      throw new UsageException(
          "--watch and --limit: an input without an end has no first N documents; leave one out");
    }
    if (dryRun != null && !DRY.contains(dryRun)) {
      throw new UsageException("--dryRun: expected nothing behind it, or offline, got " + dryRun);
    }
    outputFormat(OutputFormat.JSONL);
  }

  /** Whether nothing is to be sent to a model. */
  boolean isDry() {
    return dryRun != null && !dryRun.equals("false");
  }

  /** Whether the provider is not to be called at all. */
  boolean isOffline() {
    return "offline".equals(dryRun);
  }

  /** How long between two looks for new files; empty where the input is what is there. */
  Optional<Duration> watch() {
    if (watch == null) {
      return Optional.empty();
    }
    Duration every =
        Durations.parse(watch)
            .orElseThrow(
                () -> new UsageException("--watch: expected " + Durations.FORM + ", got " + watch));
    if (every.compareTo(SHORTEST_WATCH) < 0) {
      throw new UsageException("--watch: expected 1s or more, got " + watch);
    }
    return Optional.of(every);
  }

  /** Over how many of Beam's keys accounts are spread. */
  int shards(PipelineOptions options) {
    return shards == null ? RunnerOptions.shards(runner, options) : shards;
  }

  /** The format of the results, or the task's where no flag says it. */
  OutputFormat outputFormat(OutputFormat task) {
    if (outputFormat == null) {
      return task;
    }
    for (OutputFormat format : OutputFormat.values()) {
      if (format.name().equalsIgnoreCase(outputFormat)) {
        return format;
      }
    }
    throw new UsageException(
        "--outputFormat: expected " + OutputFormat.NAMES + ", got " + outputFormat);
  }
}
