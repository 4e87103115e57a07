package io.sluice.pipeline.watch;

import io.sluice.internal.ledger.LedgerFollower;
import io.sluice.internal.ledger.LedgerRecord;
import io.sluice.internal.ledger.LedgerTotals;
import io.sluice.pipeline.output.RunCalls;
import io.sluice.pipeline.output.RunInfo;
import io.sluice.pipeline.output.RunState;
import io.sluice.pipeline.output.Spend;
import io.sluice.pipeline.output.Summary;
import io.sluice.pipeline.output.Tally;
import java.io.IOException;

/**
 * The summary of a run that goes on: of all rounds that are in place, whichever run put them there.
 * The ledger is read on from where it was. Not thread-safe.
 */
final class WatchSummary {
  private final RunInfo run;
  private final LedgerFollower ledger;
  private LedgerTotals job = new LedgerTotals();
  private RunCalls calls;

  WatchSummary(RunInfo run) {
    this.run = run;
    this.ledger = new LedgerFollower(run.ledger());
    this.calls = new RunCalls(run.run(), run.price() != null);
  }

  /**
   * Writes it as it is now.
   *
   * @param unsent rounds that are not in place because documents of them were not sent
   */
  void write(Tally unsent) throws IOException {
    if (!ledger.poll(this::add)) {
      job = new LedgerTotals();
      calls = new RunCalls(run.run(), run.price() != null);
      ledger.poll(this::add);
    }
    RoundBook book = RoundBook.of(run.paths(), run.run());
    book.refresh();
    RunState state = unsent.stillToDo() > 0 ? RunState.stopped(unsent) : RunState.WATCHING;
    // What this run's own workers have in flight is not abandoned.
    Spend spend = new Spend(job, calls, segment -> !RunCalls.isOf(run.run(), segment));
    new Summary(run).write(book.total(), unsent, state, calls, spend, job.savedByBatchesUsd());
  }

  private void add(String segment, long offset, LedgerRecord record) {
    job.add(segment, record);
    calls.add(segment, record);
  }
}
