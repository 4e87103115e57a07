package io.sluice.internal.batches;

import io.sluice.internal.batches.BatchException.Problem;

/** Exceptions of batches for tests of other packages. */
public final class BatchProblems {
  private BatchProblems() {}

  public static BatchException of(Problem problem) {
    return new BatchException(problem, "as the test wants it: " + problem, null);
  }
}
