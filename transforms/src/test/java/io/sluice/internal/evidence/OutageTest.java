package io.sluice.internal.evidence;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThan;
import static org.hamcrest.Matchers.matchesPattern;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Everything fails that passed before. */
class OutageTest {
  private static final long SECOND = Drill.SECOND;
  private static final long MINUTE = Drill.MINUTE;

  private record Kind(String name, Failure failure, long takes) {}

  private static final List<Kind> KINDS =
      List.of(
          new Kind("refused", Servers.failure(0, Prior.SERVER, "connection refused"), 1_000_000),
          new Kind("502", Servers.failure(502, Prior.SERVER, "bad gateway"), 5_000_000),
          new Kind("503", Servers.failure(503, Prior.LOAD, "backend fetch failed"), 5_000_000),
          new Kind("time-outs", Servers.failure(0, Prior.LOAD, "timed out"), 10 * SECOND));

  @Test
  void ofHalfAMinute_noDocumentDies_andItGoesOnWithTheNextProbe() {
    for (Kind kind : KINDS) {
      Server server =
          Servers.away(at -> at > 10 * SECOND && at < 35 * SECOND, kind.failure(), kind.takes());
      Drill.Outcome outcome = new Drill(server, 6_000).maxConcurrent(200).play(4_000, 1);
      String what = kind.name() + ": " + outcome;
      assertThat(what, outcome.dead, is(empty()));
      assertThat(what, outcome.answered, is(4_000L));
      assertThat(what, outcome.mostAttempts, is(lessThan(5)));
      assertThat(what, outcome.stop, is(nullValue()));
      assertThat("few ask in vain, " + what, outcome.sent - 4_000, is(lessThan(330L)));
      long backAt =
          outcome.letIn.stream().filter(at -> at >= 35 * SECOND).findFirst().orElseThrow();
      assertThat("within a probe, " + what, backAt, is(lessThan(56 * SECOND)));
      assertThat(
          "as fast as before, " + what,
          outcome.letIn(backAt + 5 * SECOND, backAt + 10 * SECOND),
          is(greaterThan(450L)));
    }
  }

  /** Two in three are turned away at all times; and then nothing passes. */
  @Test
  void whereMostAreRefusedAnyway_itIsFoundAfterAsManyMoreAsThatExplains() {
    for (Prior prior : new Prior[] {Prior.TIER, Prior.RATE}) {
      for (Kind kind : KINDS.subList(0, 2)) {
        Failure full = Servers.failure(429, prior, "no room at the inn");
        long from = 60 * SECOND;
        Server usual = Servers.turnsAway(6_000, 0.66, full, 7);
        Server server =
            (document, latency, at) ->
                at > from && at < from + 60 * SECOND
                    ? new Server.Said(kind.takes(), kind.failure(), io.sluice.spi.RateHeaders.NONE)
                    : usual.arrives(document, latency, at);
        Drill.Outcome outcome = new Drill(server, 6_000).maxConcurrent(200).play(5_000, 1);
        String what = prior + ", " + kind.name() + ": " + outcome;
        assertThat(what, outcome.dead, is(empty()));
        assertThat(what, outcome.answered, is(5_000L));
        assertThat(what, outcome.stop, is(nullValue()));
        assertThat(
            what, outcome.situations, hasItem(containsString("provider does not answer since")));
        double asked = outcome.sent - outcome.answered - outcome.refused.size();
        assertThat("in vain, " + what, asked, is(lessThan(150.0)));
      }
    }
  }

  @Test
  void itIsSaidSinceWhen_andWhenTheNextAttemptIs() {
    Server server =
        Servers.away(
            at -> at > 10 * SECOND && at < 100 * SECOND, KINDS.get(0).failure(), 1_000_000);
    Drill.Outcome outcome = new Drill(server, 6_000).maxConcurrent(200).play(4_000, 1);
    assertThat(
        outcome.situations,
        hasItem(
            matchesPattern("provider does not answer since 00:00:(09|10), next attempt in 20 s")));
  }

  @Test
  void oneCallAtATimeLooks_withGrowingGaps() {
    Server server =
        Servers.away(
            at -> at > 10 * SECOND && at < 310 * SECOND, KINDS.get(0).failure(), 1_000_000);
    Drill.Outcome outcome = new Drill(server, 6_000).maxConcurrent(200).play(3_000, 1);
    assertThat(outcome.toString(), outcome.answered, is(3_000L));
    // 1, 2, 4, 8, 16 and then 20 seconds; and those that had left.
    assertThat(outcome.toString(), outcome.sent - 3_000, is(lessThan(60L)));
  }

  @Test
  void whichDoesNotEnd_stopsTheAccountAfterItsTime_withTheRestStillToDo() {
    for (Kind kind : KINDS) {
      Server server = Servers.away(at -> at > 10 * SECOND, kind.failure(), kind.takes());
      Drill.Outcome outcome =
          new Drill(server, 6_000)
              .maxConcurrent(200)
              .outage(Duration.ofMinutes(5))
              .play(4_000, 1, 60 * MINUTE);
      String what = kind.name() + ": " + outcome;
      assertThat(what, outcome.stop, is(notNullValue()));
      assertThat(what, outcome.stop().scope(), is(Scope.OUTAGE));
      assertThat(
          what,
          outcome.stop().why(),
          allOf(
              containsString("has not answered since 00:00:"),
              containsString("http://provider.test"),
              containsString("retry.outage")));
      assertThat(what, outcome.stoppedAt, is(greaterThan(5 * MINUTE)));
      assertThat(what, outcome.stoppedAt, is(lessThan(6 * MINUTE)));
      assertThat(what, outcome.dead, is(empty()));
      assertThat(what, outcome.left, is(greaterThan(2_500L)));
    }
  }

  @Test
  void aServerThatComesAndGoes_noDocumentDies() {
    for (Kind kind : KINDS.subList(0, 3)) {
      Server server = Servers.away(at -> at / (10 * SECOND) % 2 == 1, kind.failure(), kind.takes());
      Drill.Outcome outcome = new Drill(server, 6_000).maxConcurrent(100).play(5_000, 1);
      String what = kind.name() + ": " + outcome;
      assertThat(what, outcome.dead, is(empty()));
      assertThat(what, outcome.answered, is(5_000L));
      assertThat(what, outcome.busyUntil, is(lessThan(400 * SECOND)));
    }
  }

  @Test
  void anAddressThatNeverAnswers_isNotWaitedForForTenMinutes() {
    Server server = Servers.away(at -> true, KINDS.get(0).failure(), 1_000_000);
    Drill.Outcome outcome = new Drill(server, 6_000).maxConcurrent(50).play(1_000, 1, 60 * MINUTE);
    assertThat(outcome.toString(), outcome.stop, is(notNullValue()));
    assertThat(outcome.stoppedAt, is(lessThan(2 * MINUTE)));
    assertThat(
        outcome.stop().why(),
        allOf(containsString("has not answered once"), containsString("provider.baseUrl")));
    assertThat(outcome.left, is(1_000L));
  }

  /** As many as are in flight, at which what is behind a gateway dies: others are there to ask. */
  @Test
  void documentsThatAreAlways502_holdNoOthersUp() {
    for (int from : new int[] {0, 500}) {
      Server server =
          Servers.byDocument(
              document -> document >= from && document < from + 50 ? KINDS.get(1).failure() : null);
      Drill.Outcome outcome =
          new Drill(server, 6_000).maxConcurrent(50).play(1_000, 1, 60 * MINUTE);
      assertThat(from + ": " + outcome, outcome.stop, is(nullValue()));
      assertThat(from + ": " + outcome, outcome.answered, is(950L));
    }
  }

  /** A server that answers 500 is there, and what it breaks at may be all that there is to ask. */
  @Test
  void aServerThatBreaks_isNotSaidToBeMissing() {
    Failure breaks = Servers.failure(500, Prior.SERVER, "internal error");
    Server server = Servers.away(at -> true, breaks, 1_000_000);
    Drill.Outcome outcome = new Drill(server, 6_000).maxConcurrent(50).play(1_000, 1, 60 * MINUTE);
    assertThat(outcome.toString(), outcome.stop, is(notNullValue()));
    assertThat(
        outcome.stop().why(),
        allOf(containsString("leave them out"), not(containsString("provider.baseUrl"))));
  }

  @Test
  void atTheEndOfTheInput_theLastDocumentsDoNotDieOfIt() {
    for (int documents : new int[] {201, 202, 205}) {
      int last = documents - 200;
      Server server =
          new Server() {
            @Override
            public Said arrives(int document, long latency, long at) {
              return document >= 200 && at < 90 * SECOND
                  ? new Said(1_000_000, KINDS.get(0).failure(), io.sluice.spi.RateHeaders.NONE)
                  : Said.answers(latency);
            }
          };
      Drill.Outcome outcome = new Drill(server, 6_000).maxConcurrent(50).play(documents, 1);
      assertThat(last + " left: " + outcome, outcome.dead, is(empty()));
      assertThat(last + " left: " + outcome, outcome.answered, is((long) documents));
    }
  }
}
