package io.sluice.internal.engine.realtime;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThan;
import static org.hamcrest.Matchers.lessThanOrEqualTo;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayDeque;
import java.util.Random;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConcurrencyTest {
  /** A window kept full: as a call ends, others begin. The server sees how many are in flight. */
  private static final class Load {
    final Concurrency window;
    final ArrayDeque<Long> inFlight = new ArrayDeque<>();
    long answered;
    long turnedAway;

    Load(Concurrency window) {
      this.window = window;
    }

    /**
     * @param turnsAway told how many calls are in flight
     */
    Load serve(int calls, IntPredicate turnsAway) {
      answered = 0;
      turnedAway = 0;
      for (int i = 0; i < calls; i++) {
        while (window.mayStart(inFlight.size())) {
          inFlight.add(window.start());
        }
        boolean away = turnsAway.test(inFlight.size());
        long call = inFlight.remove();
        if (away) {
          turnedAway++;
          window.overloaded(call);
        } else {
          answered++;
          window.succeeded(call);
        }
      }
      return this;
    }

    double shareTurnedAway() {
      return (double) turnedAway / (answered + turnedAway);
    }
  }

  private static IntPredicate capacity(int most, Random random) {
    return inFlight -> inFlight > most && random.nextDouble() > (double) most / inFlight;
  }

  @Test
  void beginsWithWhatTheQuotaNeedsWithinTheCap() {
    assertThat(new Concurrency(500, 200).limit(), is(200));
    assertThat(new Concurrency(100, 200).limit(), is(100));
    assertThat(new Concurrency(100, 1).limit(), is(16));
    assertThat(new Concurrency(3, 1).limit(), is(3));
    assertThrows(IllegalArgumentException.class, () -> new Concurrency(0, 1));
  }

  @Test
  void doublesOnceALatencyUpToTheCap() {
    Load load = new Load(new Concurrency(100, 0));
    load.serve(16, inFlight -> false);
    assertThat(load.window.limit(), is(32));
    load.serve(1_000, inFlight -> false);
    assertThat(load.window.limit(), is(100));
  }

  @Test
  void theManyFailuresOfOneOverloadCountOnce() {
    Concurrency window = new Concurrency(64, 64);
    long[] calls = new long[64];
    for (int i = 0; i < 64; i++) {
      calls[i] = window.start();
    }
    for (long call : calls) {
      window.overloaded(call);
    }
    assertThat(window.limit(), is(32));
  }

  @Test
  void aFewFailuresAreNoOverload() {
    Load load = new Load(new Concurrency(100, 100));
    Random random = new Random(1);
    load.serve(20_000, inFlight -> random.nextDouble() < 0.02);
    assertThat(load.window.limit(), is(greaterThan(90)));
  }

  /**
   * One provider turns away a fixed share whatever the load: a smaller window only wastes quota.
   */
  @ParameterizedTest
  @ValueSource(doubles = {0.05, 0.1, 0.15, 0.25})
  void failuresThatASmallerWindowDoesNotCureAreTolerated(double share) {
    for (int seed = 0; seed < 20; seed++) {
      Random random = new Random(seed);
      Load load = new Load(new Concurrency(150, 150));
      load.serve(2_000, inFlight -> random.nextDouble() < share);
      long limits = 0;
      for (int i = 0; i < 20_000; i++) {
        load.serve(1, inFlight -> random.nextDouble() < share);
        limits += load.window.limit();
      }
      assertThat("seed " + seed, limits / 20_000.0, is(greaterThan(120.0)));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {5, 20, 60})
  void settlesAboutWhatTheServerCanTake(int capacity) {
    for (int seed = 0; seed < 20; seed++) {
      Random random = new Random(seed);
      Load load = new Load(new Concurrency(200, 200));
      load.serve(3_000, capacity(capacity, random));
      long limits = 0;
      long away = 0;
      for (int i = 0; i < 20_000; i++) {
        load.serve(1, capacity(capacity, random));
        limits += load.window.limit();
        away += load.turnedAway;
      }
      assertThat("seed " + seed, limits / 20_000.0, is(greaterThan(0.7 * capacity)));
      assertThat("seed " + seed, limits / 20_000.0, is(lessThan(1.2 * capacity + 1)));
      assertThat("seed " + seed, away / 20_000.0, is(lessThan(0.1)));
    }
  }

  @Test
  void whatIsToleratedSinksAgain() {
    Random random = new Random(3);
    Load load = new Load(new Concurrency(150, 150));
    load.serve(10_000, inFlight -> random.nextDouble() < 0.2);
    load.serve(20_000, inFlight -> false);
    load.serve(3_000, capacity(40, random));
    load.serve(10_000, capacity(40, random));
    assertThat(load.shareTurnedAway(), is(lessThan(0.1)));
  }

  @Test
  void anOutageShrinksToOneCallAndTheWayBackIsShort() {
    Load load = new Load(new Concurrency(128, 128));
    load.serve(600, inFlight -> true);
    assertThat(load.window.limit(), is(1));
    assertThat(load.window.mayStart(0), is(true));
    assertThat(load.window.mayStart(1), is(false));
    load.serve(128, inFlight -> false);
    assertThat("half of what was good", load.window.limit(), is(greaterThan(63)));
    load.serve(3_000, inFlight -> false);
    assertThat(load.window.limit(), is(128));
    assertThat(load.window.limit(), is(lessThanOrEqualTo(128)));
  }
}
