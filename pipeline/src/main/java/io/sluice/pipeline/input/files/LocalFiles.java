package io.sluice.pipeline.input.files;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The files on this machine's disk that a pattern matches. Only directories that the pattern leads
 * to are looked into; what is there by that very name is taken for it before anything is taken for
 * a pattern; below {@code **} a link is followed where it leads out of the tree, and everything is
 * found once. Hidden and temporary files and folders are left out unless the pattern names them.
 */
final class LocalFiles {
  /**
   * A file.
   *
   * @param real its path without links
   */
  record Entry(Path path, Path real, long bytes, long modifiedMillis) {}

  /**
   * What the kernel shows of itself and of processes. A link there from among documents is none: it
   * would put the job's own environment, keys and all, into its outputs.
   */
  private static final List<Path> STATE = List.of(Path.of("/proc"), Path.of("/sys"));

  private final List<Entry> found = new ArrayList<>();

  private final Consumer<String> unseen;

  private LocalFiles(Consumer<String> unseen) {
    this.unseen = unseen;
  }

  /**
   * @param unseen is told what is there and cannot be looked at: a file with a name that this
   *     process cannot have, a directory below the pattern's that is another user's
   * @throws IllegalArgumentException if a pattern is wrong
   */
  static List<Entry> find(String pattern, Consumer<String> unseen) throws IOException {
    LocalFiles files = new LocalFiles(unseen);
    String text = pattern.replaceFirst("^file:(//)?", "");
    Path named = path(text);
    if (named != null && Files.exists(named)) {
      files.add(named);
      return files.found;
    }
    Path from = Path.of(text.startsWith("/") ? "/" : "").toAbsolutePath();
    files.walk(from, Glob.segments(text));
    return files.found;
  }

  /** Whether a path is no file that can be read again, but a pipe or a device. */
  static boolean isPipe(Path path) {
    return Files.exists(path) && !Files.isRegularFile(path) && !Files.isDirectory(path);
  }

  /** Whether something has that very name. */
  static boolean isThere(String name) {
    Path path = named(name);
    return path != null && Files.exists(path);
  }

  /** What a pattern names on this machine if it is taken for a name, or null. */
  static @Nullable Path named(String name) {
    return path(name.replaceFirst("^file:(//)?", ""));
  }

  private static @Nullable Path path(String text) {
    try {
      return Path.of(text).toAbsolutePath().normalize();
    } catch (InvalidPathException e) {
      return null;
    }
  }

  private void walk(Path directory, List<String> segments) throws IOException {
    String segment = segments.get(0);
    List<String> rest = segments.subList(1, segments.size());
    if (segment.equals("..")) {
      Path parent = directory.getParent();
      if (!rest.isEmpty()) {
        walk(parent == null ? directory : parent, rest);
      }
      return;
    }
    boolean pattern = Glob.isSpecial(segment);
    Path child = path(directory + "/" + segment);
    if (child != null && (!pattern || isThere(segment, child))) {
      step(child, rest);
      return;
    }
    if (!pattern) {
      return;
    }
    List<String> alternatives = segment.contains("/") ? Glob.alternatives(segment) : null;
    if (alternatives != null) {
      for (String one : alternatives) {
        List<String> changed = new ArrayList<>(Glob.segments(one));
        changed.addAll(rest);
        walk(directory, changed);
      }
    } else if (segment.contains("**")) {
      new Tree(directory, segments).walk(directory, directory.toRealPath());
    } else {
      PathMatcher matcher = matcher(directory, segment);
      for (Path one : children(directory)) {
        if (matcher.matches(one.getFileName()) && isMeant(one, segment) && canBeNamed(one)) {
          step(one, rest);
        }
      }
    }
  }

  /** Whether a name with brackets is one. Stars match the name itself, and others with it. */
  private static boolean isThere(String segment, Path child) {
    return !segment.contains("*") && !segment.contains("?") && Files.exists(child);
  }

  private void step(Path child, List<String> rest) throws IOException {
    if (rest.isEmpty()) {
      if (Files.isRegularFile(child)) {
        add(child);
      }
    } else if (Files.isDirectory(child) && !isState(child, child.toRealPath())) {
      walk(child, rest);
    }
  }

  /** Whether what is named elsewhere is what the kernel shows. */
  private static boolean isState(Path path, Path real) {
    return STATE.stream().anyMatch(real::startsWith) && STATE.stream().noneMatch(path::startsWith);
  }

  private static boolean isMeant(Path path, String segment) {
    return !Glob.isHidden(String.valueOf(path.getFileName())) || Glob.isHidden(segment);
  }

  /** {@code **} of Java's patterns matches no name that has a line's end in it. */
  private static PathMatcher matcher(Path directory, String glob) {
    FileSystem files = directory.getFileSystem();
    PathMatcher matcher = files.getPathMatcher("glob:" + inOneLine(glob));
    return path -> {
      String name = path.toString();
      String plain = inOneLine(name);
      return matcher.matches(plain.equals(name) ? path : files.getPath(plain));
    };
  }

  /** With other characters in place of those that end lines, which names hardly have. */
  private static String inOneLine(String name) {
    return name.replace('\n', '\u0001')
        .replace('\r', '\u0002')
        .replace('\u0085', '\u0003')
        .replace('\u2028', '\u0004')
        .replace('\u2029', '\u0005');
  }

  private List<Path> children(Path directory) throws IOException {
    boolean isOpen = Files.isReadable(directory) && Files.isExecutable(directory);
    if (Files.isDirectory(directory) && !isOpen) {
      // To read it alone is to see names, and none of the files.
      unseen.accept(directory + ": permission denied");
      return List.of();
    }
    List<Path> children = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
      stream.forEach(children::add);
    } catch (NotDirectoryException | NoSuchFileException e) {
      // Gone, or something else, since it was seen.
      return List.of();
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    return children;
  }

  /** Whether a path's name is the same as a text: otherwise the file cannot be opened by it. */
  private boolean canBeNamed(Path path) {
    boolean same;
    try {
      same = Path.of(path.toString()).equals(path);
    } catch (InvalidPathException e) {
      same = false;
    }
    if (!same) {
      unseen.accept(
          unreadable(path.toString(), String.valueOf(System.getProperty("sun.jnu.encoding"))));
    }
    return same;
  }

  /**
   * @param encoding of file names in this process
   */
  static String unreadable(String name, String encoding) {
    return encoding.equalsIgnoreCase("UTF-8")
        ? "the name of " + name + " is not valid UTF-8, so it cannot be opened; rename the file"
        : "the name of "
            + name
            + " cannot be read in this process, which has file names in "
            + encoding
            + "; start it with LC_ALL=C.UTF-8 (scripts/sluice does), or rename the file";
  }

  private void add(Path path) throws IOException {
    if (Files.isDirectory(path)) {
      return;
    }
    if (isPipe(path)) {
      // What a pipe is linked to is no path.
      Path spooled = Spool.of(path.toString());
      found.add(new Entry(path, path, Files.size(spooled), 0));
      return;
    }
    try {
      BasicFileAttributes known = Files.readAttributes(path, BasicFileAttributes.class);
      Path real = path.toRealPath();
      if (isState(path, real)) {
        return;
      }
      found.add(new Entry(path, real, known.size(), known.lastModifiedTime().toMillis()));
    } catch (NoSuchFileException e) {
      // Gone since it was seen.
    }
  }

  /** What lies below a directory. */
  private final class Tree {
    private final Path root;
    private final Path realRoot;
    private final PathMatcher matcher;
    private final List<PathMatcher> named = new ArrayList<>();
    private final Set<Path> elsewhere = new HashSet<>();

    Tree(Path root, List<String> segments) throws IOException {
      this.root = root;
      this.realRoot = root.toRealPath();
      this.matcher = matcher(root, String.join("/", segments));
      for (String segment : segments) {
        if (Glob.isHidden(segment)) {
          named.add(matcher(root, segment));
        }
      }
    }

    void walk(Path directory, Path real) throws IOException {
      for (Path child : children(directory)) {
        Path name = child.getFileName();
        if (Glob.isHidden(name.toString())
            && named.stream().noneMatch(pattern -> pattern.matches(name))) {
          continue;
        }
        if (Files.isDirectory(child)) {
          Path there = Files.isSymbolicLink(child) ? child.toRealPath() : real.resolve(name);
          if (!isState(child, there)
              && (!Files.isSymbolicLink(child) || leadsElsewhere(there))
              && canBeNamed(child)) {
            walk(child, there);
          }
        } else if (matcher.matches(root.relativize(child))
            && Files.isRegularFile(child)
            && canBeNamed(child)) {
          add(child);
        }
      }
    }

    private boolean leadsElsewhere(Path there) {
      return !there.startsWith(realRoot) && !realRoot.startsWith(there) && elsewhere.add(there);
    }
  }
}
