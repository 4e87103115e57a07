package io.sluice.internal.evidence;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThan;
import static org.hamcrest.Matchers.nullValue;

import io.sluice.spi.RateHeaders;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A document that fails where others pass. */
class DocumentTest {
  @Test
  void failsAgainAndAgain_isADeadLetterAfterItsAttempts() {
    int[] calls = new int[1];
    Server server =
        Servers.byDocument(
            i -> {
              calls[0] += i == 500 ? 1 : 0;
              return i == 500 ? Servers.failure(500, Prior.SERVER, "it broke") : null;
            });
    Drill.Outcome outcome = new Drill(server, 6_000).play(2_000, 1);
    assertThat(outcome.toString(), outcome.dead, contains(500));
    assertThat("attempts", calls[0], is(5));
    assertThat(outcome.answered, is(1_999L));
  }

  @Test
  void theLastOne_too() {
    Server server =
        Servers.byDocument(i -> i == 199 ? Servers.failure(500, Prior.SERVER, "it broke") : null);
    Drill.Outcome outcome = new Drill(server, 6_000).play(200, 1);
    assertThat(outcome.toString(), outcome.dead, contains(199));
    assertThat(outcome.stop, is(nullValue()));
    assertThat(outcome.ends, is(lessThan(Drill.MINUTE)));
  }

  @Test
  void theOnlyOne_too() {
    Server server = Servers.byDocument(i -> Servers.failure(500, Prior.SERVER, "it broke"));
    Drill.Outcome outcome = new Drill(server, 6_000).play(1, 1);
    assertThat(outcome.toString(), outcome.dead, contains(0));
  }

  @Test
  void isTurnedAwayWhereNoOtherIs_isADeadLetter_thoughARefusalIsNoAttempt() {
    Server server = Servers.byDocument(i -> i == 500 ? Servers.refusal(null, Left.UNKNOWN) : null);
    Drill.Outcome outcome = new Drill(server, 6_000).play(40_000, 1);
    assertThat(outcome.toString(), outcome.dead, contains(500));
    assertThat(outcome.toString(), outcome.refused.size(), is(greaterThan(12)));
    assertThat(outcome.mostAttempts, is(0));
  }

  @Test
  void whereHalfFailByChance_noneDiesOfIt() {
    Random random = new Random(5);
    Failure failure = Servers.failure(502, Prior.SERVER, "bad gateway");
    Server server =
        (document, latency, at) ->
            random.nextBoolean()
                ? new Server.Said(3_000_000, failure, RateHeaders.NONE)
                : Server.Said.answers(latency);
    Drill.Outcome outcome = new Drill(server, 6_000).play(3_000, 1);
    assertThat(outcome.toString(), outcome.dead, is(empty()));
    assertThat(outcome.toString(), outcome.answered, is(3_000L));
  }

  @Test
  void isTurnedAwayByChance_noDocumentDies_andNoAttemptIsCounted() {
    Drill.Outcome outcome = new Drill(Servers.chance(6_000, 0.3, null, 1), 6_000).play(9_000, 1);
    assertThat(outcome.toString(), outcome.dead, is(empty()));
    assertThat(outcome.mostAttempts, is(0));
  }
}
