package io.sluice;

import java.io.Serializable;

/**
 * Tokens as the provider counted them.
 *
 * @param inputTokens all tokens of the request, cached and written ones included
 * @param cachedInputTokens those of {@code inputTokens} that were served from the provider's cache
 * @param outputTokens all tokens of the answer, invisible reasoning included
 * @param cacheWriteTokens those of {@code inputTokens} that were written to the provider's cache
 * @param hourWriteTokens those of {@code cacheWriteTokens} that are kept for an hour, which costs
 *     more
 */
public record Usage(
    long inputTokens,
    long cachedInputTokens,
    long outputTokens,
    long cacheWriteTokens,
    long hourWriteTokens)
    implements Serializable {
  public static final Usage NONE = new Usage(0, 0, 0);

  /** What was written to a cache is kept for minutes. */
  public Usage(long inputTokens, long cachedInputTokens, long outputTokens, long cacheWriteTokens) {
    this(inputTokens, cachedInputTokens, outputTokens, cacheWriteTokens, 0);
  }

  /** Nothing was written to a cache. */
  public Usage(long inputTokens, long cachedInputTokens, long outputTokens) {
    this(inputTokens, cachedInputTokens, outputTokens, 0);
  }

  public Usage plus(Usage other) {
    return new Usage(
        inputTokens + other.inputTokens,
        cachedInputTokens + other.cachedInputTokens,
        outputTokens + other.outputTokens,
        cacheWriteTokens + other.cacheWriteTokens,
        hourWriteTokens + other.hourWriteTokens);
  }
}
