package io.sluice.internal.capacity;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.closeTo;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThan;

import io.sluice.internal.capacity.Trial.Verdict;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TrialTest {
  private static final int SEEDS = 400;

  /**
   * @param before the share in the sample
   * @param after the share in the trial
   * @return how many of the trials say that it helps, and how many calls they take
   */
  private static double[] trials(double before, int sample, double after) {
    int helps = 0;
    double calls = 0;
    for (int seed = 0; seed < SEEDS; seed++) {
      Random random = new Random(seed);
      int failed = 0;
      for (int i = 0; i < sample; i++) {
        failed += random.nextDouble() < before ? 1 : 0;
      }
      Trial trial = new Trial(sample, failed);
      Verdict verdict;
      do {
        verdict = trial.add(random.nextDouble() < after);
      } while (verdict == Verdict.OPEN);
      helps += verdict == Verdict.HELPS ? 1 : 0;
      calls += trial.calls();
    }
    return new double[] {(double) helps / SEEDS, calls / SEEDS};
  }

  @Test
  void theSameShare_hardlyEverHelps() {
    for (double share : new double[] {0.1, 0.15, 0.3, 0.6}) {
      double[] result = trials(share, 30, share);
      assertThat("share " + share, result[0], is(lessThan(0.05)));
      assertThat("calls at " + share, result[1], is(lessThan(8 / share)));
    }
    assertThat("a small one in a larger sample", trials(0.05, 64, 0.05)[0], is(lessThan(0.1)));
  }

  @Test
  void noneAnyMore_nearlyAlwaysHelps() {
    for (double share : new double[] {0.1, 0.15, 0.3, 0.6}) {
      double[] result = trials(share, 30, 0.002);
      assertThat("share " + share, result[0], is(greaterThan(0.9)));
    }
  }

  @Test
  void theShareBefore() {
    assertThat(new Trial(100, 30).before(), is(closeTo(0.3, 0.02)));
    assertThat(new Trial(1_000, 40).before(), is(closeTo(0.04, 0.005)));
    assertThat(new Trial(12, 12).before(), is(greaterThan(0.85)));
  }
}
