package io.sluice.internal.engine;

/**
 * How many input tokens a provider may count at most where we counted some, so that a budget holds
 * enough: a count is exact only for models with a public tokenizer, and there, too, schemas and
 * tools add tokens that no one documents. It only grows: an answer that was counted higher raises
 * it for all that follow. Thread-safe.
 */
public final class InputBound {
  /** An estimate may be a quarter too low. */
  private static final double ESTIMATE = 1.25;

  /** What a provider adds to every request weighs most in short ones: not all of it is a factor. */
  private static final long ADDED_TOKENS = 50;

  private volatile double factor;

  /**
   * @param exact whether the model's own encoding is known
   */
  public InputBound(boolean exact) {
    this.factor = exact ? 0 : ESTIMATE;
  }

  /** Our own count, or what was seen to come of such counts. */
  public long of(long inputTokens) {
    double now = factor;
    return now == 0 ? inputTokens : (long) Math.ceil((inputTokens + ADDED_TOKENS) * now);
  }

  /**
   * @param inputTokens our own count; 0 where there is none
   * @param actual what the provider counted
   */
  public synchronized void learn(long inputTokens, long actual) {
    if (inputTokens > 0 && actual > of(inputTokens)) {
      factor = Math.max(1, (double) actual / (inputTokens + ADDED_TOKENS));
    }
  }
}
