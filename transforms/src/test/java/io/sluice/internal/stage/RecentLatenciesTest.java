package io.sluice.internal.stage;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.is;

import org.junit.jupiter.api.Test;

class RecentLatenciesTest {
  private final RecentLatencies latencies = new RecentLatencies();

  @Test
  void withoutCalls_allAreZero() {
    assertThat(latencies.percentiles(50, 99), is(new long[] {0, 0}));
  }

  @Test
  void aPercentileIsALatencyThatWas() {
    for (int i = 100; i >= 1; i--) {
      latencies.add(i * 10);
    }
    assertThat(
        latencies.percentiles(0, 50, 95, 99, 100), is(new long[] {10, 500, 950, 990, 1_000}));
  }

  @Test
  void theLastThousandCount() {
    for (int i = 0; i < 1_000; i++) {
      latencies.add(60_000);
    }
    for (int i = 0; i < 1_000; i++) {
      latencies.add(5);
    }
    assertThat(latencies.percentiles(99), is(new long[] {5}));
  }
}
