package io.sluice;

import java.io.Serializable;

/**
 * Tokens as the provider counted them.
 *
 * @param inputTokens all tokens of the request, cached ones included
 * @param cachedInputTokens those of {@code inputTokens} that were served from the provider's cache
 * @param outputTokens all tokens of the answer, invisible reasoning included
 */
public record Usage(long inputTokens, long cachedInputTokens, long outputTokens)
    implements Serializable {
  public static final Usage NONE = new Usage(0, 0, 0);

  public Usage plus(Usage other) {
    return new Usage(
        inputTokens + other.inputTokens,
        cachedInputTokens + other.cachedInputTokens,
        outputTokens + other.outputTokens);
  }
}
