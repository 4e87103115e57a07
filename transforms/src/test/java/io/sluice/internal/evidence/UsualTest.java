package io.sluice.internal.evidence;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThan;
import static org.hamcrest.Matchers.lessThanOrEqualTo;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The share of calls that fail anyway. */
class UsualTest {
  private static Usual after(double share, int calls, long seed) {
    Usual usual = new Usual();
    Random random = new Random(seed);
    for (int i = 0; i < calls; i++) {
      if (random.nextDouble() < share) {
        usual.fails();
      } else {
        usual.passes();
      }
    }
    return usual;
  }

  private static int longest(Usual usual) {
    return usual.longestRun(1e-9, 1, 1_000);
  }

  @Test
  void beforeAnythingIsKnown_tenAreTooMany() {
    assertThat(longest(new Usual()), is(10));
    assertThat(longest(after(0, 1_000, 1)), is(lessThan(5)));
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.3, 0.5, 0.7, 0.8, 0.9})
  void aRunIsAsLongAsTheShareExplains(double share) {
    double expected = Math.log(1e-9) / Math.log(share);
    for (int seed = 1; seed <= 5; seed++) {
      int longest = longest(after(share, 2_000, seed));
      assertThat(
          share + ", seed " + seed,
          (double) longest,
          is(allOf(greaterThan(0.55 * expected), lessThan(1.4 * expected))));
    }
  }

  @Test
  void failuresThatNothingHasEnded_explainNothing() {
    Usual usual = after(0.01, 1_000, 1);
    int before = longest(usual);
    for (int i = 0; i < 200; i++) {
      usual.fails();
    }
    assertThat(longest(usual), is(before));
    usual.forgetOpen();
    usual.passes();
    assertThat(
        "nor do those of an outage that is over", longest(usual), is(lessThanOrEqualTo(before)));
  }

  @Test
  void whatWasUsual_isForgotten() {
    Usual usual = after(0.8, 2_000, 1);
    for (int i = 0; i < 2_000; i++) {
      usual.passes();
    }
    assertThat(longest(usual), is(lessThan(12)));
  }
}
