package io.sluice.internal.capacity;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.closeTo;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.greaterThanOrEqualTo;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThan;

import org.junit.jupiter.api.Test;

class PaceTest {
  private static final long SECOND = 1_000_000_000L;
  private static final double HUNDRED = 100e-9;

  @Test
  void afterACut_itIsSoonNearWhatFailed_thenSlow_thenFaster() {
    Pace pace = new Pace();
    pace.cut(0.38, 0.4, HUNDRED, 0);
    assertThat(pace.at(0), is(closeTo(0.38, 1e-9)));
    assertThat("half of the way", pace.at(2 * SECOND), is(greaterThan(0.395)));
    assertThat(pace.at(4 * SECOND), is(closeTo(0.4, 1e-9)));
    assertThat("careful", pace.at(8 * SECOND), is(closeTo(0.42, 0.001)));
    assertThat("then not", pace.at(13 * SECOND), is(greaterThan(0.8)));
    assertThat(pace.at(20 * SECOND), is(1.0));
    double last = 0;
    for (long at = 0; at < 30 * SECOND; at += SECOND / 100) {
      assertThat(pace.at(at), is(greaterThanOrEqualTo(last)));
      last = pace.at(at);
    }
  }

  @Test
  void fewCalls_itTakesLonger() {
    Pace pace = new Pace();
    pace.cut(0.38, 0.4, 4e-9, 0);
    assertThat(pace.cycleNanos(), is(10e9));
    assertThat(pace.at(5 * SECOND), is(lessThan(0.4)));
  }

  @Test
  void itFailsWhereItFailedBefore_itIsLessEager() {
    Pace eager = new Pace();
    eager.cut(0.38, 0.4, HUNDRED, 0);
    assertThat(eager.at(13 * SECOND), is(1.0));
    Pace pace = new Pace();
    for (int i = 0; i < 4; i++) {
      pace.fails(0);
    }
    pace.cut(0.38, 0.4, HUNDRED, 0);
    assertThat(pace.at(13 * SECOND), is(lessThan(0.67)));
  }

  @Test
  void held_andFree() {
    Pace pace = new Pace();
    pace.hold(0.5);
    assertThat(pace.at(100 * SECOND), is(0.5));
    assertThat(pace.isNear(0), is(false));
    pace.free();
    assertThat(pace.isFree(0), is(true));
  }
}
