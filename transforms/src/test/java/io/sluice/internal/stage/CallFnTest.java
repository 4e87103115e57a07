package io.sluice.internal.stage;

import static io.sluice.internal.stage.StageRig.row;
import static io.sluice.internal.stage.StageRig.rows;
import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsInAnyOrder;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.notNullValue;

import io.sluice.DeadLetter;
import io.sluice.ErrorKind;
import io.sluice.internal.engine.PreparedDocument;
import io.sluice.internal.quota.QuotaLimiter;
import io.sluice.internal.quota.QuotaState;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.joda.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The call stage's callbacks, one by one, over state that a test holds. */
class CallFnTest {
  private static final long SECOND = 1_000_000_000L;

  private StageRig rig = new StageRig();

  @AfterEach
  void close() {
    rig.close();
  }

  private void use(FakeEngine.Rule rule, boolean openEnd) {
    rig.close();
    rig = new StageRig(rule, openEnd);
  }

  private static QuotaState quota() {
    return new QuotaLimiter(new QuotaLimiter.Limits(60, 600, Duration.ofSeconds(1)), 0, false)
        .state();
  }

  // ---- rows come and leave ----------------------------------------------------------------------

  @Test
  void rowsLeaveWithTheCallbackAfterTheirAnswer_andTheStateForgetsThem() throws Exception {
    rig.process(rows(0, 3));
    assertThat(rig.answered, is(empty()));
    assertThat(rig.keptRows(), contains("d0", "d1", "d2"));
    assertThat(rig.poll.isSet, is(true));
    assertThat("the window's end", rig.end.at, is(new Instant(59_999)));
    assertThat("the watermark waits for the rows", rig.end.holdsAt, is(new Instant(5)));

    rig.engine().answer("d1");
    rig.poll();
    assertThat(rig.answered, contains("d1"));
    assertThat(rig.keptRows(), contains("d0", "d2"));
    assertThat(rig.poll.isSet, is(true));

    rig.engine().answerAll();
    rig.poll();
    assertThat(rig.answered, contains("d1", "d0", "d2"));
    assertThat(rig.keptRows(), is(empty()));
    assertThat("nothing is left to look for", rig.poll.isSet, is(false));
  }

  @Test
  void rowsThatEndInTheirOwnBundle_neverGetIntoTheState() throws Exception {
    rig.process(rows(0, 1));
    rig.engine().answer("d0");
    rig.process(rows(1, 2));
    assertThat(rig.answered, contains("d0"));
    assertThat(rig.keptRows(), contains("d1"));
  }

  @Test
  void whatWaitsIsMoreThanTheJvmShouldHold_processWaits() throws Exception {
    rig.process(rows(0, 1));
    rig.engine().full = true;
    rig.process(rows(1, 2));
    assertThat(rig.engine().waits, is(1));
    rig.process(rows(2, 3));
    assertThat("and not where there is room", rig.engine().waits, is(1));
  }

  // ---- replays and restores
  // -----------------------------------------------------------------------

  @Test
  void aChunkThatIsReplayed_isAskedOnce() throws Exception {
    rig.processInVain(rows(0, 3));
    rig.process(rows(0, 3));
    assertThat("the state knew of no row", rig.engine().forgotten, is(1));
    assertThat(rig.engine().waiting(), contains("d0", "d1", "d2"));
    rig.engine().answerAll();
    rig.poll();
    assertThat(rig.answered, contains("d0", "d1", "d2"));
    assertThat(rig.engines.opened(), hasSize(1));
  }

  @Test
  void aChunkThatIsReplayedAfterItsRowsWereAnswered_answersThemAgain() throws Exception {
    rig.process(rows(0, 1));
    rig.engine().answer("d0");
    rig.processInVain(rows(1, 2));
    // The answer left with a bundle that never was: the state still has the row.
    assertThat(rig.keptRows(), contains("d0"));
    rig.process(rows(1, 2));
    assertThat(rig.engine().waiting(), contains("d0", "d1"));
    rig.engine().answerAll();
    rig.poll();
    assertThat(rig.answered, contains("d0", "d1"));
  }

  @Test
  void theSameChunkTwice_isOnce() throws Exception {
    rig.process(rows(0, 2));
    rig.process(rows(0, 2));
    assertThat(rig.engine().submitted.get(rig.engine().submitted.size() - 1), is(empty()));
    assertThat(rig.keptRows(), contains("d0", "d1"));
    rig.engine().answerAll();
    rig.poll();
    assertThat(rig.answered, contains("d0", "d1"));
    assertThat(rig.dead, is(empty()));
  }

  @Test
  void afterACrash_whatTheStateHasOnItsWayIsAsked_andNothingElse() throws Exception {
    rig.process(rows(0, 4));
    rig.engine().answer("d1");
    rig.engine().answer("d2");
    rig.poll();
    rig.crash();
    rig.poll();
    assertThat(rig.engines.opened(), hasSize(2));
    assertThat(rig.engine().submitted, contains(List.of("d0", "d3")));
    rig.engine().answerAll();
    rig.poll();
    assertThat(rig.answered, contains("d1", "d2", "d0", "d3"));
    EngineMark mark = rig.kept.mark.read();
    assertThat(mark.answered(), is(4L));
  }

  @Test
  void stateThatIsOlderThanTheSession_isRight() throws Exception {
    rig.process(rows(0, 2));
    StageRig.Kept snapshot = rig.kept.copy();
    rig.engine().answer("d0");
    rig.poll();
    rig.process(rows(2, 3));
    rig.answered.clear();
    // The runner goes back to its snapshot, in the same JVM.
    rig.kept = snapshot;
    rig.poll();
    assertThat(rig.engine().forgotten, is(1));
    assertThat(rig.engine().waiting(), contains("d0", "d1"));
    rig.process(rows(2, 3));
    rig.engine().answerAll();
    rig.poll();
    assertThat(rig.answered, containsInAnyOrder("d0", "d1", "d2"));
    assertThat(rig.kept.mark.read().answered(), is(3L));
  }

  @Test
  void afterACrashPastTheEnd_theNewEngineHearsThatNoMoreRowsCome() throws Exception {
    use(FakeEngine.Rule.ON_ORDER, true);
    rig.process(rows(0, 1));
    rig.end();
    rig.crash();
    rig.poll();
    assertThat(rig.engine().ended, is(1));
    assertThat(rig.engine().waiting(), contains("d0"));
  }

  // ---- compaction
  // ---------------------------------------------------------------------------------

  @Test
  void bagsAreWrittenAnew_whenMoreHasLeftThanIsThere() throws Exception {
    rig.process(rows(0, 1_500));
    rig.process(rows(1_500, 1_510));
    for (int i = 0; i < 1_000; i++) {
      rig.engine().answer("d" + i);
    }
    rig.poll();
    assertThat("a thousand are borne", rig.kept.left.elements, hasSize(1));
    rig.engine().answer("d1000");
    rig.poll();
    assertThat(rig.kept.left.elements, is(empty()));
    assertThat(rig.kept.rows.elements, hasSize(1));
    assertThat(rig.keptRows(), hasSize(509));

    rig.process(rows(1_510, 1_511));
    rig.engine().answer("d1509");
    rig.poll();
    rig.crash();
    rig.poll();
    assertThat(rig.engine().waiting(), hasSize(509));
    rig.engine().answerAll();
    rig.poll();
    assertThat(rig.answered, hasSize(1_511));
    assertThat(Set.copyOf(rig.answered), hasSize(1_511));
  }

  // ---- the window's end
  // ---------------------------------------------------------------------------

  @Test
  void atTheEnd_rowsOnTheirWayAreWaitedFor() throws Exception {
    use(FakeEngine.Rule.WAITING, false);
    rig.process(rows(0, 3));
    rig.end();
    assertThat(rig.engine().ended, is(1));
    assertThat(rig.engine().waits, is(3));
    assertThat(rig.answered, contains("d0", "d1", "d2"));
    assertThat(rig.keptRows(), is(empty()));
  }

  @Test
  void atAnOpenEnd_theyAreLookedForLater() throws Exception {
    use(FakeEngine.Rule.ON_ORDER, true);
    rig.process(rows(0, 3));
    rig.engine().answer("d0");
    rig.poll.isSet = false;
    rig.end();
    assertThat(rig.engine().waits, is(0));
    assertThat(rig.answered, contains("d0"));
    assertThat(rig.keptRows(), contains("d1", "d2"));
    assertThat(rig.poll.isSet, is(true));
    rig.engine().answerAll();
    rig.poll();
    assertThat(rig.answered, contains("d0", "d1", "d2"));
    assertThat(rig.poll.isSet, is(false));
  }

  // ---- quota
  // --------------------------------------------------------------------------------------

  @Test
  void limitersStatesAreKept_onceASecond_andANewEngineBeginsWithThem() throws Exception {
    rig.process(rows(0, 1));
    rig.engine().quota.put("", quota());
    rig.engines.pass(SECOND / 2);
    rig.poll();
    assertThat("less than a second later", rig.kept.quota.read().isEmpty(), is(true));
    rig.engines.pass(SECOND);
    rig.poll();
    assertThat(rig.kept.quota.read().keySet(), contains(""));
    rig.crash();
    rig.poll();
    assertThat(rig.engine().restored.get(""), is(notNullValue()));
  }

  // ---- two documents with one source
  // --------------------------------------------------------------

  private void saysBoth(DeadLetter letter) {
    assertThat(letter.document().id(), is("other"));
    assertThat(letter.kind(), is(ErrorKind.BAD_INPUT));
    assertThat(letter.message(), containsString("\"other\""));
    assertThat(letter.message(), containsString("\"d1\" (f, position 1)"));
    assertThat(letter.attempts(), is(0));
  }

  private static PreparedDocument other() {
    return row("other", 1);
  }

  @Test
  void anotherDocumentWithTheSameSource_isADeadLetterThatNamesBoth() throws Exception {
    rig.process(row(0), row(1), other());
    assertThat(rig.dead, hasSize(1));
    saysBoth(rig.dead.get(0));
    rig.engine().answerAll();
    rig.poll();
    assertThat(rig.answered, contains("d0", "d1"));
    EngineMark mark = rig.kept.mark.read();
    assertThat(mark.answered(), is(2L));
    assertThat(mark.dead(), is(1L));
  }

  @Test
  void alsoInALaterBundle_andTheFirstStaysInTheState() throws Exception {
    rig.process(row(1));
    rig.process(other());
    saysBoth(rig.dead.get(0));
    assertThat(rig.keptRows(), contains("d1"));
    rig.crash();
    rig.poll();
    assertThat(rig.engine().waiting(), contains("d1"));
  }

  @Test
  void alsoAfterARestore() throws Exception {
    rig.process(row(1));
    rig.crash();
    rig.process(other());
    saysBoth(rig.dead.get(0));
    rig.engine().answerAll();
    rig.poll();
    assertThat(rig.answered, contains("d1"));
  }

  @Test
  void aBundleThatIsReplayed_givesItsDeadLetterOnce() throws Exception {
    rig.process(row(1));
    rig.processInVain(other());
    rig.process(other());
    assertThat(rig.dead, hasSize(1));
    assertThat(rig.kept.mark.read().dead(), is(1L));
  }

  @Test
  void afterTheFirstHasLeft_thereIsNothingToCompareWith_andNeitherVanishes() throws Exception {
    rig.process(row(1));
    rig.engine().answer("d1");
    rig.poll();
    rig.process(other());
    rig.engine().answer("other");
    rig.poll();
    assertThat(rig.answered, contains("d1", "other"));
    assertThat(rig.dead, is(empty()));
  }
}
