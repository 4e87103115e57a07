package io.sluice.pipeline.claim;

import io.sluice.pipeline.flags.UsageException;
import io.sluice.pipeline.json.DamagedFileException;
import io.sluice.pipeline.runner.JobFailedException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** A directory that a flag names, and that cannot be written to before anything was sent. */
final class Unwritable {
  private Unwritable() {}

  /**
   * What to throw: what is damaged names itself; a full disk passes, and the same command is the
   * answer to it; anything else is a mistake in the flag or in the permissions.
   *
   * @param flag with its dashes
   */
  static RuntimeException of(String flag, String directory, IOException e) {
    if (e instanceof DamagedFileException) {
      return new UsageException(flag + ": " + e.getMessage());
    }
    String reason = reason(directory, e);
    String what = flag + ": cannot write to " + directory + ": " + reason;
    return reason.contains("No space left") || reason.contains("quota exceeded")
        ? new JobFailedException(what + "; make room there, then run the same command again", e)
        : new UsageException(
            what + "; nothing was sent: name another directory, or allow writing there");
  }

  /** Some exceptions say nothing but a path. */
  private static String reason(String directory, IOException e) {
    String said = e instanceof FileSystemException of ? of.getReason() : e.getMessage();
    if (said != null && !said.isBlank()) {
      return said;
    }
    boolean isFile = !directory.contains("://") && Files.isRegularFile(Path.of(directory));
    if (isFile || e instanceof FileAlreadyExistsException) {
      return "Not a directory";
    }
    if (e instanceof NoSuchFileException) {
      return "No such file or directory can be made";
    }
    return e instanceof AccessDeniedException ? "Permission denied" : e.getClass().getSimpleName();
  }
}
