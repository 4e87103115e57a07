package io.sluice.pipeline.input.rows;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The storage failed, not what lies there: to be tried again, never a reason to give up rows. */
public final class StorageException extends IOException {
  private static final long serialVersionUID = 1L;

  StorageException(String file, Exception cause) {
    super("Read " + file + ": the storage failed: " + cause.getMessage(), cause);
  }

  /** The storage's failure that another one comes of; null where the storage did its part. */
  public static @Nullable StorageException in(Throwable thrown) {
    for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
      if (cause instanceof StorageException fault) {
        return fault;
      }
    }
    return null;
  }
}
