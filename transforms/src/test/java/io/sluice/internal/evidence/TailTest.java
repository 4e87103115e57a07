package io.sluice.internal.evidence;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThan;
import static org.hamcrest.Matchers.lessThanOrEqualTo;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.nullValue;
import static org.hamcrest.Matchers.startsWith;

import io.sluice.spi.RateHeaders;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * Documents that fail whenever they are asked, here and there in the input: when all others are
 * answered they are what is left, and nothing passes any more.
 */
class TailTest {
  private static final long SECOND = Drill.SECOND;
  private static final int EVERY = 17;

  private static final List<Failure> OF_DOCUMENTS =
      List.of(
          Servers.failure(500, Prior.SERVER, "it broke"),
          Servers.failure(200, Prior.SERVER, "nothing that can be read"),
          new Failure(
              Signature.of(0, "", "not answered in time"),
              Prior.SERVER,
              null,
              Left.UNKNOWN,
              "not answered in time",
              true));

  private static Drill.Outcome play(int odd, Failure failure, long takes) {
    Server server =
        (document, latency, at) ->
            document % EVERY == 3
                ? new Server.Said(takes, failure, RateHeaders.NONE)
                : Server.Said.answers(latency);
    return new Drill(server, 6_000)
        .latency(0.2, 0.5)
        .maxConcurrent(50)
        .play(odd * EVERY, 1, 3600 * SECOND);
  }

  @Test
  void theyAreDeadLetters_andNoOutage() {
    for (Failure failure : OF_DOCUMENTS) {
      for (int odd : new int[] {3, 12, 56, 200}) {
        Drill.Outcome outcome = play(odd, failure, 5_000_000);
        String what = failure.said() + ", " + odd + ": " + outcome + outcome.situations;
        assertThat(what, outcome.stop, is(nullValue()));
        assertThat(
            what,
            outcome.dead.stream().sorted().toList(),
            is(IntStream.range(0, odd).mapToObj(each -> each * EVERY + 3).toList()));
        assertThat(what, outcome.answered, is((long) odd * (EVERY - 1)));
        assertThat(what, outcome.ends - outcome.busyUntil, is(lessThan(60 * SECOND)));
        // What was answered in whole may be paid for each time: retry.maxAttempts holds.
        int most = failure.signature().status() == 200 ? 4 : 6;
        assertThat(
            "counted before the last, " + what, outcome.mostAttempts, is(lessThanOrEqualTo(most)));
        assertThat(
            what, outcome.situations, not(hasItem(startsWith("provider does not answer since"))));
      }
    }
  }

  /** One that is turned away for ever looks like an outage; the others do not wait for its end. */
  @Test
  void besideOneThatIsTurnedAway_theyAreDeadLettersAllTheSame() {
    Failure full = Servers.failure(503, Prior.LOAD, "overloaded");
    int odd = 12;
    Server server =
        (document, latency, at) ->
            document == 5
                ? Server.Said.refuses(full)
                : document % EVERY == 3
                    ? Server.Said.refuses(OF_DOCUMENTS.get(1))
                    : Server.Said.answers(latency);
    Drill.Outcome outcome =
        new Drill(server, 6_000)
            .latency(0.2, 0.5)
            .maxConcurrent(50)
            .play(odd * EVERY, 1, 240 * SECOND);
    assertThat(outcome.toString(), outcome.stop, is(nullValue()));
    assertThat(outcome.toString(), outcome.dead.size(), is(odd));
    assertThat(outcome.toString(), outcome.answered, is(odd * (EVERY - 1L) - 1));
  }

  /** Where many calls are turned away by chance, others are not asked, and paid for, more often. */
  @Test
  void whatTookTooLong_isAskedAsOftenAsTheTaskSays() {
    Server chance = Servers.chance(60_000, 0.4, null, 1);
    Server server =
        (document, latency, at) ->
            document % EVERY == 3
                ? new Server.Said(5 * SECOND, OF_DOCUMENTS.get(2), RateHeaders.NONE)
                : chance.arrives(document, latency, at);
    Drill.Outcome outcome =
        new Drill(server, 6_000).latency(0.2, 0.5).maxConcurrent(50).maxAttempts(3).play(2_000, 1);
    String what = outcome + ", attempts " + outcome.mostAttempts;
    assertThat(what, outcome.stop, is(nullValue()));
    assertThat(what, outcome.dead.size(), is(118));
    // The last one is not counted.
    assertThat(what, outcome.mostAttempts, is(2));
  }

  /** One alone is no share of all calls, however often it is asked. */
  @Test
  void oneThatIsTurnedAwayForEver_makesNoChanceOfIt() {
    Failure full = Servers.refusal(null, Left.UNKNOWN);
    Server server =
        (document, latency, at) ->
            document == 5 ? Server.Said.refuses(full) : Server.Said.answers(latency);
    for (int each : new int[] {1, 2, 3}) {
      Drill.Outcome outcome =
          new Drill(server, 6_000).latency(2, 0.5).maxConcurrent(each).play(60, 1, 600 * SECOND);
      assertThat(
          each + " at once: " + outcome,
          outcome.situations,
          not(hasItem(containsString("find no room"))));
    }
  }

  /** Nothing answers them: whether it is they or the provider, only time tells. */
  @Test
  void whereNothingIsThereToAnswer_theyAreDeadLettersAfterTheTimeOfAnOutage() {
    for (int status : new int[] {0, 502}) {
      for (int odd : new int[] {12, 200}) {
        Drill.Outcome outcome =
            play(odd, Servers.failure(status, Prior.SERVER, "connection reset"), 1_000_000);
        String what = status + ": " + outcome;
        assertThat(what, outcome.stop, is(nullValue()));
        assertThat(what, outcome.dead.size(), is(odd));
        assertThat(what, outcome.answered, is(odd * (EVERY - 1L)));
        // Once for all of them, and not a gap for each.
        assertThat(what, outcome.ends - outcome.busyUntil, is(lessThan(660 * SECOND)));
      }
    }
  }

  /** What failed once by chance does not die of an outage that comes when it is asked again. */
  @Test
  void anOutageOfServersThatBreak_costsNoDocument() {
    Failure broke = Servers.failure(500, Prior.SERVER, "it broke");
    int[] asked = new int[4_000];
    Server server =
        (document, latency, at) -> {
          boolean away = at > 10 * SECOND && at < 70 * SECOND;
          return away || (document % 7 == 0 && asked[document]++ == 0)
              ? new Server.Said(5_000_000, broke, RateHeaders.NONE)
              : Server.Said.answers(latency);
        };
    Drill.Outcome outcome = new Drill(server, 6_000).maxConcurrent(200).play(4_000, 1);
    assertThat(outcome.toString(), outcome.dead, is(empty()));
    assertThat(outcome.toString(), outcome.answered, is(4_000L));
    assertThat(outcome.toString(), outcome.stop, is(nullValue()));
  }
}
