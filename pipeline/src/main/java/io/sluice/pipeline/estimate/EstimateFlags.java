package io.sluice.pipeline.estimate;

import io.sluice.pipeline.flags.NearestName;
import io.sluice.pipeline.flags.UsageException;
import io.sluice.pipeline.input.InputFormat;
import io.sluice.pipeline.launch.RunFlags;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Unmatched;

/** The flags of {@code estimate}. Flags that are not here are Beam's own. */
@Command(
    name = "sluice estimate",
    sortOptions = false,
    usageHelpAutoWidth = true,
    separator = "=",
    description = {
      "",
      "Says what a job will take: documents, tokens, USD in realtime and in batches, for the task's"
          + " model and cheaper ones, and the time at the quota. Without --sample nothing is sent.",
      ""
    },
    footer = {
      "",
      "Flags of the runner are passed on, as with run.",
      "",
      "Exit codes: 0 done; 1 the estimate failed; 2 bad flags, task or input path (nothing was",
      "sent); 3 the sample stopped at the budget; 5 the sample was stopped by the provider.",
      "",
      "Example: ask 200 documents, which run then takes from the ledger:",
      "  sluice estimate --task=task.yaml --input='data/*.jsonl' --output=out --sample=200"
    })
final class EstimateFlags {
  private static final int MAX_SAMPLE = 100_000;

  @Option(names = "--task", paramLabel = "FILE", description = "The task file (YAML). Required.")
  @Nullable String task;

  @Option(
      names = "--input",
      paramLabel = "PATTERN",
      description = "Files to read, as with run. Required.")
  @Nullable String input;

  @Option(
      names = "--inputFormat",
      paramLabel = "FORMAT",
      description = "auto (by name), jsonl, csv, text, file, avro or parquet. Default: auto.")
  String inputFormat = "auto";

  @Option(
      names = "--output",
      paramLabel = "DIR",
      description = "The job's output directory: what its ledger holds is free.")
  @Nullable String output;

  @Option(
      names = "--ledger",
      paramLabel = "DIR",
      description = "The job's ledger. Default: OUTPUT/ledger.")
  @Nullable String ledger;

  @Option(names = "--limit", paramLabel = "N", description = "Read the first N documents only.")
  @Nullable Long limit;

  @Option(
      names = "--prices",
      paramLabel = "FILE",
      description = "Prices of your own (csv) on top of the built-in ones.")
  @Nullable String prices;

  @Option(
      names = "--budgetUsd",
      paramLabel = "X",
      description = "Never spend more than this on the job, sample included. Overrides the task.")
  @Nullable BigDecimal budgetUsd;

  @Option(
      names = "--sample",
      paramLabel = "N",
      description = "Ask N random documents for real, and give intervals. Needs --output.")
  @Nullable Integer sample;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Draws another sample. The same seed draws the same. Default: 1.")
  long seed = 1;

  @Option(names = "--json", description = "Print one JSON object.")
  boolean json;

  @Option(
      names = "--runner",
      paramLabel = "RUNNER",
      description = "DirectRunner or FlinkRunner, as with run. Default: DirectRunner.")
  String runner = "DirectRunner";

  @Unmatched List<String> beamFlags = new ArrayList<>();

  static String help() {
    return new CommandLine(new EstimateFlags()).getUsageMessage();
  }

  /**
   * @throws UsageException for a flag that is missing or wrong
   */
  static EstimateFlags parse(List<String> args) {
    EstimateFlags flags = new EstimateFlags();
    CommandLine line = new CommandLine(flags);
    try {
      line.setExpandAtFiles(false).parseArgs(args.toArray(new String[0]));
    } catch (CommandLine.ParameterException e) {
      throw new UsageException(e.getMessage() + "; see sluice estimate --help");
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

  private void check() {
    List<String> missing = new ArrayList<>();
    if (task == null) {
      missing.add("--task=FILE");
    }
    if (input == null) {
      missing.add("--input=PATTERN");
    }
    if (sample != null && output == null) {
      missing.add("--output=DIR (the sample's answers are kept there)");
    }
    if (!missing.isEmpty()) {
      throw new UsageException(
          "Missing " + String.join(", ", missing) + "; see sluice estimate --help");
    }
    if (limit != null && limit < 1) {
      throw new UsageException("--limit: expected 1 or more, got " + limit);
    }
    if (budgetUsd != null && budgetUsd.signum() <= 0) {
      throw new UsageException("--budgetUsd: expected more than 0, got " + budgetUsd);
    }
    if (sample != null && (sample < 2 || sample > MAX_SAMPLE)) {
      throw new UsageException(
          "--sample: expected 2 to " + MAX_SAMPLE + " documents, such as 200, got " + sample);
    }
    format();
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

  /** What the message about an unknown flag of run says for this verb. */
  static UsageException unknownFlag(UsageException ofRun, List<String> flags) {
    String message = String.valueOf(ofRun.getMessage());
    for (String flag : flags) {
      String name = flag.replaceFirst("=.*", "");
      if (message.startsWith("There is no flag " + name + ";")) {
        message =
            "There is no flag "
                + name
                + NearestName.of(
                        name,
                        new CommandLine(new EstimateFlags()).getCommandSpec().optionsMap().keySet())
                    .map(near -> "; did you mean " + near + "?")
                    .orElse("")
                + "; see sluice estimate --help";
      }
    }
    return new UsageException(message.replace("sluice run --help", "sluice estimate --help"));
  }

  /** What the runner's options are made from. */
  RunFlags runnerFlags() {
    return RunFlags.ofRunner(runner, beamFlags, input, output, ledger);
  }
}
