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

  /**
   * What the ledger has of a request.
   *
   * @param verdict on the answer, as the output is now; null where there was none but a failure
   */
  public record Stored(LedgerEntry entry, @Nullable Verdict verdict) {
    /** Whether a row needs no call. */
    public boolean isAnswer() {
      return verdict instanceof Verdict.Fits;
    }
  }

  private final Journal journal;
  private final AnswerJudge judge;

  public StoredAnswers(Journal journal, AnswerJudge judge) {
    this.journal = journal;
    this.judge = judge;
  }

  /**
   * The rule by which an entry of the ledger answers a row, or not.
   *
   * @param entry null where there is none
   */
  public static @Nullable Stored judged(@Nullable LedgerEntry entry, AnswerJudge judge) {
    if (entry == null) {
      return null;
    }
    String raw = entry.raw();
    boolean answered = entry.outcome() == LedgerEntry.Outcome.ANSWER;
    return new Stored(entry, answered && raw != null ? judge.judge(raw) : null);
  }

  /** The row's end without a call; null where it has to be asked. */
  public @Nullable Finished find(PreparedDocument row) {
    String fingerprint = row.request().fingerprint();
    Stored stored = judged(journal.find(fingerprint), judge);
    if (stored == null) {
      return null;
    }
    LedgerEntry entry = stored.entry();
    if (stored.verdict() instanceof Verdict.Fits fits) {
      boolean pays = journal.claimCost(fingerprint);
      return Endings.stored(
          row, entry, fits, pays ? entry.costUsd() : Endings.shared(entry.costUsd()));
    }
    if (!journal.keepsFailures()) {
      return null;
    }
    if (stored.verdict() == null) {
      return Endings.failedBefore(row, entry);
    }
    return stored.verdict() instanceof Verdict.Unfit unfit
        ? Endings.unfitBefore(row, entry, unfit)
        : null;
  }
}
