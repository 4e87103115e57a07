package io.sluice.internal.judge;

/** Whether an answer is what the task's output allows. */
public sealed interface Verdict {
  /**
   * The answer fits.
   *
   * @param outputJson the output as compact JSON text
   */
  record Fits(String outputJson) implements Verdict {}

  /**
   * The answer does not fit.
   *
   * @param message what was expected and what is wrong, cut to a readable length
   */
  record Unfit(String message) implements Verdict {}
}
