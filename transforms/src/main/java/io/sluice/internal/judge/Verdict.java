package io.sluice.internal.judge;

import org.jspecify.annotations.Nullable;

/** Whether an answer is what the task's output allows. */
public sealed interface Verdict {
  /**
   * The answer fits.
   *
   * @param outputJson the output as compact JSON text
   * @param repaired what was mended before it fitted, in words that results show; null where the
   *     answer is as it was asked for
   */
  record Fits(String outputJson, @Nullable String repaired) implements Verdict {
    /** As it was asked for. */
    public Fits(String outputJson) {
      this(outputJson, null);
    }
  }

  /**
   * The answer does not fit.
   *
   * @param message what was expected and what is wrong, cut to a readable length
   */
  record Unfit(String message) implements Verdict {}
}
