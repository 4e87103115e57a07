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
   * @param isEmpty whether nothing was answered at all: asked again, the model hardly says more
   */
  record Unfit(String message, boolean isEmpty) implements Verdict {
    /** An answer that is none of what is expected. */
    public Unfit(String message) {
      this(message, false);
    }
  }
}
