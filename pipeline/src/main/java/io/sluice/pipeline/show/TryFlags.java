package io.sluice.pipeline.show;

import io.sluice.pipeline.flags.JobFlags;
import io.sluice.pipeline.flags.RunnerFlags;
import io.sluice.pipeline.flags.UsageException;
import io.sluice.pipeline.flags.VerbFlags;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** The flags of {@code try}. */
@Command(
    name = "sluice try",
    sortOptions = false,
    usageHelpAutoWidth = true,
    separator = "=",
    resourceBundle = "io.sluice.pipeline.show.try",
    description = {
      "",
      "Asks a few random documents and prints each beside its answer, with tokens, cost and time.",
      ""
    },
    footer = {
      "",
      "Exit codes: 0 done; 1 it failed; 2 bad flags, task or input path (nothing was sent); 3 stopped",
      "at the budget; 4 nothing was answered; 5 stopped by the provider.",
      "",
      "Example:",
      "  sluice try --task=task.yaml --input='data/*.jsonl' --output=out -n 5"
    })
final class TryFlags {
  private static final int MOST = 100;

  @Mixin final JobFlags job = new JobFlags();
  @Mixin final RunnerFlags runner = new RunnerFlags("DirectRunner");

  @Option(
      order = 110,
      names = {"--number", "-n"},
      paramLabel = "N",
      description = "How many documents, 1 to 100 (-n 3). Default: 5.")
  int number = 5;

  @Option(
      order = 120,
      names = "--seed",
      paramLabel = "N",
      description = "Draws others. The same seed draws the same. Default: 1.")
  long seed = 1;

  @Option(
      order = 130,
      names = "--budgetUsd",
      paramLabel = "X",
      description = "Never spend more than this on the job. Overrides the task.")
  @Nullable BigDecimal budgetUsd;

  /** These flags, with what the help page says of each. */
  static CommandSpec spec() {
    return new CommandLine(new TryFlags()).getCommandSpec();
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
    job.check(line.getCommandSpec(), runner, null, budgetUsd);
    if (job.ledger() != null && job.output() == null) {
      throw new UsageException(
          "Missing --output=DIR, the job's, whose ledger --ledger is"
              + VerbFlags.seeHelp(line.getCommandSpec()));
    }
    if (number < 1 || number > MOST) {
      throw new UsageException(
          "-n: expected 1 to "
              + MOST
              + " documents, got "
              + number
              + "; estimate --sample asks more");
    }
    return true;
  }
}
