package io.sluice.internal.evidence;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThan;
import static org.hamcrest.Matchers.nullValue;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A share of the calls is refused by chance, whatever the rate: it costs those calls alone. */
class SharedCapacityTest {
  private static final @Nullable Duration[] HINTS = {
    null, Duration.ofSeconds(1), Duration.ofSeconds(20)
  };

  @ParameterizedTest
  @ValueSource(doubles = {0.01, 0.04, 0.15, 0.3})
  void theRestOfTheQuotaIsUsed(double share) {
    check(6_000, 9_000, share, 0.95);
    check(30_000, 20_000, share, 0.95);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.01, 0.04, 0.15, 0.3})
  void ofASmallQuota_nearlyAll(double share) {
    check(300, 1_500, share, 0.94);
  }

  private static void check(int perMinute, int documents, double share, double least) {
    for (Duration hint : HINTS) {
      double sum = 0;
      for (int seed = 1; seed <= 3; seed++) {
        Drill.Outcome outcome =
            new Drill(Servers.chance(perMinute, share, hint, seed), perMinute)
                .maxConcurrent(Math.max(50, perMinute / 10))
                .play(documents, seed);
        String what = perMinute + ", hint " + hint + ", seed " + seed + ": " + outcome;
        assertThat(what, outcome.answered, is((long) documents));
        assertThat(what, outcome.stop, is(nullValue()));
        assertThat(what, outcome.mostAttempts, is(0));
        assertThat(what, outcome.refusedShare(), is(lessThan(share + 0.03)));
        double used = outcome.perMinute() / perMinute / (1 - share);
        assertThat(what, used, is(greaterThan(0.85)));
        sum += used;
      }
      assertThat(perMinute + ", hint " + hint, sum / 3, is(greaterThan(least)));
    }
  }

  /** A tier without room says nothing of the account, and nothing is tried out with its rate. */
  @ParameterizedTest
  @ValueSource(doubles = {0.05, 0.3, 0.5, 0.7, 0.8})
  void tierWithoutRoom_costsItsOwnCallsAlone(double share) {
    // Of few documents the end, which waits for single ones, is most: how fast says nothing.
    for (int documents : new int[] {200, 3_000}) {
      for (int seed = 1; seed <= 3; seed++) {
        Drill.Outcome outcome =
            new Drill(
                    Servers.turnsAway(
                        6_000, share, Servers.failure(429, Prior.TIER, "no room"), seed),
                    6_000)
                .maxConcurrent(600)
                .play(documents, seed);
        String what = documents + ", seed " + seed + ": " + outcome;
        assertThat(what, outcome.answered, is((long) documents));
        assertThat(what, outcome.stop, is(nullValue()));
        assertThat(what, outcome.dead.isEmpty(), is(true));
        assertThat(what, outcome.mostAttempts, is(0));
        if (documents > 1_000) {
          double used = outcome.perMinute() / 6_000 / (1 - share);
          assertThat(what, used, is(greaterThan(0.9)));
        }
      }
    }
  }
}
