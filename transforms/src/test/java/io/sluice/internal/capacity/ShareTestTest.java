package io.sluice.internal.capacity;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThan;

import java.util.Random;
import org.junit.jupiter.api.Test;

class ShareTestTest {
  /** How many calls until an alarm, on average; at most so many. */
  private static double callsUntilAlarm(double share, double tolerated, int atMost) {
    double sum = 0;
    for (int seed = 0; seed < 50; seed++) {
      Random random = new Random(seed);
      ShareTest test = new ShareTest();
      if (tolerated > 0) {
        test.tolerate(tolerated, 200);
      }
      int calls = 1;
      while (calls < atMost && !test.add(random.nextDouble() < share)) {
        calls++;
      }
      sum += calls;
    }
    return sum / 50;
  }

  @Test
  void aShareThatMatters_isSeenSoon_andOneThatDoesNotLate() {
    assertThat("all", callsUntilAlarm(1, 0, 1_000), is(4.0));
    assertThat("half", callsUntilAlarm(0.5, 0, 1_000), is(lessThan(10.0)));
    assertThat("a tenth", callsUntilAlarm(0.1, 0, 10_000), is(lessThan(80.0)));
    assertThat("a hundredth", callsUntilAlarm(0.01, 0, 20_000), is(greaterThan(10_000.0)));
  }

  @Test
  void whatIsTolerated_isNoAlarm_andMuchMoreIsOne() {
    for (double share : new double[] {0.04, 0.15, 0.3}) {
      assertThat(callsUntilAlarm(share, share, 20_000), is(greaterThan(10_000.0)));
      assertThat(callsUntilAlarm(2 * share + 0.15, share, 20_000), is(lessThan(250.0)));
    }
  }

  @Test
  void whatIsTolerated_followsTheFailuresDown() {
    ShareTest test = new ShareTest();
    test.tolerate(0.3, 100);
    for (int i = 0; i < 2_000; i++) {
      test.add(false);
    }
    assertThat(test.tolerated(), is(0.0));
  }

  @Test
  void runsByChance() {
    ShareTest test = new ShareTest();
    assertThat("nothing tolerated", test.longestRun(1e-9, 1, 100), is(7));
    test.tolerate(0.3, 100);
    assertThat(test.longestRun(1e-9, 1, 100), is(greaterThan(20)));
    assertThat("within bounds", test.longestRun(1e-9, 1, 12), is(12));
  }
}
