package io.sluice.pipeline.flags;

import io.sluice.internal.http.ApiKeys;

/** The command line, the task or an input path is wrong: nothing was sent. Exit code 2. */
public final class UsageException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * @param message what is wrong; a key that was written in a wrong place is not repeated
   */
  public UsageException(String message) {
    super(ApiKeys.withoutKeys(message));
  }
}
