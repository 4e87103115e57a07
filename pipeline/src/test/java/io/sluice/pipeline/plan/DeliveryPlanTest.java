package io.sluice.pipeline.plan;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.closeTo;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;

import io.sluice.cost.Price;
import java.math.BigDecimal;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class DeliveryPlanTest {
  private static final Price HALF =
      new Price(BigDecimal.TEN, null, BigDecimal.TEN, BigDecimal.ONE, BigDecimal.ONE, null, null);

  private static DeliveryPlan plan(int deadlineHours, double realtimeHours, @Nullable Price price) {
    return DeliveryPlan.of(Duration.ofHours(deadlineHours), realtimeHours * 3_600, price);
  }

  @Test
  void withTimeToSpare_allInBatches() {
    assertThat(plan(24, 5, HALF).realtimeShare(), is(0.0));
    assertThat(plan(24, 5, null).realtimeShare(), is(0.0));
    assertThat(plan(24, 5, HALF).why(), containsString("5.0 h before the 24.0 h are over"));
  }

  @Test
  void withLittleTime_aShareInRealtimeFromTheBeginning() {
    // The rest, 4 of 5 hours in real time, would begin when batches have had their two hours.
    assertThat(plan(6, 5, HALF).realtimeShare(), closeTo(0.2, 1e-9));
  }

  @Test
  void withLessTimeThanBatchesTake_allInRealtime() {
    assertThat(plan(2, 0.5, HALF).realtimeShare(), is(1.0));
  }

  @Test
  void withLessTimeThanRealtimeTakes_bothDoWhatTheyCan() {
    DeliveryPlan plan = plan(6, 12, HALF);

    assertThat(plan.realtimeShare(), closeTo(0.5, 1e-9));
    assertThat(plan.why(), containsString("real time alone takes 12.0 h"));
  }

  @Test
  void withoutADiscount_allInRealtime() {
    assertThat(plan(24, 5, Price.of(BigDecimal.ONE, BigDecimal.ONE)).realtimeShare(), is(1.0));
  }
}
