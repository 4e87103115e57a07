package io.sluice.pipeline.input.files;

import io.sluice.internal.temporary.TemporaryFiles;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Copies of pipes and other files that can be read only once, such as {@code /dev/stdin}: the first
 * who asks reads the pipe to its end, and everybody in this process reads the copy. Gone with the
 * process. Thread-safe.
 */
public final class Spool {
  private static final Map<String, Path> COPIES = new ConcurrentHashMap<>();

  private Spool() {}

  /** The file to open for a name: a copy where the name is of a pipe. */
  public static Path of(String name) throws IOException {
    Path path = Path.of(name);
    Path copy = COPIES.get(name);
    if (copy != null || !isNeeded(name)) {
      return copy == null ? path : copy;
    }
    try {
      return COPIES.computeIfAbsent(name, Spool::copy);
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /** Whether a name on this machine's disk is of a pipe or a device. */
  public static boolean isNeeded(String name) {
    return !name.contains("://") && (COPIES.containsKey(name) || LocalFiles.isPipe(Path.of(name)));
  }

  private static Path copy(String name) {
    try {
      Path copy = TemporaryFiles.createFile("sluice-input-", "");
      copy.toFile().deleteOnExit();
      try (InputStream in = Files.newInputStream(Path.of(name))) {
        Files.copy(in, copy, StandardCopyOption.REPLACE_EXISTING);
      }
      return copy;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
