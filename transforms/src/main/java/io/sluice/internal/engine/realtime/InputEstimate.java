package io.sluice.internal.engine.realtime;

import io.sluice.Usage;
import io.sluice.spi.QuotaTokens;
import io.sluice.spi.Request;

/**
 * Corrects counted input tokens to what the provider counts, by the usage of its answers: models
 * without a public tokenizer are only estimated, and schemas and tools add tokens that no one
 * documents. Guarded by the engine's lock.
 *
 * <p>An estimate begins a fifth too high, which costs some quota for a few seconds rather than a
 * 429. The first answers outweigh that beginning, and old ones fade, so that the factor follows
 * documents that change. What single requests are off by is settled as each ends.
 */
final class InputEstimate {
  private static final double SAFE_START = 1.2;

  /** The weight of the beginning: after ten times as many tokens it matters by 2%. */
  private static final double START_TOKENS = 500;

  private static final double FADING = 0.99;
  private static final double LEAST = 0.2;
  private static final double MOST = 5;

  private final QuotaTokens quota;
  private final double start;
  private double estimated;
  private double counted;
  private double factor;

  /**
   * @param exact whether the model's own encoding is known
   * @param quota how tokens count against an account's limit
   */
  InputEstimate(boolean exact, QuotaTokens quota) {
    this.quota = quota;
    this.start = exact ? 1 : SAFE_START;
    this.factor = start;
  }

  /** What the provider is expected to count for an input, from our count of it. */
  long of(long inputTokens) {
    return (long) Math.ceil(inputTokens * factor - 1e-9);
  }

  /** What a request takes from the token limit by our own count. */
  long counted(Request request) {
    return quota.reserved(request);
  }

  /** What a request takes from the token limit before it is sent: input and worst-case output. */
  long reserved(Request request) {
    return quota.reserved(of(request.inputTokens()), request.maxOutputTokens());
  }

  /** What a call has taken from the token limit in the end. */
  long used(Usage usage) {
    return quota.used(usage);
  }

  /**
   * @param inputTokens our own count
   * @param actual what the provider counted; 0 where it did not say
   */
  void learn(long inputTokens, long actual) {
    if (inputTokens <= 0 || actual <= 0) {
      return;
    }
    estimated = FADING * estimated + inputTokens;
    counted = FADING * counted + actual;
    double mean = (start * START_TOKENS + counted) / (START_TOKENS + estimated);
    factor = Math.min(MOST, Math.max(LEAST, mean));
  }
}
