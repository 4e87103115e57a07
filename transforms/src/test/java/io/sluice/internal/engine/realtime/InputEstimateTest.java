package io.sluice.internal.engine.realtime;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.both;
import static org.hamcrest.Matchers.greaterThanOrEqualTo;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThanOrEqualTo;

import java.util.Random;
import org.junit.jupiter.api.Test;

class InputEstimateTest {
  @Test
  void exactCount_isTakenAsItIs() {
    InputEstimate inputs = new InputEstimate(true);
    assertThat(inputs.of(1_000), is(1_000L));
    inputs.learn(1_000, 1_000);
    assertThat(inputs.of(1_000), is(1_000L));
  }

  @Test
  void estimate_beginsAboveTheCount() {
    assertThat(new InputEstimate(false).of(1_000), is(1_200L));
  }

  @Test
  void estimate_convergesToWhatTheProviderCounts() {
    for (double actual : new double[] {0.7, 1, 1.35, 2.5}) {
      InputEstimate inputs = new InputEstimate(false);
      Random random = new Random(1);
      for (int i = 0; i < 100; i++) {
        long count = 10 + random.nextInt(500);
        inputs.learn(count, Math.round(count * actual * (0.9 + 0.2 * random.nextDouble())));
      }
      assertThat(
          "factor " + actual,
          (double) inputs.of(10_000),
          is(both(greaterThanOrEqualTo(9_700 * actual)).and(lessThanOrEqualTo(10_300 * actual))));
    }
  }

  @Test
  void exactCountThatLacksASchema_isCorrectedToo() {
    InputEstimate inputs = new InputEstimate(true);
    for (int i = 0; i < 100; i++) {
      inputs.learn(50, 90);
    }
    assertThat(inputs.of(50), is(both(greaterThanOrEqualTo(85L)).and(lessThanOrEqualTo(90L))));
  }

  @Test
  void documentsThatChange_areFollowed() {
    InputEstimate inputs = new InputEstimate(false);
    for (int i = 0; i < 1_000; i++) {
      inputs.learn(100, 100);
    }
    for (int i = 0; i < 500; i++) {
      inputs.learn(100, 150);
    }
    assertThat(inputs.of(100), greaterThanOrEqualTo(148L));
  }

  @Test
  void noUsage_orNonsense_changesNothingForLong() {
    InputEstimate inputs = new InputEstimate(false);
    inputs.learn(0, 100);
    inputs.learn(100, 0);
    assertThat(inputs.of(1_000), is(1_200L));
    inputs.learn(1_000, 1_000_000);
    assertThat("a factor of five at most", inputs.of(1_000), is(5_000L));
  }
}
