package io.sluice.pipeline.output;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import io.sluice.Usage;
import io.sluice.internal.ledger.LedgerTotals;
import java.math.BigDecimal;
import java.util.SortedMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Tokens and money of a job over all its runs, as {@code summary.json} and {@code status --json}
 * write them. Costs are null where a price is not known.
 */
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

  /** Writes the fields into an object. */
  public void write(ObjectNode out) {
    tokens(out, job.usage());
    putMoney(out, "costUsd", costUsd());
    putMoney(out, "costThisRunUsd", calls.spentUsd());
    putMoney(out, "abandonedCostUsd", abandonedUsd());
    ObjectNode outcomes = out.putObject("costByOutcome");
    putMoney(outcomes, "answeredUsd", known(job.answeredUsd()));
    putMoney(outcomes, "repeatedUsd", known(job.repeatedUsd()));
    putMoney(outcomes, "failedUsd", known(job.failedUsd()));
    putMoney(outcomes, "abandonedUsd", abandonedUsd());
    sums(out.putArray("byModel"), "model", job.byModel());
    sums(out.putArray("byKey"), "key", job.byKey());
  }

  /** What was billed over all runs; null where a price is not known. */
  public @Nullable BigDecimal costUsd() {
    return known(job.spentUsd());
  }

  /** At most this was billed for calls of unknown outcome; null where a price is not known. */
  public @Nullable BigDecimal abandonedUsd() {
    return known(abandoned);
  }

  private void sums(ArrayNode out, String name, SortedMap<String, LedgerTotals.Sum> sums) {
    sums.forEach(
        (value, sum) -> {
          ObjectNode entry = out.addObject();
          entry.put(name, value.isEmpty() ? null : value);
          entry.put("calls", sum.calls());
          tokens(entry, sum.usage());
          putMoney(entry, "costUsd", known(sum.usd()));
        });
  }

  private static void tokens(ObjectNode out, Usage usage) {
    out.putObject("tokens")
        .put("input", usage.inputTokens())
        .put("cachedInput", usage.cachedInputTokens())
        .put("output", usage.outputTokens());
  }

  private @Nullable BigDecimal known(BigDecimal usd) {
    return calls.pricesKnown() ? usd : null;
  }

  /** Plain decimals: a reader in any language gets what was charged. */
  public static void putMoney(ObjectNode node, String field, @Nullable BigDecimal usd) {
    if (usd == null) {
      node.putNull(field);
    } else {
      node.putRawValue(field, new RawValue(usd.toPlainString()));
    }
  }
}
