package io.sluice.internal.engine.realtime;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.both;
import static org.hamcrest.Matchers.greaterThanOrEqualTo;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThanOrEqualTo;

import io.sluice.Usage;
import io.sluice.spi.QuotaTokens;
import io.sluice.spi.Request;
import java.util.Random;
import org.junit.jupiter.api.Test;

class InputEstimateTest {
  @Test
  void outputThatCountsMoreOften_isReservedAndUsedSo_andCacheReadsAreLeftOut() {
    InputEstimate inputs = new InputEstimate(true, new QuotaTokens(5, false));
    Request request = new Request("0".repeat(64), "{}", 100, 20);
    assertThat(inputs.counted(request), is(200L));
    assertThat(inputs.reserved(request), is(200L));
    assertThat(inputs.used(new Usage(100, 60, 8)), is(100L - 60 + 5 * 8));
    inputs.learn(10_000, 20_000);
    assertThat("our own count stays", inputs.counted(request), is(200L));
    assertThat(inputs.reserved(request), greaterThanOrEqualTo(280L));
  }

  @Test
  void exactCount_isTakenAsItIs() {
    InputEstimate inputs = new InputEstimate(true, QuotaTokens.PLAIN);
    assertThat(inputs.of(1_000), is(1_000L));
    inputs.learn(1_000, 1_000);
    assertThat(inputs.of(1_000), is(1_000L));
  }

  @Test
  void estimate_beginsAboveTheCount() {
    assertThat(new InputEstimate(false, QuotaTokens.PLAIN).of(1_000), is(1_200L));
  }

  @Test
  void estimate_convergesToWhatTheProviderCounts() {
    for (double actual : new double[] {0.7, 1, 1.35, 2.5}) {
      InputEstimate inputs = new InputEstimate(false, QuotaTokens.PLAIN);
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
    InputEstimate inputs = new InputEstimate(true, QuotaTokens.PLAIN);
    for (int i = 0; i < 100; i++) {
      inputs.learn(50, 90);
    }
    assertThat(inputs.of(50), is(both(greaterThanOrEqualTo(85L)).and(lessThanOrEqualTo(90L))));
  }

  @Test
  void documentsThatChange_areFollowed() {
    InputEstimate inputs = new InputEstimate(false, QuotaTokens.PLAIN);
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
    InputEstimate inputs = new InputEstimate(false, QuotaTokens.PLAIN);
    inputs.learn(0, 100);
    inputs.learn(100, 0);
    assertThat(inputs.of(1_000), is(1_200L));
    inputs.learn(1_000, 1_000_000);
    assertThat("a factor of five at most", inputs.of(1_000), is(5_000L));
  }
}
