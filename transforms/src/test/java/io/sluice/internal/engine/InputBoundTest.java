package io.sluice.internal.engine;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.greaterThanOrEqualTo;
import static org.hamcrest.Matchers.is;

import org.junit.jupiter.api.Test;

class InputBoundTest {
  @Test
  void anExactCount_isTakenAsItIs() {
    InputBound bound = new InputBound(true);
    bound.learn(1_000, 1_000);
    bound.learn(1_000, 900);
    assertThat(bound.of(1_000), is(1_000L));
  }

  @Test
  void anEstimate_isRaisedByAQuarter() {
    assertThat(new InputBound(false).of(950), is(1_250L));
  }

  @Test
  void whatWasCountedHigher_raisesAllThatFollow() {
    InputBound bound = new InputBound(true);
    // A schema of 40 tokens that nobody counted.
    bound.learn(10, 50);
    assertThat(bound.of(10), greaterThanOrEqualTo(50L));
    assertThat("added once, not as a factor", bound.of(10_000), is(10_050L));
    bound.learn(1_000, 2_100);
    assertThat(bound.of(1_000), is(2_100L));
    bound.learn(1_000, 1_000);
    assertThat("it never falls", bound.of(1_000), is(2_100L));
    bound.learn(0, 500);
    assertThat("a count that is not known teaches nothing", bound.of(1_000), is(2_100L));
  }
}
