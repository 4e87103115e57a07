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
  void rowsThatWereLostWithOthers_countAsFailed() {
    Tally tally = new Tally();
    tally.rowsRead = 100;
    tally.succeeded = 99;
    Document rest =
        new Document("d1", null, "{\"_raw\":\"\",\"_lost\":899}", new Source("f.parquet", 100));
    tally.add(DeadLetter.unsent(rest, ErrorKind.BAD_INPUT, "damaged"));
    assertThat(tally.lost, is(899L));
    assertThat(RunState.of(tally, 0.05), is(RunState.TOO_MANY_FAILURES));
    assertThat(RunState.of(tally, 0.91), is(RunState.SUCCEEDED));
    assertThat(Tally.of(tally.counted()).lost, is(899L));
    // A document may have fields of such names.
    Document own = new Document("d2", null, "{\"a\":1,\"_lost\":5}", new Source("f", 1));
    tally.add(DeadLetter.unsent(own, ErrorKind.BAD_INPUT, "no"));
    assertThat(tally.lost, is(899L));
  }

  @Test
  void anAccountThatWasNeverCalled_saysWhyByItsDeadLetters() {
    Tally sum = new Tally().add(of(ErrorKind.BAD_INPUT, "no JSON"));
    assertThat(sum.stopReason, nullValue());

    sum.add(of(ErrorKind.ACCOUNT, "KEY is not set")).add(of(ErrorKind.ACCOUNT, "another"));
    assertThat(sum.stopReason, is("KEY is not set"));
  }
}
