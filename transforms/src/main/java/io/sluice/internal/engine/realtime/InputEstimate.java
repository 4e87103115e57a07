package io.sluice.internal.engine.realtime;

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

  private final double start;
  private double estimated;
  private double counted;
  private double factor;

  /**
   * @param exact whether the model's own encoding is known
   */
  InputEstimate(boolean exact) {
    this.start = exact ? 1 : SAFE_START;
    this.factor = start;
  }

  /** What the provider is expected to count for an input, from our count of it. */
  long of(long inputTokens) {
    return (long) Math.ceil(inputTokens * factor - 1e-9);
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
