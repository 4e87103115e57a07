package io.sluice.internal.engine;

import io.sluice.cost.Price;
import java.io.Serializable;
import java.math.BigDecimal;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How a job wants its calls kept and paid, beside what the task says.
 *
 * @param run this run's name, part of the names of ledger segments
 * @param ledger the ledger's directory; null keeps none
 * @param keepFailures whether permanent failures in the ledger stand instead of being asked again
 * @param price null where it is unknown
 * @param budgetUsd the cap over all runs of the job; null for none
 * @param keyBudgetsUsd the caps of single quota keys, by name, beside that of the job
 * @param shards over how many of Beam's keys accounts are spread: 1 or more
 * @param openEnd whether what waits at the window's end is polled for, not waited for
 */
public record CallSettings(
    String run,
    @Nullable String ledger,
    boolean keepFailures,
    @Nullable Price price,
    @Nullable BigDecimal budgetUsd,
    Map<String, BigDecimal> keyBudgetsUsd,
    int shards,
    boolean openEnd)
    implements Serializable {

  public CallSettings {
    keyBudgetsUsd = Map.copyOf(keyBudgetsUsd);
  }

  /** A run without a ledger, a price and a budget, on one shard. */
  public static CallSettings ofRun(String run) {
    return new CallSettings(run, null, false, null, null, Map.of(), 1, false);
  }

  public CallSettings withRun(String value) {
    return new CallSettings(
        value, ledger, keepFailures, price, budgetUsd, keyBudgetsUsd, shards, openEnd);
  }

  public CallSettings withLedger(String value) {
    return new CallSettings(
        run, value, keepFailures, price, budgetUsd, keyBudgetsUsd, shards, openEnd);
  }

  public CallSettings withKeepFailures(boolean value) {
    return new CallSettings(run, ledger, value, price, budgetUsd, keyBudgetsUsd, shards, openEnd);
  }

  public CallSettings withPrice(@Nullable Price value) {
    return new CallSettings(
        run, ledger, keepFailures, value, budgetUsd, keyBudgetsUsd, shards, openEnd);
  }

  public CallSettings withBudgetUsd(@Nullable BigDecimal value) {
    return new CallSettings(
        run, ledger, keepFailures, price, value, keyBudgetsUsd, shards, openEnd);
  }

  public CallSettings withKeyBudgetsUsd(Map<String, BigDecimal> value) {
    return new CallSettings(run, ledger, keepFailures, price, budgetUsd, value, shards, openEnd);
  }

  public CallSettings withShards(int value) {
    return new CallSettings(
        run, ledger, keepFailures, price, budgetUsd, keyBudgetsUsd, value, openEnd);
  }

  public CallSettings withOpenEnd(boolean value) {
    return new CallSettings(
        run, ledger, keepFailures, price, budgetUsd, keyBudgetsUsd, shards, value);
  }

  /** Whether anything caps what is spent. */
  public boolean hasBudget() {
    return budgetUsd != null || !keyBudgetsUsd.isEmpty();
  }

  /**
   * One where there is a budget of the job: only what one worker keeps is never passed and never
   * idle.
   */
  public int shardsInUse() {
    return budgetUsd == null ? shards : 1;
  }
}
