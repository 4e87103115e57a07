package io.sluice.pipeline.flags;

/** The command line, the task or an input path is wrong: nothing was sent. Exit code 2. */
public final class UsageException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public UsageException(String message) {
    super(message);
  }
}
