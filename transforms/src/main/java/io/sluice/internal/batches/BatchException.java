package io.sluice.internal.batches;

import io.sluice.spi.CallFailedException;
import io.sluice.spi.Reply;
import io.sluice.spi.Reply.Scope;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What a provider was asked about a batch could not be done. */
public final class BatchException extends Exception {
  private static final long serialVersionUID = 1;

  /** What can be done about it. */
  public enum Problem {
    /** It kept failing, and may work later. */
    RETRY,
    /**
     * A batch may have been created: {@link BatchClient#findOrphans} must say that it was not
     * before it is submitted again.
     */
    UNCERTAIN,
    /** The account failed (bad key, no credit): a person must act. */
    ACCOUNT,
    /** The provider refuses, and would again. */
    FATAL
  }

  private final Problem problem;
  private final @Nullable Integer status;
  private final @Nullable Duration retryAfter;

  /** What the cause was answered counts as this one's. */
  BatchException(Problem problem, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.problem = problem;
    if (cause instanceof CallFailedException failed) {
      this.status = failed.failure().status();
      this.retryAfter = failed.failure().retryAfter();
    } else if (cause instanceof BatchException failed) {
      this.status = failed.status;
      this.retryAfter = failed.retryAfter;
    } else {
      this.status = null;
      this.retryAfter = null;
    }
  }

  static BatchException of(CallFailedException e) {
    return new BatchException(problem(e.failure()), String.valueOf(e.getMessage()), e);
  }

  /** A 404 of a model's endpoint is the account's; one of a batch or a file is that one's alone. */
  private static Problem problem(Reply.Failed failure) {
    Integer status = failure.status();
    if (failure.scope() == Scope.ACCOUNT && (status == null || status != 404)) {
      return Problem.ACCOUNT;
    }
    return failure.retryable() ? Problem.RETRY : Problem.FATAL;
  }

  public Problem problem() {
    return problem;
  }

  /** Whether the provider says that it would refuse again, which a single reply may say wrongly. */
  public boolean isFinal() {
    return problem == Problem.ACCOUNT || problem == Problem.FATAL;
  }

  /** What the provider answered, by HTTP; null where it did not, or answered something unusable. */
  public @Nullable Integer status() {
    return status;
  }

  /** How long the provider asks to wait; null where it does not say. */
  public @Nullable Duration retryAfter() {
    return retryAfter;
  }
}
