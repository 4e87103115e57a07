package io.sluice.pipeline.output;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.ModelTask;
import io.sluice.ModelTask.KeyQuota;
import io.sluice.Usage;
import io.sluice.cost.Price;
import io.sluice.ledger.LedgerScan;
import io.sluice.ledger.LedgerTotals;
import java.math.BigDecimal;
import java.math.MathContext;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * {@code summary.json}: what a run did and what the job has cost. Calls, latency and quota are this
 * run's; tokens and costs are the job's over all its runs, as the budget is.
 */
final class Summary {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final RunInfo run;

  Summary(RunInfo run) {
    this.run = run;
  }

  ObjectNode of(Tally tally, boolean complete) {
    LedgerTotals job = new LedgerTotals();
    RunCalls calls = new RunCalls(run.run());
    LedgerScan.scan(
        run.ledger(),
        (segment, offset, record) -> {
          job.add(segment, record);
          calls.add(segment, record);
        });
    // Calls that are open now belong to workers that are gone.
    job.endOfSegments();
    long finishedAt = System.currentTimeMillis();
    ObjectNode out = JSON.createObjectNode();
    out.put("name", run.task().name());
    out.put("run", run.run());
    out.put("runner", run.runner());
    out.put("state", state(tally, complete).code());
    out.put("documents", tally.rowsRead);
    out.put("succeeded", tally.succeeded);
    out.put("deadLettered", tally.deadLettered);
    out.put("stillToDo", tally.stillToDo());
    ObjectNode kinds = out.putObject("deadLettersByKind");
    tally.deadByKind.forEach(kinds::put);
    out.set("calls", calls.calls());
    out.put("servedFromLedger", tally.servedFromLedger);
    Spend spend = new Spend(job, calls);
    spend.write(out);
    Spend.putMoney(out, "savedByLedgerUsd", cost(tally.savedByLedger));
    Spend.putMoney(out, "savedByBatchUsd", run.price() == null ? null : job.savedByBatchesUsd());
    Spend.putMoney(out, "savedByCachingUsd", savedByCaching(calls.usage));
    Spend.putMoney(out, "estimatedCostUsd", run.estimatedUsd());
    Spend.putMoney(out, "stillToDoUsd", toDoUsd(tally, spend.costUsd()));
    Spend.putMoney(out, "budgetUsd", run.budgetUsd());
    quota(out.putArray("quota"), calls);
    out.putObject("latencyMs")
        .put("p50", calls.latency(0.50))
        .put("p95", calls.latency(0.95))
        .put("p99", calls.latency(0.99));
    out.put("startedAt", Instant.ofEpochMilli(run.startedAtMillis()).toString());
    out.put("finishedAt", Instant.ofEpochMilli(finishedAt).toString());
    out.put("wallSeconds", (finishedAt - run.startedAtMillis()) / 1000.0);
    // An account whose key is missing was never called: only its dead letters say why.
    String stopReason = calls.stopReason == null ? tally.stopReason : calls.stopReason;
    if (stopReason != null) {
      out.put("stopReason", stopReason);
    }
    return out;
  }

  /** What is still to do, at what a document has cost so far; null where that is not known. */
  private static @Nullable BigDecimal toDoUsd(Tally tally, @Nullable BigDecimal costUsd) {
    long ended = tally.succeeded + tally.deadLettered - tally.stillToDo();
    if (tally.stillToDo() == 0) {
      return BigDecimal.ZERO;
    }
    return costUsd == null || ended <= 0
        ? null
        : costUsd
            .multiply(BigDecimal.valueOf(tally.stillToDo()))
            .divide(BigDecimal.valueOf(ended), new MathContext(3));
  }

  private @Nullable BigDecimal cost(Usage usage) {
    Price price = run.price();
    return price == null ? null : price.cost(usage);
  }

  /**
   * What this run's cached input would have cost more at the price of any other, less what writing
   * it cost on top.
   */
  private @Nullable BigDecimal savedByCaching(Usage usage) {
    BigDecimal cost = cost(usage);
    BigDecimal uncached = cost(new Usage(usage.inputTokens(), 0, usage.outputTokens()));
    return cost == null || uncached == null ? null : uncached.subtract(cost);
  }

  private RunState state(Tally tally, boolean complete) {
    if (!complete) {
      return RunState.FAILED;
    }
    if (tally.deadByKind.containsKey("account")) {
      return RunState.STOPPED_BY_PROVIDER;
    }
    if (tally.deadByKind.containsKey("budget")) {
      return RunState.STOPPED_BY_BUDGET;
    }
    return tally.deadLettered > run.maxFailureRate() * tally.rowsRead
        ? RunState.TOO_MANY_FAILURES
        : RunState.SUCCEEDED;
  }

  private void quota(ArrayNode out, RunCalls calls) {
    if (run.task().provider().kind() == ModelTask.ProviderKind.LOCAL) {
      return;
    }
    calls.byKey.forEach(
        (key, use) -> {
          KeyQuota quota = run.task().quota().forKey(key);
          ObjectNode entry = out.addObject();
          if (key.isEmpty()) {
            entry.putNull("key");
          } else {
            entry.put("key", key);
          }
          entry.put("requestsPerMinute", quota.requestsPerMinute());
          entry.put("tokensPerMinute", quota.tokensPerMinute());
          entry.put("utilisation", use.utilisation(quota));
          entry.put("waitedMs", use.waitedMs);
        });
  }
}
