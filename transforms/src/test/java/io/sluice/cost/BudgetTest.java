package io.sluice.cost;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.comparesEqualTo;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.lessThan;
import static org.hamcrest.Matchers.lessThanOrEqualTo;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sluice.cost.Budget.Reservation;
import io.sluice.cost.Budget.Totals;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BudgetTest {

  @Test
  void reserveThenSettle_theRestIsFreeAgain() {
    Budget budget = budget("1");
    Reservation call = reserve(budget, "0.6");
    assertThat(budget.totals(), equalTo(totals("1", "0", "0.6", "0", "0", "0.4")));
    budget.settle(call, usd("0.25"));
    assertThat(budget.totals(), equalTo(totals("1", "0.25", "0", "0", "0", "0.75")));
  }

  @Test
  void tryReserve_toTheLastFraction_isGrantedAndNotOneMore() {
    Budget budget = budget("0.3");
    reserve(budget, "0.1");
    reserve(budget, "0.1");
    // In binary floating point 0.1 + 0.1 + 0.1 is more than 0.3.
    reserve(budget, "0.1");
    assertThat(budget.remaining(), equalTo(BigDecimal.ZERO));
    assertThat(budget.tryReserve(usd("0.000000000001")), equalTo(Optional.empty()));
  }

  @Test
  void tryReserve_refused_changesNothing() {
    Budget budget = budget("1");
    assertThat(budget.tryReserve(usd("1.01")), equalTo(Optional.empty()));
    assertThat(budget.totals(), equalTo(totals("1", "0", "0", "0", "0", "1")));
  }

  @Test
  void tryReserve_freeCall_isGrantedByAnEmptyBudget() {
    Budget budget = new Budget(usd("1"), usd("1.5"));
    assertThat(budget.tryReserve(BigDecimal.ZERO).isPresent(), equalTo(true));
  }

  @Test
  void aPart_takesFromTheWhole_andEitherMayRefuse() {
    Budget whole = budget("1");
    Budget part = whole.part(usd("0.5"), usd("0.1"));
    Reservation call = reserve(part, "0.3");
    assertThat(whole.totals(), equalTo(totals("1", "0", "0.3", "0", "0", "0.7")));
    assertThat("its own limit", part.tryReserve(usd("0.2")), equalTo(Optional.empty()));
    assertThat(part.refusesForGood(usd("0.2")), equalTo(false));
    part.settle(call, usd("0.25"));
    assertThat(part.totals(), equalTo(totals("0.5", "0.35", "0", "0", "0", "0.15")));
    assertThat(whole.totals(), equalTo(totals("1", "0.25", "0", "0", "0", "0.75")));
    assertThat(part.refusesForGood(usd("0.2")), equalTo(true));
    reserve(whole, "0.7");
    assertThat("the whole's", part.tryReserve(usd("0.1")), equalTo(Optional.empty()));
    assertThat("nothing is taken in vain", part.reserved(), equalTo(BigDecimal.ZERO));
    part.hold(reserve(part, "0.05"));
    assertThat(whole.abandoned(), equalTo(usd("0.05")));
    part.release(part.adopt(usd("0.3")));
    assertThat(whole.reserved(), equalTo(usd("0.7")));
  }

  @Test
  void hold_staysTakenAndIsReportedApart() {
    Budget budget = budget("1");
    budget.hold(reserve(budget, "0.7"));
    assertThat(budget.totals(), equalTo(totals("1", "0", "0", "0.7", "0", "0.3")));
    assertThat(budget.tryReserve(usd("0.31")), equalTo(Optional.empty()));
  }

  @Test
  void release_isAsIfNeverReserved() {
    Budget budget = budget("1");
    budget.release(reserve(budget, "0.7"));
    assertThat(budget.totals(), equalTo(totals("1", "0", "0", "0", "0", "1")));
  }

  @Test
  void settle_billAboveTheWorstCase_isRecordedInFullAndStopsTheRest() {
    Budget budget = budget("1");
    budget.settle(reserve(budget, "1"), usd("1.2"));
    assertThat(budget.totals(), equalTo(totals("1", "1.2", "0", "0", "0.2", "0")));
    assertThat(budget.tryReserve(usd("0.01")), equalTo(Optional.empty()));
  }

  @Test
  void resumed_whatEarlierRunsSpentAndAbandonedCounts() {
    Budget budget = new Budget(usd("5"), usd("3.25"), usd("0.5"));
    assertThat(budget.totals(), equalTo(totals("5", "3.25", "0", "0.5", "0", "1.25")));
  }

  @Test
  void resumed_limitBelowWhatWasSpent_leavesNothing() {
    Budget budget = new Budget(usd("2"), usd("3"));
    assertThat(budget.totals(), equalTo(totals("2", "3", "0", "0", "0", "0")));
    assertThat(budget.tryReserve(usd("0.01")), equalTo(Optional.empty()));
  }

  @Test
  void reservation_isClosedOnce() {
    Budget budget = budget("1");
    Reservation call = reserve(budget, "0.4");
    budget.settle(call, usd("0.1"));
    assertThat(
        assertThrows(IllegalStateException.class, () -> budget.release(call)).getMessage(),
        containsString("0.4 USD is closed already"));
    assertThrows(IllegalStateException.class, () -> budget.hold(call));
    assertThrows(IllegalStateException.class, () -> budget.settle(call, usd("0.1")));
    assertThat(budget.totals(), equalTo(totals("1", "0.1", "0", "0", "0", "0.9")));
  }

  @Test
  void reservation_ofAnotherBudget_isRefused() {
    Budget budget = budget("1");
    Reservation other = reserve(budget("1"), "0.4");
    assertThrows(IllegalArgumentException.class, () -> budget.release(other));
    assertThat(budget.remaining(), equalTo(usd("1")));
  }

  @Test
  void negativeAmounts_areRefusedAndChangeNothing() {
    assertThrows(IllegalArgumentException.class, () -> budget("-1"));
    assertThrows(IllegalArgumentException.class, () -> new Budget(usd("1"), usd("-1")));
    Budget budget = budget("1");
    Reservation call = reserve(budget, "0.4");
    assertThrows(IllegalArgumentException.class, () -> budget.tryReserve(usd("-0.1")));
    assertThrows(IllegalArgumentException.class, () -> budget.settle(call, usd("-0.1")));
    assertThat(budget.reserved(), equalTo(usd("0.4")));
    budget.settle(call, usd("0.4"));
    assertThat(budget.spent(), equalTo(usd("0.4")));
  }

  /** Any order of calls: the books equal a plain recount of every call, and the cap holds. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 5, 8, 13, 21, 34, 55, 89})
  void anyInterleaving_neverPassesTheLimitAndLosesNothing(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    BigDecimal limit = micros(random.nextLong(2_000_000, 5_000_000));
    BigDecimal spent = micros(random.nextLong(0, 1_000_000));
    BigDecimal abandoned = micros(random.nextLong(0, 1_000_000));
    Budget budget = new Budget(limit, spent, abandoned);
    List<Reservation> open = new ArrayList<>();
    int refused = 0;
    for (int step = 0; step < 5_000; step++) {
      if (open.isEmpty() || random.nextInt(2) == 0) {
        BigDecimal worst = micros(random.nextLong(0, 40_000));
        BigDecimal free = limit.subtract(spent).subtract(abandoned).subtract(sum(open));
        Optional<Reservation> call = budget.tryReserve(worst);
        assertThat(call.isPresent(), equalTo(worst.signum() == 0 || worst.compareTo(free) <= 0));
        call.ifPresent(open::add);
        refused += call.isEmpty() ? 1 : 0;
      } else {
        Reservation call = open.remove(random.nextInt(open.size()));
        switch (random.nextInt(10)) {
          case 0 -> {
            budget.hold(call);
            abandoned = abandoned.add(call.amount());
          }
          case 1, 2, 3 -> budget.release(call);
          default -> {
            BigDecimal actual = part(call.amount(), random);
            budget.settle(call, actual);
            spent = spent.add(actual);
          }
        }
      }
      Totals now = budget.totals();
      assertThat(now.spent(), comparesEqualTo(spent));
      assertThat(now.abandoned(), comparesEqualTo(abandoned));
      assertThat(now.reserved(), comparesEqualTo(sum(open)));
      assertWithin(now);
    }
    assertThat("the limit was reached", refused, greaterThan(0));
    assertThat(budget.overrun(), equalTo(BigDecimal.ZERO));
  }

  @Test
  void manyThreads_neverPassTheLimitAndEveryBillIsCounted() throws Exception {
    // Some 100,000 calls, so that threads do meet inside one.
    Budget budget = budget("40");
    int threads = 8;
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      List<Callable<BigDecimal>> callers = new ArrayList<>();
      for (int seed = 0; seed < threads; seed++) {
        SplittableRandom random = new SplittableRandom(seed);
        callers.add(() -> callUntilRefused(budget, random));
      }
      BigDecimal billed = BigDecimal.ZERO;
      for (Future<BigDecimal> caller : pool.invokeAll(callers)) {
        billed = billed.add(caller.get());
      }
      Totals end = budget.totals();
      assertThat(end.spent(), comparesEqualTo(billed));
      assertThat(end.reserved(), equalTo(BigDecimal.ZERO));
      assertWithin(end);
      // The last to be refused saw at most its own worst case missing.
      assertThat(end.remaining(), lessThan(usd("0.001")));
    } finally {
      pool.shutdownNow();
    }
  }

  private static BigDecimal callUntilRefused(Budget budget, SplittableRandom random) {
    BigDecimal billed = BigDecimal.ZERO;
    while (true) {
      Optional<Reservation> call = budget.tryReserve(micros(random.nextLong(1, 1_000)));
      assertWithin(budget.totals());
      if (call.isEmpty()) {
        return billed;
      }
      switch (random.nextInt(10)) {
        case 0 -> budget.hold(call.get());
        case 1 -> budget.release(call.get());
        default -> {
          BigDecimal actual = part(call.get().amount(), random);
          budget.settle(call.get(), actual);
          billed = billed.add(actual);
        }
      }
    }
  }

  private static void assertWithin(Totals now) {
    BigDecimal taken = now.spent().add(now.abandoned()).add(now.reserved());
    assertThat(taken, lessThanOrEqualTo(now.limit()));
    assertThat(taken.add(now.remaining()), comparesEqualTo(now.limit()));
  }

  private static BigDecimal part(BigDecimal amount, SplittableRandom random) {
    return amount.multiply(BigDecimal.valueOf(random.nextInt(0, 1_001), 3));
  }

  private static BigDecimal sum(List<Reservation> open) {
    return open.stream().map(Reservation::amount).reduce(BigDecimal.ZERO, BigDecimal::add);
  }

  private static Totals totals(
      String limit,
      String spent,
      String reserved,
      String abandoned,
      String overrun,
      String remaining) {
    return new Totals(
        usd(limit), usd(spent), usd(reserved), usd(abandoned), usd(overrun), usd(remaining));
  }

  private static Reservation reserve(Budget budget, String worst) {
    return budget.tryReserve(usd(worst)).orElseThrow();
  }

  private static Budget budget(String limit) {
    return new Budget(usd(limit), BigDecimal.ZERO);
  }

  private static BigDecimal micros(long micros) {
    return BigDecimal.valueOf(micros, 6);
  }

  private static BigDecimal usd(String text) {
    return new BigDecimal(text);
  }
}
