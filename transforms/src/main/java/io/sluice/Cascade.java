package io.sluice;

import java.io.Serializable;

/**
 * Lets a small model in the worker's process answer the rows that it is sure of. It learns from the
 * first answers that were paid for; all other rows go to the task's model as ever. The promise: at
 * least {@code agreement} of the answers are what the task's model would have said, with the
 * probability {@code confidence}, whatever the order of the input.
 *
 * @param agreement the share of answers that are those of the task's model, 0.5 to below 1
 * @param confidence the probability with which it holds for a job, 0.5 to below 1
 * @param train answers from which it learns and by which it is tested, at most; 400 or more
 * @param audit the share of rows that the task's model is asked about all the same, above 0 to 0.5
 * @param of what {@code agreement} is a share of
 * @param recheck whether rows of the small model are held back until audits have confirmed them;
 *     otherwise they leave at once, and the promise is for inputs whose rows come in random order
 */
public record Cascade(
    double agreement, double confidence, int train, double audit, Of of, boolean recheck)
    implements Serializable {

  /** What the promised share is a share of. */
  public enum Of {
    /** Of all answers; those of the task's model agree by definition. */
    ALL,
    /** Of those answers that the small model gives. */
    ANSWERED,
    /** Of those that the small model gives, for each of its answers by itself. */
    LABEL
  }

  /** At least 95% of all answers, with a probability of 95%. */
  public static final Cascade DEFAULT = new Cascade(0.95, 0.95, 2_000, 0.02, Of.ALL, true);

  /** The same for another agreement. */
  public Cascade withAgreement(double value) {
    return new Cascade(value, confidence, train, audit, of, recheck);
  }

  /** The same for a share of something else. */
  public Cascade withOf(Of value) {
    return new Cascade(agreement, confidence, train, audit, value, recheck);
  }
}
