package io.sluice.pipeline.report;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.pipeline.report.Page.CallsRow;
import io.sluice.pipeline.report.Page.Fact;
import io.sluice.pipeline.words.Numbers;
import io.sluice.pipeline.words.Usd;
import java.util.ArrayList;
import java.util.List;

/** What a job cost, in numbers: sums, and calls by model and by quota key. */
final class CostFacts {
  private static final int LISTED = 20;
  private static final int NAME_LENGTH = 60;

  private final JsonNode summary;

  CostFacts(JsonNode summary) {
    this.summary = summary;
  }

  List<Fact> sums() {
    JsonNode outcomes = summary.path("costByOutcome");
    List<Fact> sums = new ArrayList<>();
    sums.add(usd("This run", summary.path("costThisRunUsd")));
    sums.add(usd("The job, all runs", summary.path("costUsd")));
    if (outcomes.isObject()) {
      sums.add(usd("– for answers that were used", outcomes.path("answeredUsd")));
      sums.add(usd("– for answers that did not fit, asked again", outcomes.path("repeatedUsd")));
      sums.add(usd("– for calls that failed", outcomes.path("failedUsd")));
    }
    sums.add(usd("Calls of unknown outcome, at most", summary.path("abandonedCostUsd")));
    if (summary.has("savedByLedgerUsd")) {
      sums.add(usd("Saved by the ledger, this run", summary.path("savedByLedgerUsd")));
      sums.add(usd("Saved by the provider's cache, this run", summary.path("savedByCachingUsd")));
    }
    sums.add(usd("Estimate, at most", summary.path("estimatedCostUsd")));
    JsonNode budget = summary.path("budgetUsd");
    sums.add(new Fact("Budget", budget.isNumber() ? Usd.sum(budget) : "none"));
    return sums;
  }

  private static Fact usd(String name, JsonNode usd) {
    return new Fact(name, Usd.sum(usd));
  }

  List<CallsRow> calls() {
    List<CallsRow> rows = new ArrayList<>();
    rows("byModel", "model", "Model ", rows);
    rows("byKey", "key", "Key ", rows);
    return rows;
  }

  private void rows(String field, String name, String label, List<CallsRow> out) {
    int listed = 0;
    for (JsonNode entry : summary.path(field)) {
      if (listed++ == LISTED) {
        int left = summary.path(field).size() - LISTED;
        out.add(
            new CallsRow(Numbers.count(left) + " more are in summary.json", "", "", "", "", ""));
        return;
      }
      JsonNode tokens = entry.path("tokens");
      JsonNode of = entry.path(name);
      out.add(
          new CallsRow(
              of.isTextual() ? label + Texts.clip(of.asText(), NAME_LENGTH) : "(the account)",
              Numbers.count(entry.path("calls").asLong()),
              Numbers.count(tokens.path("input").asLong()),
              Numbers.count(tokens.path("cachedInput").asLong()),
              Numbers.count(tokens.path("output").asLong()),
              Usd.sum(entry.path("costUsd"))));
    }
  }
}
