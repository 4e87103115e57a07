package io.sluice.pipeline.report;

import io.sluice.internal.ledger.LedgerException;
import io.sluice.internal.store.StoredFiles;
import io.sluice.pipeline.flags.DirectoryFlags;
import io.sluice.pipeline.flags.UsageException;
import io.sluice.pipeline.flags.VerbFlags;
import io.sluice.pipeline.output.OutputPaths;
import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** The verb {@code report}. */
@Command(
    name = "sluice report",
    sortOptions = false,
    usageHelpAutoWidth = true,
    separator = "=",
    resourceBundle = "io.sluice.pipeline.report.flags",
    description = {
      "",
      "Writes report.html of a finished job anew, from its summary.json, its outputs and its"
          + " ledger. Nothing is sent, and no other file changes.",
      ""
    },
    footer = {"", "Example:", "  sluice report --output=out/tickets"})
public final class ReportVerb {
  @Mixin final DirectoryFlags directory = new DirectoryFlags();

  private ReportVerb() {}

  /**
   * @return the exit code
   * @throws UsageException for a wrong flag, or a directory without a finished job
   */
  public static int run(List<String> args, PrintStream out) throws IOException {
    ReportVerb flags = new ReportVerb();
    CommandLine line = new CommandLine(flags);
    if (!VerbFlags.parse(line, args, out)) {
      return 0;
    }
    OutputPaths paths = flags.directory.paths(line.getCommandSpec());
    if (!StoredFiles.exists(paths.summary())) {
      throw new UsageException(
          "--output: there is no summary.json in "
              + paths.root()
              + "; a job writes it when it ends: wait for it, or run its command again");
    }
    try {
      String ledger = flags.directory.ledger();
      Report.write(paths, ledger == null ? paths.defaultLedger() : ledger);
    } catch (LedgerException e) {
      throw new UsageException("--ledger: " + e.getMessage());
    }
    out.println("Report: " + paths.report());
    return 0;
  }
}
