package io.sluice.pipeline.output;

import io.sluice.internal.ledger.LedgerScan;
import io.sluice.internal.ledger.LedgerTotals;
import io.sluice.internal.store.StoredFiles;
import java.io.IOException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The last step of a run: checks that every row ended once, puts the output files in their place,
 * and writes the summary. Stopped anywhere, it can be run again.
 */
final class Finish {
  private static final Logger LOG = LoggerFactory.getLogger(Finish.class);

  private final RunInfo run;
  private final WhenFinished whenFinished;

  Finish(RunInfo run, WhenFinished whenFinished) {
    this.run = run;
    this.whenFinished = whenFinished;
  }

  void finish(Tally tally) throws OutputException {
    try {
      if (hasFinished()) {
        LOG.info("{} has finished already; its outputs are left as they are", run.run());
      } else {
        write(tally);
      }
    } catch (IOException e) {
      throw new OutputException(run.paths().root(), e);
    }
    afterwards();
  }

  /** Whether it has, and the runner has only come back to a time before. */
  private boolean hasFinished() throws IOException {
    JobSummary summary = JobSummary.read(run.paths());
    return summary != null
        && summary.run().equals(run.run())
        && !summary.state().equals(RunState.FAILED.code());
  }

  private void write(Tally tally) throws IOException {
    long ended = tally.succeeded + tally.deadLettered;
    boolean complete = tally.rowsRead == ended;
    if (complete) {
      // Outputs by rounds, if these were such, are about to go, and what was kept of them with
      // them.
      StoredFiles.delete(StoredFiles.names(run.paths().rounds(), "*"));
      Placement.ofRun(run).place(tally);
      StoredFiles.deleteNamed(List.of(run.paths().report()));
    }
    writeSummary(tally, complete);
    if (!complete) {
      throw new IllegalStateException(
          "The run read "
              + tally.rowsRead
              + " rows but ended "
              + tally.succeeded
              + " with an answer and "
              + tally.deadLettered
              + " as dead letters; the outputs were not replaced. What was paid for is in the"
              + " ledger: run the same command again, and report this");
    }
    StoredFiles.delete(StoredFiles.names(run.paths().temporary(run.run()), "**"));
  }

  /** The outputs are in place: what goes wrong from here on is no failure of the job. */
  private void afterwards() {
    try {
      whenFinished.finished(run.paths(), run.ledger());
    } catch (IOException | RuntimeException | LinkageError e) {
      boolean hasWords = e instanceof IOException && e.getMessage() != null;
      String why = hasWords ? e.getMessage() : e.toString();
      LOG.warn("The outputs are complete, but not {}: {}", run.paths().report(), why);
    }
  }

  private void writeSummary(Tally tally, boolean complete) throws IOException {
    LedgerTotals job = new LedgerTotals();
    RunCalls calls = new RunCalls(run.run(), run.price() != null);
    LedgerScan.scan(
        run.ledger(),
        (segment, offset, record) -> {
          job.add(segment, record);
          calls.add(segment, record);
        });
    // Calls that are open now belong to workers that are gone.
    job.endOfSegments();
    RunState state = complete ? RunState.of(tally, run.maxFailureRate()) : RunState.FAILED;
    new Summary(run)
        .write(tally, tally, state, calls, new Spend(job, calls), job.savedByBatchesUsd());
  }
}
