package io.sluice.internal.cascade;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.both;
import static org.hamcrest.Matchers.closeTo;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThan;
import static org.hamcrest.Matchers.lessThanOrEqualTo;

import java.util.SplittableRandom;
import org.apache.commons.statistics.distribution.HypergeometricDistribution;
import org.junit.jupiter.api.Test;

class AuditBoundTest {
  private static final double SHARE = 0.05;
  private static final double DELTA = 0.1;

  /** At all times at once: one look after each wrong row. */
  @Test
  void theBoundHoldsAtAnyTime() {
    AuditBound bound = new AuditBound(SHARE);
    double[] upper = new double[600];
    for (int found = 0; found < upper.length; found++) {
      upper[found] = bound.upper(found, DELTA);
    }
    SplittableRandom random = new SplittableRandom(1);
    int broken = 0;
    for (int run = 0; run < 2_000; run++) {
      int found = 0;
      boolean held = true;
      for (int wrong = 1; wrong <= 5_000; wrong++) {
        found += random.nextDouble() < SHARE ? 1 : 0;
        held &= wrong <= upper[found];
      }
      broken += held ? 0 : 1;
    }
    assertThat(broken / 2_000.0, is(both(greaterThan(0.01)).and(lessThanOrEqualTo(DELTA))));
  }

  @Test
  void theBoundIsNotFarFromWhatIsLikely() {
    AuditBound bound = new AuditBound(SHARE);
    assertThat(bound.upper(0, DELTA), is(lessThan(100.0)));
    assertThat(bound.upper(100, DELTA), is(both(greaterThan(2_000.0)).and(lessThan(3_000.0))));
  }

  @Test
  void ofDrawn_isTheLargestNumberThatIsNotImprobable() {
    int most = Bounds.ofDrawn(1_000, 200, 5, 0.05);
    assertThat(
        HypergeometricDistribution.of(1_000, most, 200).cumulativeProbability(5),
        is(greaterThan(0.05)));
    assertThat(
        HypergeometricDistribution.of(1_000, most + 1, 200).cumulativeProbability(5),
        is(lessThanOrEqualTo(0.05)));
    assertThat("all are known", Bounds.ofDrawn(200, 200, 5, 0.05), is(5));
  }

  @Test
  void ofShare_isThatOfClopperAndPearson() {
    assertThat(Bounds.ofShare(100, 0, 0.05), is(closeTo(1 - Math.pow(0.05, 0.01), 1e-6)));
    assertThat(Bounds.ofShare(0, 0, 0.05), is(1.0));
  }
}
