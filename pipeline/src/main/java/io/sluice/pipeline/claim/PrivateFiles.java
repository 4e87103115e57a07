package io.sluice.pipeline.claim;

import io.sluice.pipeline.flags.UsageException;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * {@code --private}: outputs and ledger that nobody but their owner reads. Java cannot set a umask,
 * so their directories are closed before anything is in them (0700), and the files follow at the
 * end (0600); {@code scripts/sluice} sets the umask, too.
 */
public final class PrivateFiles implements AutoCloseable {
  private static final Set<PosixFilePermission> DIRECTORY =
      PosixFilePermissions.fromString("rwx------");
  private static final Set<PosixFilePermission> FILE = PosixFilePermissions.fromString("rw-------");

  private final List<Path> directories;

  private PrivateFiles(List<Path> directories) {
    this.directories = directories;
  }

  /** Closes nothing: files are as the umask says. */
  public static PrivateFiles none() {
    return new PrivateFiles(List.of());
  }

  /**
   * Makes the output directory, or closes the one that is there.
   *
   * @param ledger a ledger elsewhere, which {@link #directory} makes; null where it is in the
   *     output
   * @throws UsageException if one is not on a disk of this machine, or not to be closed
   */
  public static PrivateFiles of(String output, @Nullable String ledger) {
    List<Path> directories = new ArrayList<>();
    directories.add(directory(output));
    if (ledger != null) {
      directories.add(local(ledger));
    }
    return new PrivateFiles(directories);
  }

  /** Makes a directory of the owner's own. */
  public static Path directory(String name) {
    Path directory = local(name);
    try {
      Path parent = directory.getParent();
      if (parent != null) {
        Files.createDirectories(parent);
      }
      if (!Files.isDirectory(directory)) {
        Files.createDirectory(directory, PosixFilePermissions.asFileAttribute(DIRECTORY));
      }
      Files.setPosixFilePermissions(directory, DIRECTORY);
      return directory;
    } catch (IOException | UnsupportedOperationException e) {
      throw new UsageException("--private: cannot close " + directory + " to others: " + e);
    }
  }

  private static Path local(String name) {
    if (name.contains("://")) {
      throw new UsageException(
          "--private: " + name + " is in a store; who reads there is set in the store");
    }
    return Path.of(name).toAbsolutePath().normalize();
  }

  /** Takes from others what lies in the directories. */
  @Override
  public void close() throws IOException {
    for (Path directory : directories) {
      if (Files.isDirectory(directory)) {
        Files.walkFileTree(directory, new Closing());
      }
    }
  }

  private static final class Closing extends SimpleFileVisitor<Path> {
    @Override
    public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
        throws IOException {
      Files.setPosixFilePermissions(directory, DIRECTORY);
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
      if (attributes.isRegularFile()) {
        Files.setPosixFilePermissions(file, FILE);
      }
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
      if (e instanceof NoSuchFileException) {
        return FileVisitResult.CONTINUE;
      }
      throw e;
    }
  }
}
