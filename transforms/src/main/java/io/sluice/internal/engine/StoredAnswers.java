package io.sluice.internal.engine;

import io.sluice.internal.judge.AnswerJudge;
import io.sluice.internal.judge.Verdict;
import io.sluice.internal.ledger.LedgerEntry;
import org.jspecify.annotations.Nullable;

/**
 * What earlier calls have answered: looked up in the ledger and judged by the output as it is now,
 * so that a changed schema or label set costs nothing. Thread-safe.
 */
public final class StoredAnswers {
  private final Journal journal;
  private final AnswerJudge judge;

  public StoredAnswers(Journal journal, AnswerJudge judge) {
    this.journal = journal;
    this.judge = judge;
  }

  /** The row's end without a call; null where it has to be asked. */
  public @Nullable Finished find(PreparedDocument row) {
    String fingerprint = row.request().fingerprint();
    LedgerEntry stored = journal.find(fingerprint);
    if (stored == null) {
      return null;
    }
    String raw = stored.raw();
    if (stored.outcome() != LedgerEntry.Outcome.ANSWER || raw == null) {
      return journal.keepsFailures() ? Endings.failedBefore(row, stored) : null;
    }
    Verdict verdict = judge.judge(raw);
    if (verdict instanceof Verdict.Fits fits) {
      boolean pays = journal.claimCost(fingerprint);
      return Endings.stored(
          row, stored, fits, pays ? stored.costUsd() : Endings.shared(stored.costUsd()));
    }
    return journal.keepsFailures() && verdict instanceof Verdict.Unfit unfit
        ? Endings.unfitBefore(row, stored, unfit)
        : null;
  }
}
