package io.sluice.pipeline.output;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.ModelTask.KeyQuota;
import io.sluice.Usage;
import io.sluice.cost.Price;
import io.sluice.internal.provider.Providers;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * {@code summary.json}: what a run did and what the job has cost. Calls, latency and quota are this
 * run's; tokens and costs are the job's over all its runs, as the budget is.
 */
public final class Summary {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final RunInfo run;

  public Summary(RunInfo run) {
    this.run = run;
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
    OutputPaths.writeWhole(
        run.paths().summary(),
        run.paths().temporary(run.run()) + "/summary.json",
        "application/json",
        JSON.writerWithDefaultPrettyPrinter()
            .writeValueAsBytes(of(tally, unsent, state, calls, spend, savedByBatchesUsd)));
  }

  private ObjectNode of(
      Tally tally,
      Tally unsent,
      RunState state,
      RunCalls calls,
      Spend spend,
      BigDecimal savedByBatchesUsd) {
    // The clock may have been set back meanwhile.
    long finishedAt = Math.max(run.startedAtMillis(), System.currentTimeMillis());
    ObjectNode out = JSON.createObjectNode();
    out.put("name", run.task().name());
    out.put("run", run.run());
    out.put("runner", run.runner());
    out.put("state", state.code());
    if (state == RunState.WATCHING) {
      out.put("files", tally.filesRead);
    }
    out.put("documents", tally.rowsRead);
    out.put("succeeded", tally.succeeded);
    out.put("deadLettered", tally.deadLettered);
    out.put("stillToDo", unsent.stillToDo());
    ObjectNode kinds = out.putObject("deadLettersByKind");
    tally.deadByKind.forEach(kinds::put);
    out.set("calls", calls.calls());
    out.put("servedFromLedger", tally.servedFromLedger);
    spend.write(out);
    Spend.putMoney(out, "savedByLedgerUsd", cost(tally.savedByLedger));
    Spend.putMoney(out, "savedByBatchUsd", run.price() == null ? null : savedByBatchesUsd);
    Spend.putMoney(out, "savedByCachingUsd", savedByCaching(calls.usage));
    Spend.putMoney(out, "estimatedCostUsd", run.estimatedUsd());
    Spend.putMoney(out, "stillToDoUsd", toDoUsd(tally, unsent.stillToDo(), spend.costUsd()));
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
    String stopReason = calls.stopReason == null ? unsent.stopReason : calls.stopReason;
    if (stopReason != null) {
      out.put("stopReason", stopReason);
    }
    return out;
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

  private void quota(ArrayNode out, RunCalls calls) {
    if (Providers.of(run.task()).runsInProcess()) {
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
