package io.sluice.pipeline.output;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.sluice.internal.quota.AccountKey;
import io.sluice.pipeline.cascade.CascadeUse;
import io.sluice.pipeline.costs.Costs;
import io.sluice.pipeline.json.JobFile;
import io.sluice.pipeline.json.Json;
import io.sluice.pipeline.words.WhoseFailure;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@code summary.json}, in the order of its fields. Those of a version that did not have them are
 * zero, empty or null.
 *
 * @param state a {@link RunState}'s word
 * @param files how many are in place, of a run that watches; null of another
 * @param lostRows rows of damaged files that are none of the documents: each of their dead letters
 *     stands for one
 * @param stillToDo documents that nothing is wrong with, and that were not sent
 * @param startedAt ISO 8601, as {@code finishedAt}; empty where it is no time
 * @param stopReason why calling stopped; null where it did not
 * @param cascade null of a task without one
 */
public record JobSummary(
    String name,
    String run,
    String runner,
    String state,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Long files,
    long documents,
    long succeeded,
    long deadLettered,
    @JsonInclude(JsonInclude.Include.NON_DEFAULT) long lostRows,
    long stillToDo,
    Map<String, Long> deadLettersByKind,
    Calls calls,
    long servedFromLedger,
    @JsonUnwrapped Costs costs,
    @Nullable BigDecimal savedByLedgerUsd,
    @Nullable BigDecimal savedByBatchUsd,
    @Nullable BigDecimal savedByCachingUsd,
    @Nullable BigDecimal estimatedCostUsd,
    @Nullable BigDecimal stillToDoUsd,
    @Nullable BigDecimal budgetUsd,
    List<QuotaUse> quota,
    Latency latencyMs,
    String startedAt,
    @Nullable String finishedAt,
    double wallSeconds,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String stopReason,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable CascadeUse cascade) {

  public JobSummary {
    name = orEmpty(name);
    run = orEmpty(run);
    runner = orEmpty(runner);
    state = orEmpty(state);
    startedAt = orEmpty(JobFile.moment(startedAt));
    finishedAt = JobFile.moment(finishedAt);
    calls = calls == null ? Calls.NONE : calls;
    costs =
        costs == null
            ? new Costs(null, null, null, null, null, List.of(), List.of(), List.of())
            : costs;
    latencyMs = latencyMs == null ? new Latency(0, 0, 0) : latencyMs;
  }

  /**
   * A run's calls.
   *
   * @param failures those without an answer, by whose failure it was; null where there were none
   */
  public record Calls(
      long sent,
      long succeeded,
      long rateLimited,
      long retried,
      long failed,
      @JsonInclude(JsonInclude.Include.NON_EMPTY) @Nullable Map<String, Long> failures) {
    static final Calls NONE = new Calls(0, 0, 0, 0, 0, null);

    /** In words: what they were taken for; empty where there were none. */
    public String failuresInWords() {
      return failures == null ? "" : WhoseFailure.words(failures);
    }
  }

  /**
   * What a run used of an account's limits.
   *
   * @param key null for the task's own account
   * @param utilisation the share of the tighter limit, 0 to 1
   * @param model another model than the task's own, which has limits of its own; null for that one
   */
  public record QuotaUse(
      @Nullable String key,
      @Nullable Long requestsPerMinute,
      @Nullable Long tokensPerMinute,
      double utilisation,
      long waitedMs,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String model) {

    /** As the ledger names it. */
    public String name() {
      return new AccountKey(orEmpty(key), orEmpty(model)).key();
    }
  }

  /** Quantiles of the time that answers took, in milliseconds. */
  public record Latency(long p50, long p95, long p99) {}

  /** The last run's; null where there is none. */
  public static @Nullable JobSummary read(OutputPaths paths) throws IOException {
    return JobFile.read(paths.summary(), JobSummary.class);
  }

  public RunState runState() {
    return RunState.ofCode(state);
  }

  /** Whether a run has come to its end, as a summary says; one that watches has not. */
  public static boolean hasEnded(@Nullable JobSummary summary, String run) {
    return summary != null
        && summary.run().equals(run)
        && !summary.state().equals(RunState.WATCHING.code());
  }

  byte[] toJson() {
    return Json.pretty(this);
  }

  private static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }
}
