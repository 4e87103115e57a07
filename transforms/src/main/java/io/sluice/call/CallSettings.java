package io.sluice.call;

import io.sluice.cost.Price;
import java.io.Serializable;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import org.jspecify.annotations.Nullable;

/**
 * How a job wants its calls kept and paid, beside what the task says.
 *
 * @param run this run's name, part of the names of ledger segments
 * @param ledger the ledger's directory; null keeps none
 * @param keepFailures whether permanent failures in the ledger stand instead of being asked again
 * @param price null where it is unknown
 * @param budgetUsd the cap over all runs of the job; null for none
 * @param shards how many workers call: 1 or more
 */
public record CallSettings(
    String run,
    @Nullable String ledger,
    boolean keepFailures,
    @Nullable Price price,
    @Nullable BigDecimal budgetUsd,
    int shards)
    implements Serializable {

  /** A budget divided evenly between shards, rounded down so that the sum is never above it. */
  BigDecimal shareOf(BigDecimal usd) {
    return shards == 1
        ? usd
        : usd.divide(BigDecimal.valueOf(shards), new MathContext(12, RoundingMode.DOWN));
  }
}
