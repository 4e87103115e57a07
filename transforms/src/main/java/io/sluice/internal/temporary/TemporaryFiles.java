package io.sluice.internal.temporary;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where temporary files are made. In a process of our own that is one directory, which goes with it
 * ({@link OwnTemporary}), also if it is killed; in Flink's or Dataflow's, which outlive a job, it
 * is theirs for all. Thread-safe.
 */
public final class TemporaryFiles {
  private static final String PREFIX = "sluice-job";

  /** Where snappy unpacks its library; it leaves it there if the process is killed. */
  private static final String OF_SNAPPY = "org.xerial.snappy.tempdir";

  private static @Nullable Path own;

  private TemporaryFiles() {}

  /**
   * This process is ours alone.
   *
   * @return its directory, the same each time
   * @throws IOException if none can be made
   */
  public static synchronized Path own() throws IOException {
    Path made = own;
    if (made == null) {
      made = OwnTemporary.make(shared(), PREFIX);
      own = made;
      if (System.getProperty(OF_SNAPPY) == null) {
        System.setProperty(OF_SNAPPY, made.toString());
      }
    }
    return made;
  }

  /** Whether {@link #own} was called. */
  public static synchronized boolean areOwn() {
    return own != null;
  }

  public static Path createFile(String prefix, String suffix) throws IOException {
    return Files.createTempFile(directory(), prefix, suffix);
  }

  public static Path createDirectory(String prefix) throws IOException {
    return Files.createTempDirectory(directory(), prefix);
  }

  private static synchronized Path directory() {
    return own == null ? shared() : own;
  }

  private static Path shared() {
    return Path.of(System.getProperty("java.io.tmpdir"));
  }
}
