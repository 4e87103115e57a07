package io.sluice.internal.text;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import org.jspecify.annotations.Nullable;

/** Why a file could not be read or written. */
public final class FileReason {
  private FileReason() {}

  /** Some exceptions of the JDK carry the file's name as their whole message. */
  public static @Nullable String of(IOException e) {
    if (e instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (e instanceof FileAlreadyExistsException) {
      return e.getMessage() + " is there and no directory";
    }
    return e instanceof NoSuchFileException ? e.getMessage() + " is gone" : e.getMessage();
  }
}
