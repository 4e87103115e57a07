package io.sluice.call;

import io.sluice.Usage;
import io.sluice.cost.Budget;
import io.sluice.cost.Price;
import io.sluice.provider.Reply;
import io.sluice.provider.Request;
import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/**
 * What calls cost, and the cap on it: holds the worst case of a call before it is sent and settles
 * it afterwards. Without a price every cost is unknown (null). Thread-safe.
 */
final class Spending {
  /**
   * The worst case of one call, held.
   *
   * @param usd null where the price is unknown
   */
  record Hold(@Nullable BigDecimal usd, Budget.@Nullable Reservation reservation, Tariff tariff) {}

  /** What a call is sold as. */
  enum Tariff {
    REALTIME,
    BATCH
  }

  private static final Hold FREE = new Hold(null, null, Tariff.REALTIME);

  private final @Nullable Price price;
  private final @Nullable Budget budget;
  private volatile boolean exhausted;

  Spending(@Nullable Price price, @Nullable Budget budget) {
    if (budget != null && price == null) {
      throw new IllegalArgumentException("A budget needs a price");
    }
    this.price = price;
    this.budget = budget;
  }

  @Nullable Price price() {
    return price;
  }

  /** Holds the worst case of a request; null where the budget does not allow it now. */
  @Nullable Hold hold(Request request) {
    if (price == null) {
      return FREE;
    }
    return hold(price.worstCase(request.inputTokens(), request.maxOutputTokens()), Tariff.REALTIME);
  }

  /** As {@link #hold(Request)}, for a request of a batch. */
  @Nullable Hold holdInBatch(Request request) {
    return hold(
        price == null
            ? null
            : price.batchWorstCase(request.inputTokens(), request.maxOutputTokens()).orElse(null),
        Tariff.BATCH);
  }

  private @Nullable Hold hold(@Nullable BigDecimal worst, Tariff tariff) {
    if (budget == null || worst == null) {
      return new Hold(worst, null, tariff);
    }
    Budget.Reservation reservation = budget.tryReserve(worst).orElse(null);
    return reservation == null ? null : new Hold(worst, reservation, tariff);
  }

  /** Holds what a request of a batch that is at work may still cost. */
  Hold adopt(BigDecimal worst) {
    return new Hold(
        price == null ? null : worst, budget == null ? null : budget.adopt(worst), Tariff.BATCH);
  }

  /** Gives a hold back: the request was not sent after all. */
  void release(Hold hold) {
    if (budget != null && hold.reservation() != null) {
      budget.release(hold.reservation());
    }
  }

  /**
   * Settles a hold with what an answer used; without usage the worst case is taken as spent.
   *
   * @return the cost; null where the price is unknown
   */
  @Nullable BigDecimal settle(Hold hold, @Nullable Usage usage) {
    if (price == null) {
      return null;
    }
    BigDecimal cost = usage == null ? hold.usd() : cost(price, hold.tariff(), usage);
    if (budget != null && hold.reservation() != null && cost != null) {
      budget.settle(hold.reservation(), cost);
    }
    return cost;
  }

  private static @Nullable BigDecimal cost(Price price, Tariff tariff, Usage usage) {
    return tariff == Tariff.REALTIME ? price.cost(usage) : price.batchCost(usage).orElse(null);
  }

  /** What an answer from a batch would have cost more in real time; null where unknown. */
  @Nullable BigDecimal savedByBatch(@Nullable Usage usage) {
    return price == null || usage == null
        ? null
        : price.batchCost(usage).map(price.cost(usage)::subtract).orElse(null);
  }

  /**
   * Settles a hold after a failure.
   *
   * @return what the failure cost; null where it cost nothing, or nobody knows
   */
  @Nullable BigDecimal settleFailure(Hold hold, Reply.Failed failed) {
    if (price == null) {
      return null;
    }
    switch (failed.billing()) {
      case BILLED -> {
        return settle(hold, failed.usage());
      }
      case NOT_BILLED -> release(hold);
      case UNKNOWN -> {
        if (budget != null && hold.reservation() != null) {
          budget.hold(hold.reservation());
        }
      }
    }
    return null;
  }

  /** Marks the budget as reached: nothing more is sent. */
  void exhaust() {
    exhausted = true;
  }

  boolean isExhausted() {
    return exhausted;
  }

  String exhaustedMessage() {
    return "Not sent: the budget is reached"
        + (budget == null ? "" : " (" + budget.spent().toPlainString() + " USD spent)")
        + "; run the same command with a larger budget to continue";
  }
}
