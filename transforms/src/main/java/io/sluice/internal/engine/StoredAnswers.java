package io.sluice.internal.engine;

import io.sluice.ErrorKind;
import io.sluice.Fallback.Cause;
import io.sluice.internal.evidence.Signature;
import io.sluice.internal.judge.AnswerJudge;
import io.sluice.internal.judge.Verdict;
import io.sluice.internal.ledger.LedgerEntry;
import io.sluice.internal.plan.Ask;
import io.sluice.internal.plan.Ending;
import io.sluice.internal.plan.Plan;
import io.sluice.spi.Request;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What earlier calls have answered: looked up in the ledger and judged by the output as it is now,
 * so that a changed schema or label set costs nothing. Thread-safe.
 */
public final class StoredAnswers implements Plan.Known {

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
  private final List<AnswerJudge> judges;

  /**
   * @param judges of answers, by step
   */
  public StoredAnswers(Journal journal, List<AnswerJudge> judges) {
    this.journal = journal;
    this.judges = List.copyOf(judges);
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
    return new Stored(entry, answered && raw != null ? judge.judgeKept(raw) : null);
  }

  /** The row's end without a call; null where it has to be asked. */
  public @Nullable Finished find(PreparedDocument row) {
    String fingerprint = row.request().fingerprint();
    Stored stored = judged(journal.find(fingerprint), judges.get(step(row)));
    if (stored == null) {
      return null;
    }
    LedgerEntry entry = stored.entry();
    if (stored.verdict() instanceof Verdict.Fits fits) {
      boolean pays = journal.claimCost(fingerprint);
      return Endings.stored(
          row, entry, fits, pays ? entry.costUsd() : Endings.shared(entry.costUsd()));
    }
    Finished dead =
        stored.verdict() instanceof Verdict.Unfit unfit
            ? Endings.unfitBefore(row, entry, unfit)
            : Endings.failedBefore(row, entry);
    Ending ending = ending(row.ask(), stored);
    if (row.ask() != null && !ending.equals(Ending.FAILED)) {
      // What follows from it may be in the ledger, too.
      return new Finished.OfAsk(row, dead, row.ask().stored(ending, entry.attempts()));
    }
    return stands(entry) ? dead : null;
  }

  /**
   * Why a row that is asked again was given up in an earlier run: for what it is itself, as others
   * were answered then. Null where it was not.
   */
  public @Nullable Signature reason(PreparedDocument row) {
    LedgerEntry entry = journal.find(row.request().fingerprint());
    if (entry == null || entry.outcome() != LedgerEntry.Outcome.FAILURE) {
      return null;
    }
    ErrorKind kind = entry.kind();
    return kind != null && kind.isStillToDo()
        ? null
        : Signature.of(entry.status(), entry.code(), entry.message());
  }

  /** Whether a failure is not asked again. */
  private boolean stands(LedgerEntry entry) {
    ErrorKind kind = entry.kind();
    return journal.keepsFailures() && (kind == null || !kind.isStillToDo());
  }

  private static int step(PreparedDocument row) {
    return row.ask() == null ? 0 : row.ask().step();
  }

  /** What a stored ending means for a plan; a failure where there is nothing that may follow. */
  public static Ending ending(@Nullable Ask ask, Stored stored) {
    if (ask == null || ask.isAnew()) {
      return Ending.FAILED;
    }
    LedgerEntry entry = stored.entry();
    String raw = entry.raw();
    if (stored.verdict() instanceof Verdict.Unfit unfit && raw != null && ask.follows().misfit()) {
      return new Ending.Misfit(raw, unfit.message());
    }
    boolean isCut = stored.verdict() == null && Outcome.isCut(entry.kind(), entry.message());
    if (isCut && ask.follows().cut()) {
      return Ending.CUT;
    }
    return ask.follows().fallsBack() ? new Ending.Failed(cause(stored)) : Ending.FAILED;
  }

  private static @Nullable Cause cause(Stored stored) {
    if (stored.verdict() != null) {
      return Cause.INVALID_OUTPUT;
    }
    LedgerEntry entry = stored.entry();
    ErrorKind kind = entry.kind();
    return kind == ErrorKind.ACCOUNT && Cause.OUTAGE.code().equals(entry.code())
        ? Cause.OUTAGE
        : kind == null ? null : Cause.of(kind);
  }

  /**
   * Notes that another model is asked because nothing is sent to this one: after a crash the row
   * goes on there.
   */
  public void passedOn(PreparedDocument row, Cause cause) {
    journal.passedOn(row.account(), row.request().fingerprint(), cause);
  }

  /** Whether failures of earlier runs stand. */
  public boolean keepsFailures() {
    return journal.keepsFailures();
  }

  @Override
  public boolean has(Request request) {
    return journal.find(request.fingerprint()) != null;
  }

  @Override
  public boolean isAnswered(Request request) {
    return isAnswer(journal.find(request.fingerprint()));
  }

  /** Whether a model has answered, whatever. */
  public static boolean isAnswer(@Nullable LedgerEntry entry) {
    return entry != null && entry.outcome() == LedgerEntry.Outcome.ANSWER;
  }
}
