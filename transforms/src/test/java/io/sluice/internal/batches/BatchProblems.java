package io.sluice.internal.batches;

import io.sluice.ErrorKind;
import io.sluice.internal.batches.BatchException.Problem;
import io.sluice.spi.CallFailedException;
import io.sluice.spi.RateHeaders;
import io.sluice.spi.Reply;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Exceptions of batches for tests of other packages. */
public final class BatchProblems {
  private BatchProblems() {}

  public static BatchException of(Problem problem) {
    return new BatchException(problem, "as the test wants it: " + problem, null);
  }

  /** That a provider has answered. */
  public static BatchException of(int status, @Nullable Duration retryAfter) {
    return BatchException.of(
        new CallFailedException(
            new Reply.Failed(
                ErrorKind.SERVER_ERROR,
                Reply.Scope.LOAD,
                true,
                "was answered " + status + " as the test wants it",
                status,
                null,
                retryAfter,
                Reply.Billing.NOT_BILLED,
                null,
                null,
                RateHeaders.NONE)));
  }
}
