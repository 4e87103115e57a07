package io.sluice.pipeline.output;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.nullValue;

import io.sluice.DeadLetter;
import io.sluice.Document;
import io.sluice.ErrorKind;
import io.sluice.Source;
import org.junit.jupiter.api.Test;

class TallyTest {
  private static Tally of(ErrorKind kind, String message) {
    Tally tally = new Tally();
    tally.add(
        DeadLetter.unsent(new Document("d1", "{}", "", new Source("f.jsonl", 1)), kind, message));
    return tally;
  }

  @Test
  void anAccountThatWasNeverCalled_saysWhyByItsDeadLetters() {
    Tally sum = new Tally().add(of(ErrorKind.BAD_INPUT, "no JSON"));
    assertThat(sum.stopReason, nullValue());

    sum.add(of(ErrorKind.ACCOUNT, "KEY is not set")).add(of(ErrorKind.ACCOUNT, "another"));
    assertThat(sum.stopReason, is("KEY is not set"));
  }
}
