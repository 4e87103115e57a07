package io.sluice.pipeline.report;

import io.sluice.internal.ledger.LedgerException;
import io.sluice.internal.store.StoredFiles;
import io.sluice.pipeline.flags.UsageException;
import io.sluice.pipeline.flags.VerbFlags;
import io.sluice.pipeline.output.OutputPaths;
import io.sluice.pipeline.storage.Storage;
import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The verb {@code report}. */
@Command(
    name = "sluice report",
    sortOptions = false,
    usageHelpAutoWidth = true,
    separator = "=",
    description = {
      "",
      "Writes report.html of a finished job anew, from its summary.json, its outputs and its"
          + " ledger. Nothing is sent, and no other file changes.",
      ""
    },
    footer = {"", "Example:", "  sluice report --output=out/tickets"})
public final class ReportVerb {
  @Option(
      names = "--output",
      paramLabel = "DIR",
      description = "The job's output directory. Required.")
  @Nullable String output;

  @Option(
      names = "--ledger",
      paramLabel = "DIR",
      description = "The job's ledger, if it was named. Default: OUTPUT/ledger.")
  @Nullable String ledger;

  private ReportVerb() {}

  /**
   * @return the exit code
   * @throws UsageException for a wrong flag, or a directory without a finished job
   */
  public static int run(List<String> args, PrintStream out) throws IOException {
    ReportVerb flags = new ReportVerb();
    CommandLine line = new CommandLine(flags);
    if (args.contains("--help") || args.contains("-h")) {
      out.print(line.getUsageMessage());
      return 0;
    }
    VerbFlags.parse(line, args);
    if (flags.output == null) {
      throw new UsageException("Missing --output=DIR; see sluice report --help");
    }
    Storage.register(flags.output, flags.ledger);
    OutputPaths paths = new OutputPaths(VerbFlags.directory("--output", flags.output));
    if (!StoredFiles.exists(paths.summary())) {
      throw new UsageException(
          "--output: there is no summary.json in "
              + paths.root()
              + "; a job writes it when it ends: wait for it, or run its command again");
    }
    try {
      Report.write(
          paths,
          flags.ledger == null
              ? paths.defaultLedger()
              : VerbFlags.directory("--ledger", flags.ledger));
    } catch (LedgerException e) {
      throw new UsageException("--ledger: " + e.getMessage());
    }
    out.println("Report: " + paths.report());
    return 0;
  }
}
