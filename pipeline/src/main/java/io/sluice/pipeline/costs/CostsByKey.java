package io.sluice.pipeline.costs;

import io.sluice.Usage;
import io.sluice.internal.ledger.LedgerTotals;
import io.sluice.pipeline.costs.KeySums.Sum;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A job's costs by key. Those of accounts are the ledger's. Of what the task's own account has
 * taken, the rows of this run and of those before it, by their summaries, say for which keys it was
 * paid; what brought no row that is known of, as calls that failed or those of a run that was
 * killed, stays the account's. It all adds up to what the ledger says.
 */
public final class CostsByKey {
  private final SortedMap<String, Sum> ledger = new TreeMap<>();
  private final Set<String> accounts;

  /**
   * @param accounts keys that the task lists: their rows say nothing new
   */
  public CostsByKey(SortedMap<String, LedgerTotals.Sum> ledger, Set<String> accounts) {
    ledger.forEach(
        (key, sum) -> this.ledger.put(key, new Sum(sum.calls(), sum.usage(), sum.usd())));
    this.accounts = accounts;
  }

  /**
   * @param run of this run's rows
   * @param before of the last summary
   * @param known whether there are prices
   */
  public List<Costs.OfKey> of(KeySums run, List<Costs.OfKey> before, boolean known) {
    KeySums own = new KeySums();
    run.sums().forEach((key, sum) -> own.add(key, accounts.contains(key) ? Sum.NONE : sum));
    KeySums all = new KeySums();
    all.add(own);
    before.forEach(entry -> addBefore(all, entry));
    SortedMap<String, Sum> sums = split(all);
    if (sums == null) {
      // Another ledger, as after --fresh, has none of what went before.
      sums = split(own);
    }
    List<Costs.OfKey> entries = new ArrayList<>();
    (sums == null ? ledger : sums)
        .forEach(
            (key, sum) ->
                entries.add(
                    new Costs.OfKey(
                        key.isEmpty() ? null : key,
                        sum.calls(),
                        Costs.Tokens.of(sum.usage()),
                        known ? sum.usd() : null)));
    return entries;
  }

  /** Early ledgers have such keys themselves. */
  private void addBefore(KeySums all, Costs.OfKey entry) {
    String key = entry.key();
    if (key == null || accounts.contains(key)) {
      return;
    }
    Costs.Tokens tokens = entry.tokens() == null ? Costs.Tokens.NONE : entry.tokens();
    BigDecimal usd = entry.costUsd() == null ? BigDecimal.ZERO : entry.costUsd();
    Sum more =
        new Sum(entry.calls(), tokens.usage(), usd).minus(ledger.getOrDefault(key, Sum.NONE));
    if (more != null) {
      all.add(key, more);
    }
  }

  /** Takes from the account what was for keys; null where it has not so much. */
  private @Nullable SortedMap<String, Sum> split(KeySums keys) {
    SortedMap<String, Sum> sums = new TreeMap<>(ledger);
    Sum total = keys.total();
    if (total.equals(Sum.NONE)) {
      return sums;
    }
    Sum left = ledger.getOrDefault("", Sum.NONE).minus(total);
    if (left == null) {
      return null;
    }
    sums.remove("");
    if (left.usd().signum() > 0 || left.calls() > 0 || !left.usage().equals(Usage.NONE)) {
      sums.put("", left);
    }
    for (Map.Entry<String, Sum> key : keys.sums().entrySet()) {
      if (!key.getValue().equals(Sum.NONE)) {
        sums.merge(key.getKey(), key.getValue(), Sum::plus);
      }
    }
    return sums;
  }
}
