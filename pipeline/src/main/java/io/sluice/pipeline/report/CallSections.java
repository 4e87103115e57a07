package io.sluice.pipeline.report;

import io.sluice.internal.quota.AccountKey;
import io.sluice.pipeline.output.JobSummary;
import io.sluice.pipeline.report.Page.Fact;
import io.sluice.pipeline.words.AccountWords;
import io.sluice.pipeline.words.Durations;
import io.sluice.pipeline.words.Numbers;
import io.sluice.pipeline.words.Usd;
import io.sluice.pipeline.words.WhoseFailure;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The sections about calls: rates, latency and cost. */
final class CallSections {
  private static final int KEYS_DRAWN = 3;
  private static final int KEYS_LISTED = 20;
  private static final int KEY_LENGTH = 60;

  /** With fewer slots than this there is no course of things to see. */
  private static final int FEWEST_SLOTS = 4;

  /** Of the run, in which calls without an answer are told. */
  private static final int PARTS = 12;

  private static final int MOST_SAID = 300;

  /** A limit this many times higher than what was spent would flatten the plot to a line. */
  private static final double IN_SIGHT = 6;

  private final JobSummary summary;
  private final RunHistory history;
  private final Plots plots;

  CallSections(JobSummary summary, RunHistory history, Plots plots) {
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
        JobSummary.QuotaUse quota = quota(key.key);
        drawn.add(
            new Page.KeyPlots(
                title(key.key),
                plots.rate(
                    "requests",
                    time,
                    key.requests,
                    quota == null ? null : quota.requestsPerMinute(),
                    key.refusals == 0 ? null : key.refused),
                plots.rate(
                    "tokens",
                    time,
                    key.tokens,
                    quota == null ? null : quota.tokensPerMinute(),
                    null)));
      }
    }
    String note =
        busiest.isEmpty()
            ? noCalls()
            : drawn.isEmpty()
                ? "The run was too short to plot over time."
                : "Averages over "
                    + Durations.words(time.slotMillis() / 1000.0)
                    + (summary.quota().isEmpty()
                        ? "; a model in this process has no quota."
                        : "; what quota.burst saved up may lift one above the line.");
    int left = summary.quota().size() - KEYS_LISTED;
    return new Page.Rates(
        note,
        drawn,
        keys(),
        left > 0 ? Numbers.count(left) + " more quota keys are in summary.json." : "",
        failures(time));
  }

  private static String title(String key) {
    String words = Texts.clip(AccountWords.of(key), KEY_LENGTH);
    return words.isEmpty()
        ? ""
        : AccountKey.of(key).account().isEmpty()
            ? words.substring(0, 1).toUpperCase(Locale.ROOT) + words.substring(1)
            : "Quota key " + words;
  }

  private List<Page.Unanswered> failures(Timeline time) {
    List<Page.Unanswered> rows = new ArrayList<>();
    for (RunHistory.Part part : history.failures(PARTS)) {
      rows.add(
          new Page.Unanswered(
              String.format(
                  Locale.ROOT,
                  "%.0f to %.0f %s",
                  time.at(part.fromSlot()),
                  time.at(part.toSlot()),
                  time.unit()),
              WhoseFailure.words(part.failures()),
              Texts.clip(part.situation(), MOST_SAID)));
    }
    return rows;
  }

  private String noCalls() {
    return summary.calls().sent() == 0
        ? "This run sent no calls."
        : "The ledger of this run was not found; name it with --ledger.";
  }

  private JobSummary.@Nullable QuotaUse quota(String key) {
    return summary.quota().stream()
        .filter(quota -> quota.name().equals(key))
        .findFirst()
        .orElse(null);
  }

  private List<Page.KeyRow> keys() {
    List<Page.KeyRow> rows = new ArrayList<>();
    for (JobSummary.QuotaUse quota : summary.quota()) {
      if (rows.size() == KEYS_LISTED) {
        break;
      }
      String key = quota.name();
      rows.add(
          new Page.KeyRow(
              key.isEmpty() ? "(the account)" : Texts.clip(AccountWords.of(key), KEY_LENGTH),
              count(quota.requestsPerMinute()),
              count(quota.tokensPerMinute()),
              Numbers.count(history.calls(key)),
              Numbers.count(history.refusals(key)),
              Numbers.percent(quota.utilisation()),
              Durations.words(quota.waitedMs() / 1000.0)));
    }
    return rows;
  }

  private static String count(@Nullable Long number) {
    return Numbers.count(number == null ? 0 : number);
  }

  Page.Latency latency() {
    if (history.latency.total() == 0) {
      return new Page.Latency("No call of this run was answered.", List.of(), "");
    }
    JobSummary.Latency millis = summary.latencyMs();
    return new Page.Latency(
        "",
        List.of(
            new Fact("p50, half of them", Numbers.millis(millis.p50())),
            new Fact("p95", Numbers.millis(millis.p95())),
            new Fact("p99", Numbers.millis(millis.p99()))),
        plots.latency(history.latency));
  }

  Page.Cost cost() {
    CostFacts facts = new CostFacts(summary);
    List<Fact> sums = facts.sums();
    BigDecimal run = summary.costs().costThisRunUsd();
    BigDecimal job = summary.costs().costUsd();
    if (run == null || job == null) {
      return new Page.Cost(sums, "The price of this model is not known.", "", facts.calls());
    }
    if (run.signum() <= 0
        || history.busiest(1).isEmpty()
        || history.timeline().slots() < FEWEST_SLOTS) {
      return new Page.Cost(sums, "", "", facts.calls());
    }
    double[] spent = history.spentUsd(job.doubleValue() - run.doubleValue());
    Double estimate = inSight(summary.estimatedCostUsd(), job.doubleValue());
    Double budget = inSight(summary.budgetUsd(), job.doubleValue());
    return new Page.Cost(
        sums,
        outOfSight(estimate, budget),
        plots.cost(history.timeline(), spent, estimate, budget),
        facts.calls());
  }

  /** What the plot has no room for, so high is it above what was spent. */
  private String outOfSight(@Nullable Double estimate, @Nullable Double budget) {
    List<String> above = new ArrayList<>();
    if (estimate == null && isPositive(summary.estimatedCostUsd())) {
      above.add("the estimate of at most " + Usd.sum(summary.estimatedCostUsd()));
    }
    if (budget == null && isPositive(summary.budgetUsd())) {
      above.add("the budget of " + Usd.sum(summary.budgetUsd()));
    }
    return above.isEmpty() ? "" : "Far above the plot: " + String.join(" and ", above) + ".";
  }

  private static boolean isPositive(@Nullable BigDecimal usd) {
    return usd != null && usd.signum() > 0;
  }

  private static @Nullable Double inSight(@Nullable BigDecimal limit, double spent) {
    double usd = limit == null ? 0 : limit.doubleValue();
    return usd > 0 && usd <= IN_SIGHT * spent ? (Double) usd : null;
  }
}
