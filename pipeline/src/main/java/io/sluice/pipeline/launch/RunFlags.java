package io.sluice.pipeline.launch;

import io.sluice.pipeline.flags.NearestName;
import io.sluice.pipeline.flags.UsageException;
import io.sluice.pipeline.input.InputFormat;
import io.sluice.pipeline.output.OutputFormat;
import io.sluice.pipeline.runner.FlinkContext;
import io.sluice.pipeline.runner.RunnerOptions;
import io.sluice.pipeline.words.Durations;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Unmatched;

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
  private static final Duration SHORTEST_WATCH = Duration.ofSeconds(1);

  @Option(
      names = "--task",
      paramLabel = "FILE",
      description = "The task file (YAML), here or on an object store. Required.")
  public @Nullable String task;

  @Option(
      names = "--input",
      paramLabel = "PATTERN",
      description =
          "Files to read: globs, comma-separated; .gz, .bz2 and .zst are unpacked. Required.")
  public @Nullable String input;

  @Option(
      names = "--inputFormat",
      paramLabel = "FORMAT",
      description =
          "auto (by name), jsonl, csv, text (a document a line), file (a document a file), avro"
              + " or parquet. Default: auto.")
  String inputFormat = "auto";

  @Option(
      names = "--output",
      paramLabel = "DIR",
      description = "Where results, dead-letter and summary.json go. Required.")
  public @Nullable String output;

  @Option(
      names = "--outputFormat",
      paramLabel = "FORMAT",
      description = "Of the results: jsonl, avro or parquet. Overrides the task. Default: jsonl.")
  @Nullable String outputFormat;

  @Option(
      names = "--ledger",
      paramLabel = "DIR",
      description = "Where every answer paid for is kept. Default: OUTPUT/ledger.")
  public @Nullable String ledger;

  @Option(
      names = "--watch",
      paramLabel = "TIME",
      description =
          "Do not end with the input: look for new files every TIME (such as 30s) and answer them as"
              + " they come, until the job is stopped.")
  @Nullable String watch;

  @Option(names = "--limit", paramLabel = "N", description = "Read the first N documents only.")
  @Nullable Long limit;

  @Option(
      names = "--budgetUsd",
      paramLabel = "X",
      description = "Never spend more than this, over all runs of the job. Overrides the task.")
  @Nullable BigDecimal budgetUsd;

  @Option(
      names = "--prices",
      paramLabel = "FILE",
      description = "Prices of your own (csv) on top of the built-in ones.")
  public @Nullable String prices;

  @Option(
      names = "--maxFailureRate",
      paramLabel = "R",
      description = "Exit 4 if more than this share (0 to 1) become dead letters.")
  @Nullable Double maxFailureRate;

  @Option(names = "--dryRun", description = "Check everything, estimate, send nothing.")
  boolean dryRun;

  @Option(names = "--fresh", description = "Start over; an old ledger is kept aside.")
  boolean fresh;

  @Option(
      names = "--keepFailures",
      description = "Do not ask again what failed for good in an earlier run.")
  boolean keepFailures;

  @Option(
      names = "--private",
      description =
          "Outputs and ledger are for their owner's eyes alone (0600), whatever the umask says.")
  boolean isPrivate;

  @Option(
      names = "--runner",
      paramLabel = "RUNNER",
      description =
          "DirectRunner, FlinkRunner (embedded, or a cluster with --flinkMaster=HOST:PORT) or"
              + " DataflowRunner. Default: DirectRunner; where Flink starts this jar, FlinkRunner.")
  public String runner = FlinkContext.isInside() ? "FlinkRunner" : "DirectRunner";

  @Option(
      names = "--shards",
      paramLabel = "N",
      description =
          "Spread accounts over as many keys (1 to 16), so that several workers call. Default: 16"
              + " for a streaming job on a cluster, otherwise 1; with a budget always 1.")
  public @Nullable Integer shards;

  @Unmatched public List<String> beamFlags = new ArrayList<>();

  /**
   * @throws UsageException for a flag that is missing or wrong
   */
  static RunFlags parse(List<String> args) {
    RunFlags flags = new RunFlags();
    try {
      new CommandLine(flags).setExpandAtFiles(false).parseArgs(args.toArray(new String[0]));
    } catch (CommandLine.ParameterException e) {
      throw new UsageException(e.getMessage() + "; see sluice run --help");
    }
    for (String flag : flags.beamFlags) {
      if (!flag.startsWith("--")) {
        throw new UsageException(
            "\"" + flag + "\" is not a flag; flags look like --input=PATTERN (quote globs)");
      }
    }
    flags.check();
    return flags;
  }

  /** Where a flag is missing, one that was meant to be it is the likely reason. */
  private String mistyped() {
    Set<String> names = names();
    for (String flag : beamFlags) {
      String name = flag.split("=", 2)[0];
      Optional<String> near = NearestName.of(name, names);
      if (near.isPresent()) {
        return "; there is no flag " + name + ", did you mean " + near.get() + "?";
      }
    }
    return "";
  }

  /** The runner's own flags, for other verbs that run a pipeline, and the places it works on. */
  public static RunFlags ofRunner(
      String runner,
      List<String> beamFlags,
      @Nullable String input,
      @Nullable String output,
      @Nullable String ledger) {
    RunFlags flags = new RunFlags();
    flags.input = input;
    flags.output = output;
    flags.ledger = ledger;
    flags.runner = runner;
    flags.beamFlags = List.copyOf(beamFlags);
    return flags;
  }

  /** The help page. */
  public static String help() {
    return new CommandLine(new RunFlags()).getUsageMessage();
  }

  /** The names of these flags, dashes included. */
  public static Set<String> names() {
    return spec().optionsMap().keySet();
  }

  /** These flags, with what the help page says of each. */
  public static CommandLine.Model.CommandSpec spec() {
    return new CommandLine(new RunFlags()).getCommandSpec();
  }

  private void check() {
    List<String> missing = new ArrayList<>();
    if (task == null) {
      missing.add("--task=FILE");
    }
    if (input == null) {
      missing.add("--input=PATTERN");
    }
    if (output == null) {
      missing.add("--output=DIR");
    }
    if (!missing.isEmpty()) {
      throw new UsageException(
          "Missing " + String.join(", ", missing) + mistyped() + "; see sluice run --help");
    }
    if (limit != null && limit < 1) {
      throw new UsageException("--limit: expected 1 or more, got " + limit);
    }
    if (budgetUsd != null && budgetUsd.signum() <= 0) {
      throw new UsageException("--budgetUsd: expected more than 0, got " + budgetUsd);
    }
    if (maxFailureRate != null && !(maxFailureRate >= 0 && maxFailureRate <= 1)) {
      throw new UsageException(
          "--maxFailureRate: expected a share from 0 to 1, got " + maxFailureRate);
    }
    if (shards != null && (shards < 1 || shards > RunnerOptions.MAX_SHARDS)) {
      throw new UsageException(
          "--shards: expected 1 to " + RunnerOptions.MAX_SHARDS + ", got " + shards);
    }
    if (watch().isPresent() && limit != null) {
      throw new UsageException(
          "--watch and --limit: an input without an end has no first N documents; leave one out");
    }
    format();
    outputFormat(OutputFormat.JSONL);
  }

  /** How long between two looks for new files; empty where the input is what is there. */
  public Optional<Duration> watch() {
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

  InputFormat format() {
    for (InputFormat format : InputFormat.values()) {
      if (format.name().equalsIgnoreCase(inputFormat)) {
        return format;
      }
    }
    throw new UsageException(
        "--inputFormat: expected " + InputFormat.NAMES + ", got " + inputFormat);
  }

  public static String given(@Nullable String value) {
    if (value == null) {
      throw new IllegalStateException("a required flag was not checked");
    }
    return value;
  }
}
