package io.sluice.pipeline.plan;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.closeTo;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;

import io.sluice.ModelTask;
import io.sluice.ModelTask.KeySource;
import io.sluice.ModelTask.Prompt;
import io.sluice.ModelTask.Provider;
import io.sluice.Tier;
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

  private static final Price TIERED =
      HALF.withTier(Tier.FLEX, new Price.Rates(BigDecimal.ONE, BigDecimal.ONE));

  private static DeliveryPlan tiered(
      String kind, double deadlineHours, double realtimeHours, Price price) {
    ModelTask task =
        ModelTask.of(
            "t", new Provider(kind, "http://h", KeySource.NONE), "m", new Prompt(null, "{{text}}"));
    return DeliveryPlan.of(
        task, Duration.ofSeconds(Math.round(deadlineHours * 3_600)), realtimeHours * 3_600, price);
  }

  @Test
  void withLessTimeThanBatchesTake_flexWhereItMayBeDoneInTime() {
    DeliveryPlan plan = tiered("openai", 1, 0.1, TIERED);
    assertThat(plan.realtimeShare(), is(1.0));
    assertThat(plan.tier(), is(Tier.FLEX));
    assertThat(plan.why(), containsString("costs less"));
    DeliveryPlan late = tiered("openai", 1, 0.5, TIERED);
    assertThat("four times half an hour is too long", late.tier(), is(Tier.STANDARD));
    assertThat(late.why(), containsString("the flex tier costs less and may take"));
  }

  @Test
  void withTimeToSpare_batches_forTheyCostNoMoreThanFlex() {
    DeliveryPlan plan = tiered("openai", 24, 1, TIERED);
    assertThat(plan.realtimeShare(), is(0.0));
    assertThat(plan.tier(), is(Tier.STANDARD));
  }

  @Test
  void withoutADiscountOfBatches_flex() {
    Price price =
        Price.of(BigDecimal.TEN, BigDecimal.TEN)
            .withTier(Tier.FLEX, new Price.Rates(BigDecimal.ONE, BigDecimal.ONE));
    assertThat(tiered("openai", 24, 1, price).tier(), is(Tier.FLEX));
    assertThat("not offered", tiered("anthropic", 24, 1, price).tier(), is(Tier.STANDARD));
    assertThat("unknown", tiered("openai", 1, 0.1, HALF).tier(), is(Tier.STANDARD));
  }
}
