package io.sluice.internal.engine;

import io.sluice.Answer;
import io.sluice.DeadLetter;
import io.sluice.Document;

/** A row's end: an answer or a dead letter. */
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
}
