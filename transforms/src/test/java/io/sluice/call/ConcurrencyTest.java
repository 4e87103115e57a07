package io.sluice.call;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThanOrEqualTo;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class ConcurrencyTest {
  @Test
  void beginsWithWhatTheQuotaNeedsWithinTheCap() {
    assertThat(new Concurrency(500, 200).limit(), is(200));
    assertThat(new Concurrency(100, 200).limit(), is(100));
    assertThat(new Concurrency(100, 1).limit(), is(16));
    assertThat(new Concurrency(3, 1).limit(), is(3));
    assertThrows(IllegalArgumentException.class, () -> new Concurrency(0, 1));
  }

  @Test
  void doublesOnceALatencyUpToTheCap() {
    Concurrency window = new Concurrency(100, 0);
    for (int i = 0; i < 16; i++) {
      window.start();
      window.succeeded();
    }
    assertThat(window.limit(), is(32));
    for (int i = 0; i < 1_000; i++) {
      window.succeeded();
    }
    assertThat(window.limit(), is(100));
  }

  @Test
  void theManyFailuresOfOneOverloadCountOnce() {
    Concurrency window = new Concurrency(64, 64);
    long[] calls = new long[64];
    for (int i = 0; i < 64; i++) {
      calls[i] = window.start();
    }
    for (long call : calls) {
      window.overloaded(call);
    }
    assertThat(window.limit(), is(32));
    window.overloaded(window.start());
    assertThat(window.limit(), is(16));
  }

  @Test
  void recoversSlowlyAfterAnOverload() {
    Concurrency window = new Concurrency(64, 64);
    window.overloaded(window.start());
    for (int i = 0; i < 33; i++) {
      window.succeeded();
    }
    assertThat("a full window of successes adds one", window.limit(), is(33));
    for (int i = 0; i < 2_000; i++) {
      window.succeeded();
    }
    assertThat(window.limit(), is(64));
  }

  @Test
  void oneCallIsAlwaysAllowed() {
    Concurrency window = new Concurrency(8, 8);
    for (int i = 0; i < 10; i++) {
      window.overloaded(window.start());
    }
    assertThat(window.limit(), is(1));
    assertThat(window.mayStart(0), is(true));
    assertThat(window.mayStart(1), is(false));
    for (int i = 0; i < 3; i++) {
      window.succeeded();
    }
    assertThat(window.limit(), is(greaterThan(1)));
    assertThat(window.limit(), is(lessThanOrEqualTo(8)));
  }
}
