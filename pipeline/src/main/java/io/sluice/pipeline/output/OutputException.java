package io.sluice.pipeline.output;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import org.jspecify.annotations.Nullable;

/** The outputs cannot be written. The message names the file and what to do. */
public final class OutputException extends IOException {
  private static final long serialVersionUID = 1L;

  public OutputException(String file, IOException cause) {
    super(
        "Write "
            + file
            + ": "
            + reason(cause)
            + "; make room or allow writing there, then run the same command again: what was"
            + " answered is in the ledger",
        cause);
  }

  /** Some exceptions of the JDK carry the file's name as their whole message. */
  private static @Nullable String reason(IOException e) {
    return e instanceof AccessDeniedException
        ? "permission denied"
        : e instanceof FileAlreadyExistsException
            ? e.getMessage() + " is there and no directory"
            : e instanceof NoSuchFileException ? e.getMessage() + " is gone" : e.getMessage();
  }
}
