package io.sluice.pipeline.report;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.pipeline.report.Page.Fact;
import io.sluice.pipeline.words.Durations;
import io.sluice.pipeline.words.Numbers;
import io.sluice.pipeline.words.Usd;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The sections about calls: rates, latency and cost. */
final class CallSections {
  private static final int KEYS_DRAWN = 3;
  private static final int KEYS_LISTED = 20;
  private static final int KEY_LENGTH = 60;

  /** With fewer slots than this there is no course of things to see. */
  private static final int FEWEST_SLOTS = 4;

  /** A limit this many times higher than what was spent would flatten the plot to a line. */
  private static final double IN_SIGHT = 6;

  private final JsonNode summary;
  private final RunHistory history;
  private final Plots plots;

  CallSections(JsonNode summary, RunHistory history, Plots plots) {
    this.summary = summary;
    this.history = history;
    this.plots = plots;
  }

  Page.Rates rates() {
    List<Page.KeyPlots> drawn = new ArrayList<>();
    List<RunHistory.KeyHistory> busiest = history.busiest(KEYS_DRAWN);
    Timeline time = history.timeline();
    if (time.slots() >= FEWEST_SLOTS) {
      for (RunHistory.KeyHistory key : busiest) {
        JsonNode quota = quota(key.key);
        drawn.add(
            new Page.KeyPlots(
                key.key.isEmpty() ? "" : "Quota key " + Texts.clip(key.key, KEY_LENGTH),
                plots.rate(
                    "requests",
                    time,
                    key.requests,
                    limit(quota, "requestsPerMinute"),
                    key.refusals == 0 ? null : key.refused),
                plots.rate("tokens", time, key.tokens, limit(quota, "tokensPerMinute"), null)));
      }
    }
    String note =
        busiest.isEmpty()
            ? noCalls()
            : drawn.isEmpty()
                ? "The run was too short to plot over time."
                : "Averages over "
                    + Durations.words(time.slotMillis() / 1000.0)
                    + (summary.path("quota").isEmpty()
                        ? "; a model in this process has no quota."
                        : "; what quota.burst saved up may lift one above the line.");
    int left = summary.path("quota").size() - KEYS_LISTED;
    return new Page.Rates(
        note,
        drawn,
        keys(),
        left > 0 ? Numbers.count(left) + " more quota keys are in summary.json." : "");
  }

  private String noCalls() {
    return summary.path("calls").path("sent").asLong() == 0
        ? "This run sent no calls."
        : "The ledger of this run was not found; name it with --ledger.";
  }

  private JsonNode quota(String key) {
    for (JsonNode quota : summary.path("quota")) {
      if (quota.path("key").asText("").equals(key) || quota.path("key").isNull() && key.isEmpty()) {
        return quota;
      }
    }
    return summary.path("quota").path(-1);
  }

  private static @Nullable Long limit(JsonNode quota, String field) {
    return quota.path(field).isNumber() ? (Long) quota.path(field).asLong() : null;
  }

  private List<Page.KeyRow> keys() {
    List<Page.KeyRow> rows = new ArrayList<>();
    for (JsonNode quota : summary.path("quota")) {
      if (rows.size() == KEYS_LISTED) {
        break;
      }
      String key = quota.path("key").isNull() ? "" : quota.path("key").asText();
      rows.add(
          new Page.KeyRow(
              key.isEmpty() ? "(the account)" : Texts.clip(key, KEY_LENGTH),
              Numbers.count(quota.path("requestsPerMinute").asLong()),
              Numbers.count(quota.path("tokensPerMinute").asLong()),
              Numbers.count(history.calls(key)),
              Numbers.count(history.refusals(key)),
              Numbers.percent(quota.path("utilisation").asDouble()),
              Durations.words(quota.path("waitedMs").asLong() / 1000.0)));
    }
    return rows;
  }

  Page.Latency latency() {
    if (history.latency.total() == 0) {
      return new Page.Latency("No call of this run was answered.", List.of(), "");
    }
    JsonNode millis = summary.path("latencyMs");
    return new Page.Latency(
        "",
        List.of(
            new Fact("p50, half of them", Numbers.millis(millis.path("p50").asLong())),
            new Fact("p95", Numbers.millis(millis.path("p95").asLong())),
            new Fact("p99", Numbers.millis(millis.path("p99").asLong()))),
        plots.latency(history.latency));
  }

  Page.Cost cost() {
    CostFacts facts = new CostFacts(summary);
    List<Fact> sums = facts.sums();
    JsonNode run = summary.path("costThisRunUsd");
    JsonNode job = summary.path("costUsd");
    if (!run.isNumber() || !job.isNumber()) {
      return new Page.Cost(sums, "The price of this model is not known.", "", facts.calls());
    }
    if (run.asDouble() <= 0
        || history.busiest(1).isEmpty()
        || history.timeline().slots() < FEWEST_SLOTS) {
      return new Page.Cost(sums, "", "", facts.calls());
    }
    double[] spent = history.spentUsd(job.asDouble() - run.asDouble());
    Double estimate = inSight("estimatedCostUsd", job.asDouble());
    Double budget = inSight("budgetUsd", job.asDouble());
    return new Page.Cost(
        sums,
        outOfSight(estimate, budget),
        plots.cost(history.timeline(), spent, estimate, budget),
        facts.calls());
  }

  /** What the plot has no room for, so high is it above what was spent. */
  private String outOfSight(@Nullable Double estimate, @Nullable Double budget) {
    List<String> above = new ArrayList<>();
    if (estimate == null && summary.path("estimatedCostUsd").asDouble() > 0) {
      above.add("the estimate of at most " + Usd.sum(summary.path("estimatedCostUsd")));
    }
    if (budget == null && summary.path("budgetUsd").asDouble() > 0) {
      above.add("the budget of " + Usd.sum(summary.path("budgetUsd")));
    }
    return above.isEmpty() ? "" : "Far above the plot: " + String.join(" and ", above) + ".";
  }

  private @Nullable Double inSight(String field, double spent) {
    double limit = summary.path(field).asDouble();
    return limit > 0 && limit <= IN_SIGHT * spent ? (Double) limit : null;
  }
}
