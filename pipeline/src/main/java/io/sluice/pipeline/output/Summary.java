package io.sluice.pipeline.output;

import io.sluice.ModelTask;
import io.sluice.ModelTask.KeyQuota;
import io.sluice.Usage;
import io.sluice.cost.Price;
import io.sluice.internal.plan.Targets;
import io.sluice.internal.provider.Providers;
import io.sluice.internal.quota.AccountKey;
import io.sluice.pipeline.costs.Costs;
import io.sluice.pipeline.costs.KeySums;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@code summary.json}: what a run did and what the job has cost. Calls, latency and quota are this
 * run's; tokens and costs are the job's over all its runs, as the budget is.
 */
public final class Summary {
  private final RunInfo run;
  private final Targets targets;

  public Summary(RunInfo run) {
    this.run = run;
    this.targets = Targets.of(run.task(), run.price());
  }

  /**
   * Writes it in the place of the one before.
   *
   * @param tally of the rows that are in place
   * @param unsent of documents that were not sent, in place as dead letters or not
   * @param calls the run's
   * @param spend the job's
   * @param savedByBatchesUsd what the job's batches saved
   */
  public void write(
      Tally tally,
      Tally unsent,
      RunState state,
      RunCalls calls,
      Spend spend,
      BigDecimal savedByBatchesUsd)
      throws IOException {
    JobSummary summary = of(tally, unsent, state, calls, spend, savedByBatchesUsd);
    OutputPaths.writeWhole(
        run.paths().summary(),
        run.paths().temporary(run.run()) + "/summary.json",
        "application/json",
        summary.toJson());
  }

  private JobSummary of(
      Tally tally,
      Tally unsent,
      RunState state,
      RunCalls calls,
      Spend spend,
      BigDecimal savedByBatchesUsd)
      throws IOException {
    // The clock may have been set back meanwhile.
    long finishedAt = Math.max(run.startedAtMillis(), System.currentTimeMillis());
    return new JobSummary(
        run.task().name(),
        run.run(),
        run.runner(),
        state.code(),
        state == RunState.WATCHING ? (Long) tally.filesRead : null,
        tally.rowsRead,
        tally.succeeded,
        tally.deadLettered,
        tally.lost,
        unsent.stillToDo(),
        tally.deadByKind,
        calls.calls(),
        tally.servedFromLedger,
        // A run that has failed is finished again, and then says what its rows were paid for.
        spend.costs(
            state == RunState.FAILED ? new KeySums() : tally.paid,
            keysBefore(),
            run.task().quota().keys().keySet()),
        savedByLedger(tally),
        run.price() == null ? null : savedByBatchesUsd,
        savedByCaching(calls),
        run.estimatedUsd(),
        toDoUsd(tally, unsent.stillToDo(), spend.costUsd()),
        run.budgetUsd(),
        quota(calls),
        new JobSummary.Latency(calls.latency(0.50), calls.latency(0.95), calls.latency(0.99)),
        Instant.ofEpochMilli(run.startedAtMillis()).toString(),
        Instant.ofEpochMilli(finishedAt).toString(),
        (finishedAt - run.startedAtMillis()) / 1000.0,
        // An account whose key is missing was never called: only its dead letters say why.
        calls.stopReason == null ? unsent.stopReason : calls.stopReason,
        run.task().cascade() == null ? null : spend.cascade(tally.cascade, tally.succeeded));
  }

  /** By key, as the summary before says. */
  private List<Costs.OfKey> keysBefore() throws IOException {
    JobSummary before = JobSummary.read(run.paths());
    return before == null ? List.of() : before.costs().byKey();
  }

  /** What is still to do, at what a document has cost so far; null where that is not known. */
  private static @Nullable BigDecimal toDoUsd(
      Tally tally, long stillToDo, @Nullable BigDecimal costUsd) {
    long ended = tally.succeeded + tally.deadLettered - tally.stillToDo();
    if (stillToDo == 0) {
      return BigDecimal.ZERO;
    }
    return costUsd == null || ended <= 0
        ? null
        : costUsd
            .multiply(BigDecimal.valueOf(stillToDo))
            .divide(BigDecimal.valueOf(ended), new MathContext(3));
  }

  /**
   * What rows from the ledger would have cost. Of several models those count whose price is known;
   * of a row that several have answered it is not known which took how much.
   */
  private @Nullable BigDecimal savedByLedger(Tally tally) {
    if (targets.size() == 1) {
      Price price = run.price();
      return price == null ? null : price.cost(tally.savedByLedger);
    }
    BigDecimal saved = tally.servedFromLedger == 0 ? BigDecimal.ZERO : null;
    for (Map.Entry<Tally.Answered, Usage> each : tally.savedByModel.entrySet()) {
      Price price = price(each.getKey());
      if (price != null) {
        saved = (saved == null ? BigDecimal.ZERO : saved).add(price.cost(each.getValue()));
      }
    }
    return saved;
  }

  private @Nullable Price price(Tally.Answered answered) {
    if (run.task().steps().isEmpty()) {
      return targets.rungs(0).stream()
          .filter(rung -> rung.on().fallback() == answered.fallback())
          .map(rung -> targets.get(rung.on().target()).price())
          .findFirst()
          .orElse(null);
    }
    // Providers name what has answered by a date behind the name that was asked.
    String model = answered.model();
    return targets.all().stream()
        .filter(each -> model.equals(each.task().model()) || isDated(model, each.task().model()))
        .max(Comparator.comparingInt(each -> each.task().model().length()))
        .map(Targets.Target::price)
        .orElse(null);
  }

  private static boolean isDated(String model, String asked) {
    return model.startsWith(asked) && model.substring(asked.length()).matches("-[0-9-]+");
  }

  /**
   * What this run's cached input would have cost more at the price of any other, less what writing
   * it cost on top.
   */
  private @Nullable BigDecimal savedByCaching(RunCalls calls) {
    BigDecimal saved = run.price() == null ? null : BigDecimal.ZERO;
    for (Map.Entry<String, Usage> each : calls.usage.entrySet()) {
      Price price = targets.named(each.getKey()).price();
      saved =
          saved == null || price == null
              ? null
              : saved.add(
                  price.cost(uncached(each.getValue())).subtract(price.cost(each.getValue())));
    }
    for (Map.Entry<String, Usage> each : calls.batchUsage.entrySet()) {
      Price price = targets.named(each.getKey()).price();
      Usage batches = each.getValue();
      saved =
          saved == null || price == null
              ? null
              : saved.add(
                  price
                      .batchCost(uncached(batches))
                      .flatMap(uncached -> price.batchCost(batches).map(uncached::subtract))
                      .orElse(BigDecimal.ZERO));
    }
    return saved;
  }

  private static Usage uncached(Usage usage) {
    return new Usage(usage.inputTokens(), 0, usage.outputTokens());
  }

  private List<JobSummary.QuotaUse> quota(RunCalls calls) {
    List<JobSummary.QuotaUse> uses = new ArrayList<>();
    calls.byKey.forEach(
        (name, use) -> {
          AccountKey key = AccountKey.of(name);
          ModelTask asked = targets.named(key.model()).task();
          if (Providers.of(asked).runsInProcess()) {
            return;
          }
          KeyQuota quota = asked.quota().forKey(key.account());
          uses.add(
              new JobSummary.QuotaUse(
                  key.account().isEmpty() ? null : key.account(),
                  (long) quota.requestsPerMinute(),
                  quota.tokensPerMinute(),
                  use.utilisation(quota, asked.quota().burst()),
                  use.waitedMs,
                  key.model().isEmpty() ? null : key.model()));
        });
    return uses;
  }
}
