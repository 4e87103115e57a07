package io.sluice.internal.store;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import org.apache.beam.sdk.io.FileSystems;
import org.apache.beam.sdk.io.fs.EmptyMatchTreatment;
import org.apache.beam.sdk.io.fs.MatchResult;
import org.apache.beam.sdk.io.fs.ResourceId;
import org.jspecify.annotations.Nullable;

/**
 * What lies under a directory, on any file system known to Beam. A directory's and a file's name
 * are taken as they are, whatever characters they have.
 *
 * <p><b>Why not Beam's own listing.</b> {@link FileSystems#match(String)} takes a name for a
 * pattern: {@code run[1]} finds what lies in {@code run1}, and nothing escapes a character on all
 * file systems. Deleting and renaming with {@code IGNORE_MISSING_FILES} match first, too. So on
 * this machine's disk the directory is walked; elsewhere every character that a pattern may give a
 * meaning to is asked for as {@code ?}, and of what that finds only what has the name itself is
 * taken. Nothing else in this project may list, delete or rename by a name that it did not make.
 */
public final class StoredFiles {
  private static final String SPECIAL = "*?[]{}\\";

  private StoredFiles() {}

  /**
   * The files below a directory that a pattern of ours matches; none where there is no directory. A
   * pipe, a socket or a device is no file.
   *
   * @param directory its name as it is
   * @param pattern below it: {@code *} for a part of a name, {@code **} for all that lies deeper
   */
  public static List<MatchResult.Metadata> list(String directory, String pattern)
      throws IOException {
    String root = withoutSlash(directory);
    if (isLocal(root)) {
      return walk(Path.of(FileSystems.matchNewResource(root, true).toString()), pattern);
    }
    List<MatchResult.Metadata> found =
        FileSystems.match(escaped(root) + "/" + pattern, EmptyMatchTreatment.ALLOW).metadata();
    return found.stream()
        .filter(file -> file.resourceId().toString().startsWith(root + "/"))
        .toList();
  }

  /** As {@link #list}, without what is known of the files. */
  public static List<ResourceId> names(String directory, String pattern) throws IOException {
    return list(directory, pattern).stream().map(MatchResult.Metadata::resourceId).toList();
  }

  /** Whether there is a file of this name. */
  public static boolean exists(String file) throws IOException {
    if (isLocal(file)) {
      return Files.isRegularFile(Path.of(resource(file).toString()));
    }
    return FileSystems.match(escaped(file), EmptyMatchTreatment.ALLOW).metadata().stream()
        .anyMatch(found -> found.resourceId().toString().equals(file));
  }

  /** A small file's content; null where there is none. */
  public static byte @Nullable [] read(String file) throws IOException {
    // Of a file that is not there every store says so in a way of its own, but lists none.
    if (!exists(file)) {
      return null;
    }
    try (InputStream in = Channels.newInputStream(FileSystems.open(resource(file)))) {
      return in.readAllBytes();
    } catch (FileNotFoundException | NoSuchFileException e) {
      return null;
    }
  }

  /** A file by its name. */
  public static ResourceId resource(String file) {
    return FileSystems.matchNewResource(file, false);
  }

  /** Deletes files; those that are gone already are passed over. */
  public static void delete(Collection<ResourceId> files) throws IOException {
    // Every file system passes over missing files by itself.
    FileSystems.delete(files);
  }

  /** Deletes files by their names. */
  public static void deleteNamed(Collection<String> files) throws IOException {
    delete(files.stream().map(StoredFiles::resource).toList());
  }

  /** Gives files other names, in place of what has those. */
  public static void move(List<ResourceId> from, List<ResourceId> to) throws IOException {
    FileSystems.rename(from, to);
  }

  /** Whether a name is one of this machine's disk. */
  public static boolean isLocal(String name) {
    return !name.contains("://") || name.startsWith("file:");
  }

  private static String withoutSlash(String directory) {
    int end = directory.length();
    while (end > 1 && directory.charAt(end - 1) == '/') {
      end--;
    }
    return directory.substring(0, end);
  }

  private static String escaped(String name) {
    StringBuilder escaped = new StringBuilder(name.length());
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      escaped.append(SPECIAL.indexOf(c) < 0 ? c : '?');
    }
    return escaped.toString();
  }

  /** Links below the directory are not followed: what they lead to is not under it. */
  private static List<MatchResult.Metadata> walk(Path root, String pattern) throws IOException {
    List<MatchResult.Metadata> found = new ArrayList<>();
    if (!Files.isDirectory(root)) {
      return found;
    }
    PathMatcher matcher = root.getFileSystem().getPathMatcher("glob:" + pattern);
    int depth =
        pattern.contains("**")
            ? Integer.MAX_VALUE
            : (int) pattern.chars().filter(c -> c == '/').count() + 1;
    // The directory itself may be a link.
    Path walked = root.toRealPath();
    Files.walkFileTree(
        walked,
        EnumSet.noneOf(java.nio.file.FileVisitOption.class),
        depth,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            Path below = walked.relativize(file);
            if (matcher.matches(below) && !isEndless(file, attributes)) {
              found.add(metadata(root.resolve(below), attributes));
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
            return passOver(e);
          }

          @Override
          public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException e)
              throws IOException {
            return e == null ? FileVisitResult.CONTINUE : passOver(e);
          }
        });
    return found;
  }

  /** What is no file: to open a pipe would wait for its writer, and a device has no end. */
  private static boolean isEndless(Path file, BasicFileAttributes attributes) {
    return attributes.isDirectory()
        || attributes.isOther()
        || (attributes.isSymbolicLink() && Files.exists(file) && !Files.isRegularFile(file));
  }

  /** What is gone since it was seen is not there. */
  private static FileVisitResult passOver(IOException e) throws IOException {
    if (e instanceof NoSuchFileException) {
      return FileVisitResult.CONTINUE;
    }
    throw e;
  }

  private static MatchResult.Metadata metadata(Path file, BasicFileAttributes attributes) {
    return MatchResult.Metadata.builder()
        .setResourceId(resource(file.toString()))
        .setSizeBytes(attributes.size())
        .setLastModifiedMillis(attributes.lastModifiedTime().toMillis())
        .setIsReadSeekEfficient(true)
        .build();
  }
}
