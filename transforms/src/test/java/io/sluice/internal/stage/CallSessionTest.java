package io.sluice.internal.stage;

import static io.sluice.internal.stage.StageRig.row;
import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sluice.internal.engine.EngineCounts;
import io.sluice.internal.engine.Finished;
import io.sluice.internal.engine.Tally;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CallSessionTest {
  private final Tally tally = Tally.of(0);
  private final FakeEngine engine = new FakeEngine(FakeEngine.Rule.ON_ORDER, Map.of());
  private final CallSession session = new CallSession(states -> engine, tally);

  private void take() throws InterruptedException {
    for (Finished row : session.take(0)) {
      session.leaves(RowId.of(row.document().source()));
    }
  }

  @Test
  void itHasNoEngineBeforeItsFirstRestore() {
    assertThat(session.agreesWith(null), is(false));
    assertThrows(IllegalStateException.class, session::engine);
  }

  @Test
  void itAgreesWithItsLastMarkAlone() {
    session.restore(null, List.of(), Map.of());
    EngineMark first = session.advance();
    assertThat(session.agreesWith(first), is(true));
    EngineMark second = session.advance();
    assertThat(second, is(not(first)));
    assertThat(session.agreesWith(first), is(false));
    assertThat(session.agreesWith(second), is(true));
    assertThat(session.agreesWith(null), is(false));
    CallSession other = new CallSession(states -> engine, tally);
    other.restore(second, List.of(), Map.of());
    assertThat("nor does another session with it", other.agreesWith(second), is(false));
  }

  @Test
  void aCallbackThatFailedHalfWay_leavesAMarkThatIsInNoState() throws Exception {
    session.restore(null, List.of(), Map.of());
    EngineMark before = session.advance();
    session.submit(List.of(row(1)));
    assertThat("it has rows that the state has not", session.agreesWith(before), is(false));
    EngineMark then = session.advance();
    engine.answer("d1");
    session.take(0);
    assertThat("it has lost rows that the state has", session.agreesWith(then), is(false));
  }

  @Test
  void aDocumentThatComesAgain_countsOnce_andIsToldOf() {
    session.restore(null, List.of(), Map.of());
    session.submit(List.of(row(1), row(1)));
    assertThat(session.submit(List.of(row(1))), is(empty()));
    assertThat(engine.waiting(), contains("d1"));
    assertThat(session.takeRepeated(), is(2L));
    assertThat(session.takeRepeated(), is(0L));
  }

  @Test
  void aRestore_forgetsWhatIsHere_andTakesTheStatesRows() {
    session.restore(null, List.of(), Map.of());
    session.submit(List.of(row(1), row(2)));
    session.restore(new EngineMark("older", 7, 5, 3), List.of(row(2), row(3)), Map.of());
    assertThat(engine.forgotten, is(1));
    assertThat(engine.waiting(), contains("d2", "d3"));
    assertThat(session.liveRows(), is(2));
    assertThat("they are in the bag", session.toStore(List.of(row(2), row(3))), is(empty()));
    EngineMark mark = session.advance();
    assertThat(mark.answered(), is(5L));
    assertThat(mark.dead(), is(3L));
  }

  @Test
  void aRowIsStoredOnce_andOnlyWhileItWaits() throws Exception {
    session.restore(null, List.of(), Map.of());
    session.submit(List.of(row(1), row(2)));
    engine.answer("d1");
    take();
    assertThat(session.toStore(List.of(row(1), row(2))), contains(row(2)));
    assertThat(session.toStore(List.of(row(1), row(2))), is(empty()));
    assertThat("the bag never had it", session.leaves(RowId.of(row(1))), is(false));
    assertThat(session.leaves(RowId.of(row(2))), is(true));
    assertThat(session.leaves(RowId.of(row(2))), is(false));
  }

  @Test
  void anEndOfARowThatIsNotHere_isDropped() throws Exception {
    session.restore(null, List.of(), Map.of());
    engine.submit(List.of(row(1)));
    engine.answer("d1");
    assertThat(session.take(0), is(empty()));
  }

  @Test
  void itIsCompacted_whenMoreThanAThousandHaveLeft_andMoreThanAreHere() throws Exception {
    session.restore(null, List.of(), Map.of());
    for (int i = 0; i < 1_002; i++) {
      session.submit(List.of(row(i)));
      session.toStore(List.of(row(i)));
    }
    for (int i = 0; i < 1_000; i++) {
      engine.answer("d" + i);
    }
    take();
    assertThat(session.wantsCompaction(), is(false));
    engine.answer("d1000");
    take();
    assertThat(session.wantsCompaction(), is(true));
    assertThat(session.compact(), contains(row(1_001)));
    assertThat(session.wantsCompaction(), is(false));
    assertThat(session.leaves(RowId.of(row(1_001))), is(true));
  }

  @Test
  void aRefusedRow_countsAsSeenAndDead() {
    session.restore(null, List.of(), Map.of());
    assertThat(session.submit(List.of(row(1), row("other", 1))), hasSize(1));
    EngineCounts counts = tally.before().plus(engine.snapshot());
    assertThat(counts.seen, is(2L));
    assertThat(counts.dead, is(1L));
    assertThat(session.advance().dead(), is(1L));
  }

  @Test
  void theEndOfTheInput_isTheEnginesToKnow() {
    session.restore(null, List.of(), Map.of());
    session.inputEnded();
    assertThat(engine.ended, is(1));
  }
}
