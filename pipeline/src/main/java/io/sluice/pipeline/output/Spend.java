package io.sluice.pipeline.output;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import io.sluice.internal.ledger.LedgerTotals;
import io.sluice.pipeline.cascade.CascadeRows;
import io.sluice.pipeline.cascade.CascadeUse;
import io.sluice.pipeline.costs.Costs;
import io.sluice.pipeline.costs.CostsByKey;
import io.sluice.pipeline.costs.KeySums;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Adds up {@link Costs}. */
public final class Spend {
  private final LedgerTotals job;
  private final RunCalls calls;
  private final BigDecimal abandoned;

  /** Of a job that is over: what has no end by now is abandoned. */
  Spend(LedgerTotals job, RunCalls calls) {
    this(job, calls, segment -> true);
  }

  /**
   * @param over segments whose calls without an end are abandoned, not in flight
   */
  public Spend(LedgerTotals job, RunCalls calls, Predicate<String> over) {
    this.job = job;
    this.calls = calls;
    this.abandoned = job.abandonedUsd().add(job.openUsd(over));
  }

  /** The sums. */
  public Costs costs() {
    return new Costs(
        Costs.Tokens.of(job.usage()),
        costUsd(),
        calls.spentUsd(),
        abandonedUsd(),
        new Costs.Outcomes(
            known(job.answeredUsd()),
            known(job.repeatedUsd()),
            known(job.failedUsd()),
            abandonedUsd()),
        sums(job.byModel(), Costs.OfModel::new),
        sums(job.byKey(), Costs.OfKey::new),
        job.isTiered() ? sums(job.byTier(), Costs.OfTier::new) : List.of());
  }

  /**
   * The sums, those by key after the keys of documents.
   *
   * @param paid what this run's answers were paid for
   * @param before by key, as the summary before says
   * @param accounts keys that are accounts of their own
   */
  Costs costs(KeySums paid, List<Costs.OfKey> before, Set<String> accounts) {
    return costs()
        .byKey(new CostsByKey(job.byKey(), accounts).of(paid, before, calls.pricesKnown()));
  }

  /**
   * What a cascade has come to.
   *
   * @param rows of the outputs; none where there are none yet
   * @param succeeded rows with an answer
   */
  public CascadeUse cascade(CascadeRows rows, long succeeded) {
    return calls.cascade.use(rows, succeeded, job.answers(), known(job.answeredUsd()));
  }

  /** The same of a job at work, as its ledger has it; null where it has nothing of one. */
  public @Nullable CascadeUse cascadeSoFar(long succeeded) {
    return calls.cascade.isEmpty() ? null : cascade(new CascadeRows(), succeeded);
  }

  /** What was billed over all runs; null where a price is not known. */
  public @Nullable BigDecimal costUsd() {
    return known(job.spentUsd());
  }

  /** At most this was billed for calls of unknown outcome; null where a price is not known. */
  public @Nullable BigDecimal abandonedUsd() {
    return known(abandoned);
  }

  /** An entry of a list of sums. */
  private interface Entry<T> {
    T of(@Nullable String name, long calls, Costs.Tokens tokens, @Nullable BigDecimal costUsd);
  }

  private <T> List<T> sums(SortedMap<String, LedgerTotals.Sum> sums, Entry<T> entry) {
    List<T> out = new ArrayList<>();
    sums.forEach(
        (name, sum) ->
            out.add(
                entry.of(
                    name.isEmpty() ? null : name,
                    sum.calls(),
                    Costs.Tokens.of(sum.usage()),
                    known(sum.usd()))));
    return out;
  }

  private @Nullable BigDecimal known(BigDecimal usd) {
    return calls.pricesKnown() ? usd : null;
  }

  /** Plain decimals: a reader in any language gets what was charged. */
  static void putMoney(ObjectNode node, String field, @Nullable BigDecimal usd) {
    if (usd == null) {
      node.putNull(field);
    } else {
      node.putRawValue(field, new RawValue(usd.toPlainString()));
    }
  }
}
