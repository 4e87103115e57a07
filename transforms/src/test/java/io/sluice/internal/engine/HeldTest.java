package io.sluice.internal.engine;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.is;

import org.junit.jupiter.api.Test;

/** When a JVM takes no more rows. */
class HeldTest {
  private static Held held(int rows, long bytes) {
    Held held = new Held(1_000_000);
    held.add(rows, bytes);
    return held;
  }

  @Test
  void fewRows_areAlwaysTaken() {
    assertThat(held(2_000, 5_000_000).wantsMore(), is(true));
  }

  @Test
  void fourWindowsOfWork_areEnough() {
    Held held = held(3_000, 1);
    held.add(700, false);
    assertThat(held.wantsMore(), is(false));
    held.add(60, false);
    assertThat(held.wantsMore(), is(true));
  }

  @Test
  void oneFullEngine_doesNotStarveAnother() {
    Held held = held(19_000, 900_000);
    held.add(50, false);
    held.add(0, 0);
    held.add(50, true);
    assertThat(held.wantsMore(), is(true));
    held.add(1, 200_000);
    assertThat("but memory is the limit", held.wantsMore(), is(false));
  }
}
