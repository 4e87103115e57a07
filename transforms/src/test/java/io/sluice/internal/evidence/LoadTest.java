package io.sluice.internal.evidence;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThan;
import static org.hamcrest.Matchers.lessThanOrEqualTo;

import io.sluice.internal.quota.ProviderModel.Bucket;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Servers that take so many calls at once, and models that take half a minute for one. */
class LoadTest {
  private static final List<Failure> FULL =
      List.of(
          Servers.failure(503, Prior.LOAD, "the kitchen is busy"),
          Servers.failure(529, Prior.LOAD, "the kitchen is busy"),
          Servers.failure(429, Prior.RATE, "the kitchen is busy"),
          Servers.failure(429, Prior.CALL, "engine overloaded"));

  @ParameterizedTest
  @ValueSource(ints = {5, 20, 60})
  void theServersPlacesAreFilled_andItIsNotStormed(int places) {
    for (Failure full : FULL) {
      for (int seed = 1; seed <= 3; seed++) {
        Drill.Outcome outcome =
            new Drill(Servers.places(places, full), 6_000)
                .latency(1.5, 0.5)
                .play(places * 100, seed);
        String what = full.said() + ", seed " + seed + ": " + outcome;
        assertThat(what, outcome.answered, is(places * 100L));
        double used = outcome.perMinute() / (places * 60 / 1.5);
        assertThat(what, used, is(greaterThan(full.prior() == Prior.LOAD ? 0.95 : 0.8)));
        int most = full.prior() == Prior.LOAD ? 65 + places : 160 + places;
        assertThat(what, outcome.refused.size(), is(lessThan(most)));
      }
    }
  }

  @Test
  void slowModel_theQuotaIsUsedFromTheFirstCallOn() {
    for (int seed = 1; seed <= 3; seed++) {
      Drill.Outcome outcome =
          new Drill(Servers.exact(new Bucket(6_000, 1), 0, false), 6_000)
              .latency(30, 0.5)
              .maxConcurrent(5_000)
              .play(12_000, seed);
      assertThat(outcome.toString(), outcome.perMinute(), is(greaterThan(0.96 * 6_000)));
      assertThat(outcome.toString(), outcome.refusedShare(), is(lessThanOrEqualTo(0.001)));
    }
  }

  @Test
  void slowModel_someRefusedByChance() {
    for (int seed = 1; seed <= 3; seed++) {
      Drill.Outcome outcome =
          new Drill(Servers.chance(6_000, 0.04, null, seed), 6_000)
              .latency(30, 0.5)
              .maxConcurrent(5_000)
              .play(12_000, seed);
      assertThat(outcome.toString(), outcome.perMinute(), is(greaterThan(0.95 * 0.96 * 6_000)));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {5, 20, 60})
  void slowModelOnASmallServer_itIsNotStormed(int places) {
    for (int seed = 1; seed <= 2; seed++) {
      Drill.Outcome outcome =
          new Drill(Servers.places(places, FULL.get(0)), 6_000)
              .latency(30, 0.5)
              .maxConcurrent(5_000)
              .play(places * 20, seed);
      assertThat(outcome.toString(), outcome.perMinute() / (2 * places), is(greaterThan(0.9)));
      assertThat(outcome.toString(), outcome.refused.size(), is(lessThan(70)));
    }
  }

  @Test
  void aServerThatIsSlowAndTakesAll_isGivenWhatTheQuotaSays() {
    Drill.Outcome outcome =
        new Drill((document, latency, at) -> Server.Said.answers(latency), 600)
            .latency(20, 0.5)
            .maxConcurrent(20)
            .play(200, 1);
    assertThat(outcome.mostAtOnce, is(20));
  }
}
