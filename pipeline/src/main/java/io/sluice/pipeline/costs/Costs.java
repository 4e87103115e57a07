package io.sluice.pipeline.costs;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.sluice.Usage;
import java.math.BigDecimal;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Tokens and money of a job over all its runs, as {@code summary.json} and {@code status --json}
 * have them. Sums are null where a price is not known.
 *
 * @param abandonedCostUsd at most this was billed for calls of unknown outcome
 * @param costByOutcome null where an early version has written it
 * @param byTier empty where no other tier than the standard one has served
 */
public record Costs(
    @Nullable Tokens tokens,
    @Nullable BigDecimal costUsd,
    @Nullable BigDecimal costThisRunUsd,
    @Nullable BigDecimal abandonedCostUsd,
    @Nullable Outcomes costByOutcome,
    List<OfModel> byModel,
    List<OfKey> byKey,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) List<OfTier> byTier) {

  public Costs {
    byTier = byTier == null ? List.of() : byTier;
  }

  /** The same with other sums by key. */
  public Costs byKey(List<OfKey> others) {
    return new Costs(
        tokens, costUsd, costThisRunUsd, abandonedCostUsd, costByOutcome, byModel, others, byTier);
  }

  /** Tokens as the provider counted them. */
  public record Tokens(long input, long cachedInput, long output) {
    public static final Tokens NONE = new Tokens(0, 0, 0);

    public static Tokens of(Usage usage) {
      return new Tokens(usage.inputTokens(), usage.cachedInputTokens(), usage.outputTokens());
    }

    public Usage usage() {
      return new Usage(input, cachedInput, output);
    }
  }

  /** What became of the money. */
  public record Outcomes(
      @Nullable BigDecimal answeredUsd,
      @Nullable BigDecimal repeatedUsd,
      @Nullable BigDecimal failedUsd,
      @Nullable BigDecimal abandonedUsd) {}

  /** Calls that one model answered; null where none is named. */
  public record OfModel(
      @Nullable String model, long calls, @Nullable Tokens tokens, @Nullable BigDecimal costUsd) {}

  /**
   * Calls of one key of documents: where the task does not list it, those that brought a row; null
   * for the task's own account, and what is known of no key.
   */
  public record OfKey(
      @Nullable String key, long calls, @Nullable Tokens tokens, @Nullable BigDecimal costUsd) {}

  /**
   * Calls that were served in a tier, or in batches; {@code standard} where nothing else was said.
   */
  public record OfTier(
      @Nullable String tier, long calls, @Nullable Tokens tokens, @Nullable BigDecimal costUsd) {}

  /** Tokens of all calls. */
  public Tokens allTokens() {
    return tokens == null ? Tokens.NONE : tokens;
  }
}
