package io.sluice;

import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * Tokens as the provider counted them.
 *
 * @param inputTokens all tokens of the request, cached and written ones included
 * @param cachedInputTokens those of {@code inputTokens} that were served from the provider's cache
 * @param outputTokens all tokens of the answer, invisible reasoning included
 * @param cacheWriteTokens those of {@code inputTokens} that were written to the provider's cache
 * @param longCacheWriteTokens those of {@code cacheWriteTokens} that are kept there for an hour
 * @param tier as which it was served; null where the provider does not say, and for sums of several
 */
public record Usage(
    long inputTokens,
    long cachedInputTokens,
    long outputTokens,
    long cacheWriteTokens,
    long longCacheWriteTokens,
    @Nullable Tier tier)
    implements Serializable {
  public static final Usage NONE = new Usage(0, 0, 0);

  /** Nothing was written to a cache. */
  public Usage(long inputTokens, long cachedInputTokens, long outputTokens) {
    this(inputTokens, cachedInputTokens, outputTokens, 0);
  }

  /** What was written to a cache is kept for minutes. */
  public Usage(long inputTokens, long cachedInputTokens, long outputTokens, long cacheWriteTokens) {
    this(inputTokens, cachedInputTokens, outputTokens, cacheWriteTokens, 0, null);
  }

  /** The same as served in a tier. */
  public Usage at(@Nullable Tier value) {
    return new Usage(
        inputTokens,
        cachedInputTokens,
        outputTokens,
        cacheWriteTokens,
        longCacheWriteTokens,
        value);
  }

  public Usage plus(Usage other) {
    return new Usage(
        inputTokens + other.inputTokens,
        cachedInputTokens + other.cachedInputTokens,
        outputTokens + other.outputTokens,
        cacheWriteTokens + other.cacheWriteTokens,
        longCacheWriteTokens + other.longCacheWriteTokens,
        tier == other.tier ? tier : null);
  }
}
