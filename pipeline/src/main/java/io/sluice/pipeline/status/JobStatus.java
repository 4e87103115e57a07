package io.sluice.pipeline.status;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.sluice.internal.quota.AccountKey;
import io.sluice.pipeline.cascade.CascadeUse;
import io.sluice.pipeline.costs.Costs;
import io.sluice.pipeline.output.JobSummary;
import io.sluice.pipeline.words.AccountWords;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How far a job is, as {@code status --json} writes it: in this order, and what lies in a group
 * beside the rest. A group that does not apply is null, and not written.
 *
 * @param state a summary's word, or what {@link Liveness#state} says
 * @param at when this was read, ISO 8601
 * @param heartbeatAt the newest record of the run; null for none
 * @param message why it stopped, or what holds it up; null where there is nothing to say
 * @param cascade null where there is none
 * @param watched of a run that watches its input
 */
public record JobStatus(
    String name,
    String run,
    String state,
    boolean working,
    String at,
    @Nullable String heartbeatAt,
    @Nullable String runner,
    @Nullable String startedAt,
    @JsonUnwrapped @Nullable Finished finished,
    @JsonUnwrapped @Nullable Watched watched,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String message,
    @JsonUnwrapped Documents documents,
    @JsonUnwrapped @Nullable Batches batches,
    @JsonUnwrapped Pace pace,
    List<Quota> quota,
    JobSummary.Calls calls,
    @JsonUnwrapped Costs costs,
    @Nullable BigDecimal estimatedCostUsd,
    @Nullable BigDecimal budgetUsd,
    @JsonUnwrapped @Nullable Place place,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable CascadeUse cascade) {

  /** What only a run that is over has. */
  public record Finished(
      @Nullable String finishedAt,
      double wallSeconds,
      long stillToDo,
      Map<String, Long> deadLettersByKind) {}

  /**
   * Of a run that watches its input.
   *
   * @param watch the time between two looks
   * @param files in the outputs
   */
  public record Watched(String watch, long files) {}

  /**
   * @param documents expected; null where that is not known
   * @param documentsExact whether that was counted
   */
  public record Documents(
      @Nullable Long documents,
      boolean documentsExact,
      long seen,
      long succeeded,
      long deadLettered,
      long servedFromLedger,
      long inFlight,
      long waiting) {}

  /** Batches at work at the provider, whether the job is or not. */
  public record Batches(long batches, long batchRequests, long batchDone) {}

  /**
   * @param secondsLeft null where that is not known
   */
  public record Pace(double perSecond, @Nullable Long secondsLeft) {}

  /**
   * An account's limits and their use.
   *
   * @param key null for the task's own account
   * @param requestsPerMinuteUsed null of a run that is over, as {@code tokensPerMinuteUsed}
   * @param waitedMs null of a run that is at work
   * @param model another model than the task's own; null for that one
   */
  public record Quota(
      @Nullable String key,
      @Nullable Long requestsPerMinute,
      @Nullable Long tokensPerMinute,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Long requestsPerMinuteUsed,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Long tokensPerMinuteUsed,
      double utilisation,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Long waitedMs,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String model) {

    /** For people; empty for the task's own account at its own model. */
    String words() {
      return AccountWords.of(
          new AccountKey(key == null ? "" : key, model == null ? "" : model).key());
    }
  }

  /** Where the job was started, and how. */
  public record Place(@Nullable String directory, @Nullable String command) {}
}
