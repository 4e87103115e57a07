package io.sluice.pipeline.report;

import io.sluice.pipeline.costs.Costs;
import io.sluice.pipeline.output.JobSummary;
import io.sluice.pipeline.report.Page.CallsRow;
import io.sluice.pipeline.report.Page.Fact;
import io.sluice.pipeline.words.Numbers;
import io.sluice.pipeline.words.Usd;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a job cost, in numbers: sums, and calls by model and by quota key. */
final class CostFacts {
  private static final int LISTED = 20;
  private static final int NAME_LENGTH = 60;

  private final JobSummary summary;

  CostFacts(JobSummary summary) {
    this.summary = summary;
  }

  List<Fact> sums() {
    Costs costs = summary.costs();
    Costs.Outcomes outcomes = costs.costByOutcome();
    List<Fact> sums = new ArrayList<>();
    sums.add(usd("This run", costs.costThisRunUsd()));
    sums.add(usd("The job, all runs", costs.costUsd()));
    if (outcomes != null) {
      sums.add(usd("– for answers that were used", outcomes.answeredUsd()));
      sums.add(usd("– for answers that did not fit, asked again", outcomes.repeatedUsd()));
      sums.add(usd("– for calls that failed", outcomes.failedUsd()));
    }
    sums.add(usd("Calls of unknown outcome, at most", costs.abandonedCostUsd()));
    if (outcomes != null) {
      // Both came with the same version.
      sums.add(usd("Saved by the ledger, this run", summary.savedByLedgerUsd()));
      sums.add(usd("Saved by the provider's cache, this run", summary.savedByCachingUsd()));
    }
    sums.add(usd("Estimate, at most", summary.estimatedCostUsd()));
    BigDecimal budget = summary.budgetUsd();
    sums.add(new Fact("Budget", budget == null ? "none" : Usd.sum(budget)));
    return sums;
  }

  private static Fact usd(String name, @Nullable BigDecimal usd) {
    return new Fact(name, Usd.sum(usd));
  }

  List<CallsRow> calls() {
    Costs costs = summary.costs();
    List<CallsRow> rows = new ArrayList<>();
    for (Costs.OfModel model : first(costs.byModel())) {
      rows.add(row("Model ", model.model(), model.calls(), model.tokens(), model.costUsd()));
    }
    more(costs.byModel(), rows);
    for (Costs.OfTier tier : costs.byTier()) {
      rows.add(row("Served as ", tier.tier(), tier.calls(), tier.tokens(), tier.costUsd()));
    }
    for (Costs.OfKey key : first(costs.byKey())) {
      rows.add(row("Key ", key.key(), key.calls(), key.tokens(), key.costUsd()));
    }
    more(costs.byKey(), rows);
    return rows;
  }

  private static <T> List<T> first(List<T> entries) {
    return entries.subList(0, Math.min(LISTED, entries.size()));
  }

  private static void more(List<?> entries, List<CallsRow> rows) {
    int left = entries.size() - LISTED;
    if (left > 0) {
      rows.add(new CallsRow(Numbers.count(left) + " more are in summary.json", "", "", "", "", ""));
    }
  }

  private static CallsRow row(
      String label,
      @Nullable String name,
      long calls,
      Costs.@Nullable Tokens given,
      @Nullable BigDecimal usd) {
    Costs.Tokens tokens = given == null ? Costs.Tokens.NONE : given;
    return new CallsRow(
        name == null ? "(the account)" : label + Texts.clip(name, NAME_LENGTH),
        Numbers.count(calls),
        Numbers.count(tokens.input()),
        Numbers.count(tokens.cachedInput()),
        Numbers.count(tokens.output()),
        Usd.sum(usd));
  }
}
