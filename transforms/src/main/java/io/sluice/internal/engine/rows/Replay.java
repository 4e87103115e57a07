package io.sluice.internal.engine.rows;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.internal.engine.StoredAnswers;
import io.sluice.internal.engine.StoredAnswers.Stored;
import io.sluice.internal.judge.AnswerJudge;
import io.sluice.internal.ledger.LedgerEntry;
import io.sluice.internal.plan.Ask;
import io.sluice.internal.plan.Ending;
import io.sluice.internal.plan.Plan;
import io.sluice.internal.plan.Then;
import io.sluice.spi.Request;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Follows a row's plan through what a ledger has of it, and sends nothing: what a run would be
 * served, and what it would still have to ask. Thread-safe as its ledger is.
 */
public final class Replay {
  private final Plan plan;
  private final AnswerJudge judge;
  private final Function<String, @Nullable LedgerEntry> ledger;

  /**
   * How far a row's plan has come.
   *
   * @param ask the last one that the ledger has, or the first that it does not have
   * @param answer null where the row has none yet
   */
  public record Found(Ask ask, @Nullable LedgerEntry answer) {}

  /**
   * @param ledger the newest ending of a request, by its fingerprint
   */
  public Replay(Plan plan, AnswerJudge judge, Function<String, @Nullable LedgerEntry> ledger) {
    this.plan = plan;
    this.judge = judge;
    this.ledger = ledger;
  }

  /**
   * @param first the row's first request
   * @param document its fields
   */
  public Found of(Request first, ObjectNode document) {
    Ask ask = plan.first(first);
    while (true) {
      LedgerEntry entry = ledger.apply(ask.request().fingerprint());
      Stored stored = StoredAnswers.judged(entry, judge);
      if (entry == null || stored == null || stored.isAnswer()) {
        return new Found(ask, entry);
      }
      Then then = after(ask, stored, document);
      if (!(then instanceof Then.Asks asks) || isSame(asks.ask(), ask)) {
        return new Found(ask, null);
      }
      ask = asks.ask();
    }
  }

  /** What a plan asks after a stored ending of no use. */
  public Then after(Ask ask, Stored stored, ObjectNode document) {
    Ending ending = StoredAnswers.ending(ask, stored);
    return ending == Ending.FAILED
        ? Then.DEAD
        : plan.after(document, ask.stored(ending, stored.entry().attempts()));
  }

  private static boolean isSame(Ask one, Ask other) {
    return one.request().fingerprint().equals(other.request().fingerprint());
  }
}
