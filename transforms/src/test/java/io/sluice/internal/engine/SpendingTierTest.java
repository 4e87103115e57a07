package io.sluice.internal.engine;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.comparesEqualTo;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.nullValue;

import io.sluice.Tier;
import io.sluice.Usage;
import io.sluice.cost.Budget;
import io.sluice.cost.Price;
import io.sluice.cost.Price.Rates;
import io.sluice.spi.Request;
import java.math.BigDecimal;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class SpendingTierTest {
  private static final Price STANDARD = Price.of(new BigDecimal(10), new BigDecimal(40));
  private static final Price PRICE =
      STANDARD
          .withTier(Tier.FLEX, new Rates(new BigDecimal(5), new BigDecimal(20)))
          .withTier(Tier.PRIORITY, new Rates(new BigDecimal(20), new BigDecimal(80)));

  /** 100 tokens in and out at most: 0.005 USD at the standard price. */
  private static final Request REQUEST = new Request("f", "{}", 100, 100);

  private static Spending spending(Price price, Tier tier, Budget budget) {
    return new Spending(price, budget, new InputBound(true), 0, tier);
  }

  private static Budget budget() {
    return new Budget(new BigDecimal(1), BigDecimal.ZERO);
  }

  private static Spending.Hold hold(Spending spending) {
    return Objects.requireNonNull(spending.hold("", REQUEST));
  }

  @Test
  void dearerReading_isReserved_andWhatServedIsPaid() {
    Budget budget = budget();
    Spending spending = spending(PRICE, Tier.FLEX, budget);
    Spending.Hold hold = hold(spending);
    assertThat(Objects.requireNonNull(hold.usd()), comparesEqualTo(new BigDecimal("0.005")));
    BigDecimal cost = spending.settle(hold, new Usage(100, 0, 100).at(Tier.FLEX));
    assertThat(Objects.requireNonNull(cost), comparesEqualTo(new BigDecimal("0.0025")));
    assertThat(budget.spent(), comparesEqualTo(new BigDecimal("0.0025")));
    Spending.Hold other = hold(spending);
    BigDecimal standard = spending.settle(other, new Usage(100, 0, 100).at(Tier.STANDARD));
    assertThat(Objects.requireNonNull(standard), comparesEqualTo(new BigDecimal("0.005")));
  }

  @Test
  void priority_isReservedAtItsPrice_andPaidAsStandardWhereItWasDowngraded() {
    Spending spending = spending(PRICE, Tier.PRIORITY, budget());
    Spending.Hold hold = hold(spending);
    assertThat(Objects.requireNonNull(hold.usd()), comparesEqualTo(new BigDecimal("0.01")));
    BigDecimal cost = spending.settle(hold, new Usage(100, 0, 100).at(Tier.STANDARD));
    assertThat(Objects.requireNonNull(cost), comparesEqualTo(new BigDecimal("0.005")));
  }

  @Test
  void tierWithoutAPrice_costsNobodyKnowsWhat_andTheBudgetIsKept() {
    Budget budget = budget();
    Spending spending = spending(STANDARD, Tier.STANDARD, budget);
    Spending.Hold hold = hold(spending);
    BigDecimal cost = spending.settle(hold, new Usage(10, 0, 10).at(Tier.PRIORITY));
    assertThat(cost, is(nullValue()));
    assertThat("its worst case", budget.spent(), comparesEqualTo(new BigDecimal("0.005")));
    assertThat(budget.reserved().signum() == 0, is(true));
  }

  @Test
  void batches_haveNoTier() {
    Price price = PRICE.withBatch(new BigDecimal(5), new BigDecimal(20));
    Spending spending = spending(price, Tier.FLEX, budget());
    Spending.Hold hold = Objects.requireNonNull(spending.holdInBatch("", REQUEST));
    BigDecimal cost = spending.settle(hold, new Usage(100, 0, 100).at(Tier.PRIORITY));
    assertThat(Objects.requireNonNull(cost), comparesEqualTo(new BigDecimal("0.0025")));
  }
}
