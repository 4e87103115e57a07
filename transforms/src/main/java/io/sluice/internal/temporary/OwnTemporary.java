package io.sluice.internal.temporary;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.UserPrincipal;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;

/**
 * A directory among those for temporary files that goes with this process: at its end, and if it
 * was killed, when the next process makes one. In it lies a file that its process holds locked, and
 * the system lets go of that lock however the process ends.
 */
final class OwnTemporary {
  private static final String LOCK = "lock";
  private static final int ATTEMPTS = 50;
  private static final long PAUSE_NANOS = 10_000_000L;

  /**
   * This process' own. A channel that is forgotten is closed one day, and its lock gone; so it is
   * on some systems if the same process opens and closes the file once more.
   */
  private static final Map<Path, FileChannel> HELD = new ConcurrentHashMap<>();

  private OwnTemporary() {}

  /**
   * Makes a directory, and clears those that processes which are gone left under the same name.
   *
   * @param parent of all temporary directories
   */
  static Path make(Path parent, String prefix) throws IOException {
    Path directory = Files.createTempDirectory(parent, prefix);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(directory)));
    hold(directory);
    clear(directory, prefix);
    return directory;
  }

  /** Where nothing can be locked, as on some network disks, nothing is ever cleared. */
  private static void hold(Path directory) {
    try {
      Path made = directory.resolve(LOCK + ".new");
      FileChannel channel =
          FileChannel.open(made, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      HELD.put(directory, channel);
      // Nobody is to find it under its name before it is locked.
      if (channel.tryLock() != null) {
        Files.move(made, directory.resolve(LOCK), StandardCopyOption.ATOMIC_MOVE);
      }
    } catch (IOException e) {
      // The directory is as good without, and stays if the process is killed.
    }
  }

  /** Of the same user alone: what lies in another's could become a link while it is deleted. */
  private static void clear(Path own, String prefix) {
    Pattern name = Pattern.compile(Pattern.quote(prefix) + "\\d+");
    try (DirectoryStream<Path> all = Files.newDirectoryStream(own.resolveSibling(""))) {
      UserPrincipal user = Files.getOwner(own);
      for (Path other : all) {
        if (!HELD.containsKey(other)
            && name.matcher(String.valueOf(other.getFileName())).matches()
            && Files.isDirectory(other, LinkOption.NOFOLLOW_LINKS)
            && Files.getOwner(other, LinkOption.NOFOLLOW_LINKS).equals(user)) {
          clear(other);
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      // Who may not list the directory clears nothing in it.
    }
  }

  /** One without the file cannot be opened so. */
  private static void clear(Path other) {
    try (FileChannel channel =
            FileChannel.open(
                other.resolve(LOCK), StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
        FileLock lock = channel.tryLock()) {
      if (lock != null) {
        delete(other);
      }
    } catch (IOException | OverlappingFileLockException e) {
      // It is in use, or none of ours.
    }
  }

  /**
   * What a link leads to stays. Libraries that delete what is theirs at the end, as Flink does, do
   * so at the same time, and what goes under its hands is an error to the walk.
   */
  static void delete(Path directory) {
    for (int i = 0; i < ATTEMPTS && Files.exists(directory, LinkOption.NOFOLLOW_LINKS); i++) {
      try {
        MoreFiles.deleteRecursively(directory, RecursiveDeleteOption.ALLOW_INSECURE);
      } catch (IOException e) {
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    }
  }
}
