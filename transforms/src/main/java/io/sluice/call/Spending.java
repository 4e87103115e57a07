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
  record Hold(@Nullable BigDecimal usd, Budget.@Nullable Reservation reservation) {}

  private static final Hold FREE = new Hold(null, null);

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

  boolean isLimited() {
    return budget != null;
  }

  /** Holds the worst case of a request; null where the budget does not allow it now. */
  @Nullable Hold hold(Request request) {
    if (price == null) {
      return FREE;
    }
    BigDecimal worst = price.worstCase(request.inputTokens(), request.maxOutputTokens());
    if (budget == null) {
      return new Hold(worst, null);
    }
    Budget.Reservation reservation = budget.tryReserve(worst).orElse(null);
    return reservation == null ? null : new Hold(worst, reservation);
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
    BigDecimal cost = usage == null ? hold.usd() : price.cost(usage);
    if (budget != null && hold.reservation() != null && cost != null) {
      budget.settle(hold.reservation(), cost);
    }
    return cost;
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
      case NOT_BILLED -> {
        if (budget != null && hold.reservation() != null) {
          budget.release(hold.reservation());
        }
      }
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
