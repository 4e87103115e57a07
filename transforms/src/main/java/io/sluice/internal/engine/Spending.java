package io.sluice.internal.engine;

import io.sluice.Tier;
import io.sluice.Usage;
import io.sluice.cost.Budget;
import io.sluice.cost.Price;
import io.sluice.spi.Reply;
import io.sluice.spi.Request;
import java.math.BigDecimal;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What calls cost, and the caps on it, the job's and those of single accounts: holds the worst case
 * of a call before it is sent and settles it afterwards. Without a price every cost is unknown
 * (null). Thread-safe.
 */
public final class Spending {
  /**
   * The worst case of one call, held.
   *
   * @param usd null where the price is unknown
   * @param inputTokens of the request, as counted before it was sent; 0 where that is not known
   */
  public record Hold(
      @Nullable BigDecimal usd,
      Budget.@Nullable Reservation reservation,
      Tariff tariff,
      long inputTokens) {}

  /** What a call is sold as. */
  public enum Tariff {
    REALTIME,
    BATCH
  }

  private static final Hold FREE = new Hold(null, null, Tariff.REALTIME, 0);

  private final @Nullable Price price;
  private final @Nullable Budget budget;
  private final Map<String, Budget> own;
  private final InputBound inputs;
  private final long leastOutput;
  private final Tier tier;
  private final Set<String> exhausted = ConcurrentHashMap.newKeySet();
  private volatile boolean allExhausted;

  public Spending(@Nullable Price price, @Nullable Budget budget) {
    this(price, budget, new InputBound(true), 0);
  }

  /**
   * @param leastOutput output tokens that are held for every request, also where it was counted
   *     with fewer; 0 where each request limits its answer itself
   */
  public Spending(
      @Nullable Price price, @Nullable Budget budget, InputBound inputs, long leastOutput) {
    this(price, budget, inputs, leastOutput, Tier.STANDARD);
  }

  /**
   * @param tier that calls in real time are made in; whether that is what serves them is known
   *     afterwards
   */
  public Spending(
      @Nullable Price price,
      @Nullable Budget budget,
      InputBound inputs,
      long leastOutput,
      Tier tier) {
    this(price, budget, Map.of(), inputs, leastOutput, tier);
  }

  /**
   * @param own the budgets of accounts that have one, parts of the whole if there is that
   */
  public Spending(
      @Nullable Price price,
      @Nullable Budget budget,
      Map<String, Budget> own,
      InputBound inputs,
      long leastOutput,
      Tier tier) {
    if ((budget != null || !own.isEmpty()) && price == null) {
      throw new IllegalArgumentException("A budget needs a price");
    }
    this.price = price;
    this.budget = budget;
    this.own = Map.copyOf(own);
    this.inputs = inputs;
    this.leastOutput = leastOutput;
    this.tier = tier;
  }

  public @Nullable Price price() {
    return price;
  }

  /** Holds the worst case of a request; null where a budget does not allow it now. */
  public @Nullable Hold hold(String account, Request request) {
    return price == null ? FREE : hold(account, request, worst(request), Tariff.REALTIME);
  }

  /** Whether a request is never to be sent: what was billed before leaves too little for it. */
  public boolean refusesForGood(String account, Request request) {
    BigDecimal worst = worst(request);
    Budget ofAccount = own.get(account);
    return worst != null
        && ((ofAccount != null && ofAccount.refusesForGood(worst))
            || (budget != null && budget.refusesForGood(worst)));
  }

  private @Nullable BigDecimal worst(Request request) {
    return price == null ? null : worst(price, tier, mostInput(request), mostOutput(request));
  }

  /** What a call in a tier may cost: that of the tier or, served as any other, the usual price. */
  private static @Nullable BigDecimal worst(Price price, Tier tier, long input, long output) {
    BigDecimal usual = price.worstCase(input, output);
    return tier == Tier.STANDARD
        ? usual
        : price
            .at(tier)
            .map(ofTier -> ofTier.worstCase(input, output).max(usual))
            .orElse(tier == Tier.FLEX ? usual : null);
  }

  /** As {@link #hold(String, Request)}, for a request of a batch. */
  public @Nullable Hold holdInBatch(String account, Request request) {
    return hold(
        account,
        request,
        price == null
            ? null
            : price.batchWorstCase(mostInput(request), mostOutput(request)).orElse(null),
        Tariff.BATCH);
  }

  /** As above, for one whose beginning is written to be kept for an hour. */
  public @Nullable Hold holdInBatchForAnHour(String account, Request request) {
    long input = mostInput(request);
    long output = mostOutput(request);
    return hold(
        account,
        request,
        price == null
            ? null
            : price
                .batchCost(new Usage(input, 0, output, input, input, null))
                .flatMap(written -> price.batchWorstCase(input, output).map(written::max))
                .orElse(null),
        Tariff.BATCH);
  }

  private long mostInput(Request request) {
    return inputs.of(request.inputTokens());
  }

  private long mostOutput(Request request) {
    return Math.max(leastOutput, request.maxOutputTokens());
  }

  private @Nullable Hold hold(
      String account, Request request, @Nullable BigDecimal worst, Tariff tariff) {
    Budget of = budget(account);
    if (of == null || worst == null) {
      return new Hold(worst, null, tariff, request.inputTokens());
    }
    Budget.Reservation reservation = of.tryReserve(worst).orElse(null);
    return reservation == null ? null : new Hold(worst, reservation, tariff, request.inputTokens());
  }

  private @Nullable Budget budget(String account) {
    Budget ofAccount = own.get(account);
    return ofAccount == null ? budget : ofAccount;
  }

  /** Holds what a request of a batch that is at work may still cost. */
  public Hold adopt(String account, BigDecimal worst) {
    Budget of = budget(account);
    return new Hold(
        price == null ? null : worst, of == null ? null : of.adopt(worst), Tariff.BATCH, 0);
  }

  /** Gives a hold back: the request was not sent after all. */
  public void release(Hold hold) {
    Budget.Reservation reservation = hold.reservation();
    if (reservation != null) {
      reservation.budget().release(reservation);
    }
  }

  /**
   * Settles a hold with what an answer used; without usage the worst case is taken as spent.
   *
   * @return the cost; null where the price is unknown
   */
  public @Nullable BigDecimal settle(Hold hold, @Nullable Usage usage) {
    if (price == null) {
      return null;
    }
    if (usage != null) {
      inputs.learn(hold.inputTokens(), usage.inputTokens());
    }
    BigDecimal cost = usage == null ? hold.usd() : cost(price, hold.tariff(), usage);
    BigDecimal spent = cost == null ? hold.usd() : cost;
    Budget.Reservation reservation = hold.reservation();
    if (reservation != null && spent != null) {
      reservation.budget().settle(reservation, spent);
    }
    return cost;
  }

  private static @Nullable BigDecimal cost(Price price, Tariff tariff, Usage usage) {
    if (tariff == Tariff.BATCH) {
      return price.batchCost(usage).orElse(null);
    }
    Tier served = usage.tier();
    return served == null || price.at(served).isPresent() ? price.cost(usage) : null;
  }

  /** What an answer from a batch would have cost more in real time; null where unknown. */
  public @Nullable BigDecimal savedByBatch(@Nullable Usage usage) {
    return price == null || usage == null
        ? null
        : price.batchCost(usage).map(price.cost(usage.at(null))::subtract).orElse(null);
  }

  /**
   * Settles a hold after a failure.
   *
   * @return what the failure cost; null where it cost nothing, or nobody knows
   */
  public @Nullable BigDecimal settleFailure(Hold hold, Reply.Failed failed) {
    if (price == null) {
      return null;
    }
    switch (failed.billing()) {
      case BILLED -> {
        return settle(hold, failed.usage());
      }
      case NOT_BILLED -> release(hold);
      case UNKNOWN -> {
        Budget.Reservation reservation = hold.reservation();
        if (reservation != null) {
          reservation.budget().hold(reservation);
        }
      }
    }
    return null;
  }

  /** Marks the budget as reached: nothing more is sent, of any account. */
  public void exhaust() {
    allExhausted = true;
  }

  /**
   * Whether it is its own budget that refuses an account what it was refused, and no call at work
   * may settle below what it holds of that.
   */
  public boolean isOwnReached(String account) {
    Budget ofAccount = own.get(account);
    return ofAccount != null
        && ofAccount.reserved().signum() == 0
        && (budget == null || isNearer(ofAccount, budget));
  }

  /** Marks an account's own budget as reached: nothing more of it is sent. */
  public void exhaust(String account) {
    exhausted.add(account);
  }

  public boolean isExhausted(String account) {
    return allExhausted || exhausted.contains(account);
  }

  /** Why nothing more of an account is sent. */
  public String exhaustedMessage(String account) {
    Budget ofAccount = own.get(account);
    boolean isOwn = ofAccount != null && (budget == null || isNearer(ofAccount, budget));
    Budget reached = isOwn ? ofAccount : budget;
    String spent = reached == null ? "" : " (" + reached.spent().toPlainString() + " USD spent)";
    return isOwn
        ? "Not sent: the budget of key "
            + account
            + " is reached"
            + spent
            + "; run the same command with a larger quota.keys."
            + account
            + ".budgetUsd to continue"
        : "Not sent: the budget is reached"
            + spent
            + "; run the same command with a larger budget to continue";
  }

  private static boolean isNearer(Budget one, Budget other) {
    return one.remaining().compareTo(other.remaining()) <= 0;
  }
}
