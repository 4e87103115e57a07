package io.sluice.spi;

import io.sluice.Usage;

/**
 * How a provider counts a request against an account's tokens a minute.
 *
 * @param outputWeight how often an output token counts, 1 or more
 * @param countsCacheReads whether input that is read from the provider's cache counts
 */
public record QuotaTokens(int outputWeight, boolean countsCacheReads) {
  /** Every token counts once. */
  public static final QuotaTokens PLAIN = new QuotaTokens(1, true);

  public QuotaTokens {
    if (outputWeight < 1) {
      throw new IllegalArgumentException(
          "An output token counts once or more often, got " + outputWeight);
    }
  }

  /** What is taken before the call: the input, and the most that the answer may have. */
  public long reserved(long inputTokens, long maxOutputTokens) {
    return inputTokens + outputWeight * maxOutputTokens;
  }

  /** As above, of a request as it was counted. */
  public long reserved(Request request) {
    return reserved(request.inputTokens(), request.maxOutputTokens());
  }

  /** What a call has taken in the end. */
  public long used(Usage usage) {
    return usage.inputTokens()
        - (countsCacheReads ? 0 : usage.cachedInputTokens())
        + outputWeight * usage.outputTokens();
  }
}
