package io.sluice.internal.evidence;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThan;
import static org.hamcrest.Matchers.lessThanOrEqualTo;

import io.sluice.internal.quota.ProviderModel.Bucket;
import io.sluice.internal.quota.ProviderModel.Counter;
import io.sluice.internal.quota.ProviderModel.FixedWindow;
import io.sluice.internal.quota.ProviderModel.SlidingWindow;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.Random;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Limits that are kept exactly, stated or not. */
class RateTest {
  private static final long SECOND = Drill.SECOND;

  private static void check(
      String name,
      int stated,
      int limit,
      int documents,
      double least,
      double mostRefused,
      Supplier<Server> server) {
    for (int seed = 1; seed <= 2; seed++) {
      Drill.Outcome outcome = new Drill(server.get(), stated).play(documents, seed);
      String what = name + ", seed " + seed + ": " + outcome;
      assertThat(what, outcome.perMinute() / limit, is(greaterThan(least)));
      assertThat(what, outcome.refusedShare(), is(lessThanOrEqualTo(mostRefused)));
    }
  }

  @Test
  void atTheBeginning_aLongWaitIsBelievedAfterThree() {
    Failure later = Servers.refusal(Duration.ofSeconds(65), Left.UNKNOWN);
    Server server =
        (document, latency, at) ->
            at < 64 * Drill.SECOND ? Server.Said.refuses(later) : Server.Said.answers(latency);
    Drill.Outcome outcome = new Drill(server, 60_000).maxConcurrent(2).play(40, 1);
    assertThat(outcome.toString(), outcome.answered, is(40L));
    assertThat(outcome.toString(), outcome.refused.size(), is(lessThan(9)));
    assertThat(outcome.toString(), outcome.ends, is(lessThan(100 * Drill.SECOND)));
  }

  /** On a busy machine: they come back late, and the first of them last. */
  @Test
  void atTheBeginning_aLongWaitIsBelieved_inWhateverOrderItComes() {
    Failure later = Servers.refusal(Duration.ofSeconds(65), Left.UNKNOWN);
    Evidence<String> evidence =
        new Evidence<>(new Watched(2, 5, Duration.ofMinutes(10), ZoneOffset.UTC), new Random(1), 0);
    Departed<String> first = evidence.depart("a", new Asked(0, null), 0.01, 0);
    Departed<String> second = evidence.depart("b", new Asked(0, null), 0.01, 1);
    evidence.readyAt(SECOND);
    evidence.failed(second, later, true, 2 * SECOND);
    assertThat(evidence.readyAt(2 * SECOND), is(2 * SECOND));
    evidence.failed(first, later, true, 2 * SECOND + 1);
    assertThat(evidence.readyAt(3 * SECOND), is(greaterThan(67 * SECOND)));
  }

  @Test
  void theStatedLimit_isUsedAndNothingRefused() {
    for (int stated : new int[] {0, 6_000}) {
      for (boolean hints : new boolean[] {false, true}) {
        String with = stated + " in headers, hints " + hints;
        check(
            with,
            6_000,
            6_000,
            9_000,
            0.99,
            0,
            () -> Servers.exact(new Bucket(6_000, 1), stated, hints));
        check(
            with,
            6_000,
            6_000,
            9_000,
            0.99,
            0,
            () -> Servers.exact(new FixedWindow(6_000, 60), stated, hints));
        check(
            with,
            6_000,
            6_000,
            9_000,
            0.99,
            0,
            () -> Servers.exact(new SlidingWindow(6_000, 60), stated, hints));
        check(
            with,
            6_000,
            6_000,
            9_000,
            0.98,
            0.001,
            () -> Servers.exact(new FixedWindow(6_000, 10), stated, hints));
        check(
            with,
            6_000,
            6_000,
            9_000,
            0.98,
            0.001,
            () -> Servers.exact(new FixedWindow(6_000, 1), stated, hints));
      }
    }
  }

  @Test
  void aLowerOneThatHeadersTell_too() {
    for (boolean hints : new boolean[] {false, true}) {
      String with = "hints " + hints;
      check(
          with,
          12_000,
          6_000,
          9_000,
          0.99,
          0,
          () -> Servers.exact(new Bucket(6_000, 1), 6_000, hints));
      check(
          with,
          10_000,
          6_000,
          15_000,
          0.99,
          0,
          () -> Servers.exact(new FixedWindow(6_000, 60), 6_000, hints));
      check(
          with,
          12_000,
          6_000,
          9_000,
          0.98,
          0.002,
          () -> Servers.exact(new Bucket(6_000, 0.2), 6_000, hints));
    }
  }

  @Test
  void aLowerOneThatNothingTells_isFoundOut() {
    for (boolean hints : new boolean[] {false, true}) {
      String with = "hints " + hints;
      check(
          with,
          12_000,
          6_000,
          9_000,
          0.97,
          0.03,
          () -> Servers.exact(new Bucket(6_000, 1), 0, hints));
      check(
          with,
          12_000,
          6_000,
          9_000,
          0.9,
          0.04,
          () -> Servers.exact(new Bucket(6_000, 0.2), 0, hints));
      check(
          with,
          10_000,
          6_000,
          15_000,
          0.95,
          0.01,
          () -> Servers.exact(new FixedWindow(6_000, 60), 0, hints));
      check(
          with,
          10_000,
          6_000,
          15_000,
          0.95,
          0.01,
          () -> Servers.exact(new SlidingWindow(6_000, 60), 0, hints));
      check(with, 500, 300, 1_500, 0.97, 0.07, () -> Servers.exact(new Bucket(300, 1), 0, hints));
    }
  }

  /** Others send so many requests a second on the same account. */
  private static Counter shared(Counter limit, double perSecond) {
    return new Counter() {
      private long next;

      private void others(long now) {
        for (; next <= now; next += (long) (SECOND / perSecond)) {
          if (limit.admits(1, next)) {
            limit.charge(1, next);
          }
        }
      }

      @Override
      public boolean admits(double amount, long now) {
        others(now);
        return limit.admits(amount, now);
      }

      @Override
      public void charge(double amount, long now) {
        limit.charge(amount, now);
      }

      @Override
      public void refund(double amount, long now) {
        limit.refund(amount, now);
      }

      @Override
      public double remaining(long now) {
        return limit.remaining(now);
      }

      @Override
      public long nanosUntil(double amount, long now) {
        return limit.nanosUntil(amount, now);
      }
    };
  }

  @Test
  void othersUseHalfOfTheAccount_theRestIsUsed() {
    for (int stated : new int[] {0, 6_000}) {
      for (boolean hints : new boolean[] {false, true}) {
        check(
            stated + " in headers, hints " + hints,
            6_000,
            3_000,
            4_500,
            0.95,
            stated > 0 ? 0.01 : hints ? 0.05 : 0.1,
            () -> Servers.exact(shared(new Bucket(6_000, 1), 50), stated, hints));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {6_000, 30_000})
  void whatTheProviderHasToGiveSinksForTwoMinutes_andComesBack(int perMinute) {
    double perSecond = perMinute / 60.0;
    for (boolean headers : new boolean[] {false, true}) {
      for (int seed = 1; seed <= 3; seed++) {
        long from = 60 * SECOND;
        long until = 180 * SECOND;
        Server server = Servers.sinks(perMinute, 0.4, from, until, headers);
        Drill.Outcome outcome =
            new Drill(server, perMinute)
                .maxConcurrent(perMinute / 10)
                .play(4 * perMinute, seed, 240 * SECOND);
        String what = "headers " + headers + ", seed " + seed + ": " + outcome;
        double toGive = perSecond * (60 + 0.4 * 120 + 60);
        assertThat(what, outcome.letIn(0, 240 * SECOND) / toGive, is(greaterThan(0.9)));
        assertThat(
            what, outcome.letIn(from, until) / (0.4 * 120 * perSecond), is(greaterThan(0.9)));
        double refused = outcome.refused(from, until);
        assertThat(what, refused / (refused + outcome.letIn(from, until)), is(lessThan(0.03)));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {600, 1_200})
  void ofASmallQuota_too(int perMinute) {
    for (int seed = 1; seed <= 16; seed++) {
      Server server = Servers.sinks(perMinute, 0.4, 60 * SECOND, 180 * SECOND, false);
      Drill.Outcome outcome = new Drill(server, perMinute).play(4 * perMinute, seed, 240 * SECOND);
      String what = "seed " + seed + ": " + outcome;
      assertThat(what, outcome.letIn(0, 240 * SECOND) / (2.8 * perMinute), is(greaterThan(0.9)));
      assertThat(what, outcome.refusedShare(), is(lessThan(0.03)));
    }
  }
}
