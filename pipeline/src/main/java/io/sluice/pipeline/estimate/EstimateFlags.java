package io.sluice.pipeline.estimate;

import io.sluice.pipeline.flags.JobFlags;
import io.sluice.pipeline.flags.RunnerFlags;
import io.sluice.pipeline.flags.UsageException;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** The flags of {@code estimate}. Flags that are not here are Beam's own. */
@Command(
    name = "sluice estimate",
    sortOptions = false,
    usageHelpAutoWidth = true,
    separator = "=",
    resourceBundle = "io.sluice.pipeline.estimate.flags",
    description = {
      "",
      "Says what a job will take: documents, tokens, USD in realtime and in batches, for the task's"
          + " model and cheaper ones, and the time at the quota. Without --sample no model is asked.",
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

  @Mixin final JobFlags job = new JobFlags();
  @Mixin final RunnerFlags runner = new RunnerFlags("DirectRunner");

  @Option(
      order = 110,
      names = "--budgetUsd",
      paramLabel = "X",
      description = "Never spend more than this on the job, sample included. Overrides the task.")
  @Nullable BigDecimal budgetUsd;

  @Option(
      order = 120,
      names = "--sample",
      paramLabel = "N",
      description = "Ask N random documents for real, and give intervals. Needs --output.")
  @Nullable Integer sample;

  @Option(
      order = 130,
      names = "--seed",
      paramLabel = "N",
      description = "Draws another sample. The same seed draws the same. Default: 1.")
  long seed = 1;

  @Option(
      order = 135,
      names = "--countTokens",
      description =
          "Let the provider count the tokens of 10 documents, where it can (Gemini); free.")
  boolean countTokens;

  @Option(order = 140, names = "--json", description = "Print one JSON object.")
  boolean json;

  /** These flags, with what the help page says of each. */
  static CommandSpec spec() {
    return new CommandLine(new EstimateFlags()).getCommandSpec();
  }

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

  private void check(CommandSpec verb) {
    job.check(
        verb,
        runner,
        sample == null ? null : "--output=DIR (the sample's answers are kept there)",
        budgetUsd);
    if (sample != null && (sample < 2 || sample > MAX_SAMPLE)) {
      throw new UsageException(
          "--sample: expected 2 to " + MAX_SAMPLE + " documents, such as 200, got " + sample);
    }
  }
}
