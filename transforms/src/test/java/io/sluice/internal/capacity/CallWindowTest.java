package io.sluice.internal.capacity;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThan;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class CallWindowTest {
  private static final long QUARTER = 250_000_000L;

  @Test
  void opens_whileItIsFull_withoutAnAnswer() {
    CallWindow window = new CallWindow(1_000);
    assertThat(window.readyAt(0, 0), is(0L));
    assertThat("full", window.readyAt(16, 0), is(QUARTER));
    assertThat(window.readyAt(16, QUARTER), is(QUARTER));
    assertThat(window.limit(), is(32));
    window.readyAt(20, 2 * QUARTER);
    assertThat("not full", window.limit(), is(32));
    for (int i = 2; i < 12; i++) {
      window.readyAt(window.limit(), i * QUARTER);
    }
    assertThat("within the cap", window.limit(), is(1_000));
    assertThat(window.readyAt(1_000, 12 * QUARTER), is(Long.MAX_VALUE));
    assertThrows(IllegalArgumentException.class, () -> new CallWindow(0));
    assertThat(new CallWindow(3).limit(), is(3));
  }

  @Test
  void boundByTheServer_itGrowsSlowly_andFasterWhereNothingIsTurnedAway() {
    CallWindow window = new CallWindow(500);
    window.free(100);
    window.bound(20);
    assertThat(window.limit(), is(20));
    assertThat("only an end makes room", window.readyAt(20, QUARTER), is(Long.MAX_VALUE));
    for (int i = 0; i < 40; i++) {
      window.answered();
    }
    assertThat(window.limit(), is(20));
    for (int i = 0; i < 1_000; i++) {
      window.answered();
    }
    assertThat(window.limit(), is(greaterThan(50)));
    window.bound(15);
    assertThat(window.limit(), is(15));
    assertThat(window.isNear(), is(true));
  }

  @Test
  void held_itStays() {
    CallWindow window = new CallWindow(500);
    window.free(100);
    window.hold(50);
    window.answered();
    window.readyAt(50, 100 * QUARTER);
    assertThat(window.limit(), is(50));
    window.free(100);
    assertThat(window.limit(), is(100));
    window.reopen(0);
    assertThat(window.limit(), is(lessThan(17)));
  }
}
