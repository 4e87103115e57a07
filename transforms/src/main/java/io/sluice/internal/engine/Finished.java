package io.sluice.internal.engine;

import io.sluice.Answer;
import io.sluice.DeadLetter;
import io.sluice.Document;
import io.sluice.internal.plan.Ended;

/** A row's end: an answer or a dead letter; or that of an ask, after which its plan may go on. */
public sealed interface Finished {
  Document document();

  record Answered(Answer answer) implements Finished {
    @Override
    public Document document() {
      return answer.document();
    }
  }

  record Dead(DeadLetter deadLetter) implements Finished {
    @Override
    public Document document() {
      return deadLetter.document();
    }
  }

  /**
   * The end of an ask, for its plan alone: it never leaves the engine that has the plans.
   *
   * @param row what asked
   * @param end the row's end, if nothing else is asked
   * @param ended the same for its plan
   */
  record OfAsk(PreparedDocument row, Finished end, Ended ended) implements Finished {
    @Override
    public Document document() {
      return row.document();
    }
  }
}
