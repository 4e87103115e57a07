package io.sluice.pipeline.launch;

import io.sluice.internal.store.StoredFiles;
import io.sluice.pipeline.cascade.CascadeUse;
import io.sluice.pipeline.output.JobSummary;
import io.sluice.pipeline.output.RunInfo;
import io.sluice.pipeline.output.RunState;
import io.sluice.pipeline.report.CommonReason;
import io.sluice.pipeline.runner.JobFailedException;
import io.sluice.pipeline.words.Durations;
import io.sluice.pipeline.words.Numbers;
import io.sluice.pipeline.words.Usd;
import io.sluice.pipeline.words.Visible;
import java.io.IOException;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.util.Locale;

/** What a run that has come to its end says of it, and its exit code. */
final class LastLines {
  private final PrintStream out;
  private final PrintStream err;

  LastLines(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
  }

  /**
   * Prints what the summary says.
   *
   * @return the exit code
   * @throws JobFailedException if the summary is not this run's
   */
  int print(RunInfo info) throws IOException {
    JobSummary summary = JobSummary.read(info.paths());
    if (summary == null || !summary.run().equals(info.run())) {
      throw new JobFailedException(
          "The job ended without writing " + info.paths().summary() + "; run it again");
    }
    RunState state = summary.runState();
    out.printf(
        Locale.ROOT,
        "%s: %,d answered (%,d from the ledger), %s%s%n",
        Numbers.of(summary.documents(), "document"),
        summary.succeeded(),
        summary.servedFromLedger(),
        Numbers.of(summary.deadLettered(), "dead letter"),
        Numbers.kinds(summary.deadLettersByKind()));
    if (summary.lostRows() > 0) {
      out.println(
          Numbers.of(summary.lostRows(), "more row")
              + " could not be read, of files that are damaged; their dead letters say which");
    }
    out.println(
        Numbers.of(summary.calls().sent(), "call")
            + " in "
            + Durations.words(summary.wallSeconds())
            + cost(summary));
    CascadeUse cascade = summary.cascade();
    if (cascade != null) {
      cascade.words().forEach(out::println);
    }
    out.println("Answers: " + info.paths().results() + "/*." + info.format().extension());
    if (summary.deadLettered() > 0) {
      out.println("Dead letters: " + info.paths().deadLetters() + "/*.jsonl");
    }
    out.println("Summary: " + info.paths().summary());
    if (StoredFiles.exists(info.paths().report())) {
      out.println("Report: " + info.paths().report());
    }
    reason(summary, info);
    if (state == RunState.SUCCEEDED
        && summary.stopReason() != null
        && !info.task().fallback().isNone()) {
      err.println(
          "Other models answered in place of one that could not be asked: "
              + Visible.line(summary.stopReason()));
    }
    switch (state) {
      case STOPPED_BY_BUDGET ->
          err.println(
              "Stopped at the budget: "
                  + remain(summary)
                  + (summary.stillToDoUsd() == null
                      ? ""
                      : ", estimated to cost " + Usd.sum(summary.stillToDoUsd()))
                  + "; run the same command with a larger budget to continue");
      case STOPPED_BY_PROVIDER ->
          err.println(
              "Stopped by the provider, "
                  + remain(summary)
                  + ": "
                  + Visible.line(
                      summary.stopReason() == null ? "see the dead letters" : summary.stopReason())
                  + "\nMend it and run the same command to continue");
      case TOO_MANY_FAILURES ->
          err.println(
              summary.succeeded() == 0
                  ? "Nothing was answered"
                  : "More dead letters than failure.maxRate allows");
      default -> {}
    }
    return state.exitCode();
  }

  /** Of the dead letters that failed; the others are told of with what stopped the run. */
  private void reason(JobSummary summary, RunInfo info) {
    if (summary.deadLettered() == summary.stillToDo()) {
      return;
    }
    try {
      CommonReason.of(info.paths()).ifPresent(err::println);
    } catch (IOException | RuntimeException e) {
      err.println("The dead letters cannot be read: " + e.getMessage());
    }
  }

  private static String remain(JobSummary summary) {
    long documents = summary.stillToDo();
    return Numbers.of(documents, "document") + (documents == 1 ? " remains" : " remain");
  }

  /** What this run cost, and where others came before it what the whole job did. */
  private static String cost(JobSummary summary) {
    BigDecimal run = summary.costs().costThisRunUsd();
    BigDecimal job = summary.costs().costUsd();
    if (job == null) {
      return ", at a cost that is not known";
    }
    String all =
        run != null && run.compareTo(job) != 0 ? " (" + Usd.sum(run) + " in this run)" : "";
    BigDecimal abandoned = summary.costs().abandonedCostUsd();
    return ", cost "
        + Usd.sum(job)
        + all
        + (abandoned != null && abandoned.signum() > 0
            ? "; calls of unknown outcome, at most " + Usd.sum(abandoned) + " more"
            : "");
  }
}
