package io.sluice.pipeline.input.files;

import io.sluice.internal.temporary.TemporaryFiles;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Copies of pipes and other files that can be read only once, such as {@code /dev/stdin}: the first
 * who asks reads the pipe to its end, and everybody in this process reads the copy. Gone with the
 * process. Thread-safe.
 */
public final class Spool {
  private static final Map<String, Path> COPIES = new ConcurrentHashMap<>();

  /** What a mode says of a file, as Linux has it: a device of blocks, or of characters. */
  private static final int KIND = 0xF000;

  private static final int BLOCKS = 0x6000;
  private static final int CHARACTERS = 0x2000;

  /** The devices of zeros and random numbers, and the one among them that ends. */
  private static final long MEMORY = 1;

  private static final long NULL = (MEMORY << 8) + 3;

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

  /**
   * Copies a pipe, which may have no end.
   *
   * @param most bytes
   * @throws IOException if it has more
   */
  static void copy(String name, InputStream in, OutputStream out, long most) throws IOException {
    byte[] buffer = new byte[1 << 16];
    long bytes = 0;
    for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
      bytes += read;
      if (bytes > most) {
        throw new IOException(
            name
                + " is copied before it is read, and has more than "
                + most
                + " bytes, half of what is free in "
                + System.getProperty("java.io.tmpdir")
                + ": write it to a file, and name that");
      }
      out.write(buffer, 0, read);
    }
  }

  /** A disk is no document, and {@code /dev/zero} and the like have no end. */
  private static void checkEnds(Path path) throws IOException {
    int kind;
    long device;
    try {
      kind = (Integer) Files.getAttribute(path, "unix:mode") & KIND;
      device = ((Number) Files.getAttribute(path, "unix:rdev")).longValue();
    } catch (UnsupportedOperationException | IllegalArgumentException e) {
      // Another system, which has other names.
      return;
    }
    boolean isOfMemory = kind == CHARACTERS && device >> 8 == MEMORY && device != NULL;
    if (kind == BLOCKS || isOfMemory) {
      throw new IOException(path + " is a device without documents; name a file or a pipe");
    }
  }

  /**
   * The file to open for a name that was listed: a pipe was copied then, and what is one now has
   * taken the file's place. To open it would wait for a writer that need not come.
   *
   * @throws NoSuchFileException if it is no file any more
   */
  public static String ofListed(String name) throws NoSuchFileException {
    if (!isNeeded(name)) {
      return name;
    }
    Path copy = COPIES.get(name);
    if (copy == null) {
      throw new NoSuchFileException(name, null, "it is no file any more");
    }
    return copy.toString();
  }

  private static Path copy(String name) {
    try {
      Path copy = TemporaryFiles.createFile("sluice-input-", "");
      copy.toFile().deleteOnExit();
      checkEnds(Path.of(name));
      try (InputStream in = Files.newInputStream(Path.of(name));
          OutputStream out = Files.newOutputStream(copy)) {
        copy(name, in, out, Files.getFileStore(copy).getUsableSpace() / 2);
      } catch (IOException e) {
        Files.deleteIfExists(copy);
        throw e;
      }
      return copy;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
