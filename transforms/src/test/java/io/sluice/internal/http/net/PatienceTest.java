package io.sluice.internal.http.net;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.closeTo;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.is;

import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PatienceTest {
  private static final double SECOND = 1e9;

  private static Patience usual() {
    return Patience.between(Duration.ofSeconds(60), Duration.ofMinutes(10));
  }

  private static double seconds(Patience patience) {
    return patience.nanos() / SECOND;
  }

  @Test
  void whatATaskSays_isThat() {
    Patience patience = Patience.of(Duration.ofSeconds(5));
    for (int i = 0; i < 100; i++) {
      patience.answered((long) (4 * SECOND));
    }
    assertThat(seconds(patience), is(5.0));
  }

  @Test
  void beforeAModelIsKnown_itMayBeOneThatThinks() {
    Patience patience = usual();
    for (int i = 0; i < Patience.KNOWN - 1; i++) {
      patience.answered((long) (2 * SECOND));
      assertThat(seconds(patience), is(600.0));
    }
    patience.answered((long) (2 * SECOND));
    assertThat(seconds(patience), is(60.0));
  }

  @Test
  void theSlowerItIs_theLonger_andFasterAgain() {
    Patience patience = usual();
    for (int i = 0; i < 50; i++) {
      patience.answered((long) ((40 + i % 2 * 60) * SECOND));
    }
    assertThat(seconds(patience), is(closeTo(300, 1)));
    patience.answered((long) (500 * SECOND));
    assertThat(seconds(patience), is(600.0));
    for (int i = 0; i < 5_000; i++) {
      patience.answered((long) SECOND);
    }
    assertThat(seconds(patience), is(60.0));
  }

  @Test
  void ofASlowModel_noAnswerIsGivenUp() {
    // All of a job's first minute leaves at once: what is in flight is judged by what came before.
    Random random = new Random(1);
    Patience patience = usual();
    double[] takes = random.doubles(3_000).map(x -> 26.5 * Math.exp(0.5 * gauss(random))).toArray();
    Arrays.sort(takes);
    int givenUp = 0;
    for (double seconds : takes) {
      givenUp += seconds > seconds(patience) ? 1 : 0;
      patience.answered((long) (seconds * SECOND));
    }
    assertThat(takes[2_999], is(greaterThan(100.0)));
    assertThat(givenUp, is(0));
  }

  private static double gauss(Random random) {
    return random.nextGaussian();
  }
}
