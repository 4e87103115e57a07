package io.sluice.pipeline.input.files;

import io.sluice.pipeline.storage.Storage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.beam.sdk.io.FileSystems;
import org.apache.beam.sdk.io.fs.EmptyMatchTreatment;
import org.apache.beam.sdk.io.fs.MatchResult;

/** Lists what patterns match, on this machine's disk and in stores. */
public final class FoundFiles {
  private FoundFiles() {}

  /**
   * A file.
   *
   * @param modifiedMillis when it was last written, epoch milliseconds; 0 where that is not known
   * @param outside whether a link leads to it from within the folder that the pattern names, and it
   *     lies elsewhere
   */
  public record Entry(String name, long bytes, long modifiedMillis, boolean outside) {}

  /**
   * Patterns apart: a comma within braces, or behind a backslash, belongs to its pattern. Spaces
   * around one do not, but where a file has them in its name.
   */
  public static List<String> apart(String patterns) {
    return Glob.apart(patterns).stream()
        .map(each -> LocalFiles.isThere(each) ? each : Storage.plain(each.strip()))
        .toList();
  }

  /** This process' working directory as a pattern that matches it alone. */
  public static String workingDirectory() {
    return Glob.escaped(Path.of("").toAbsolutePath().toString());
  }

  /**
   * The files that a pattern matches, each once, without hidden ones and the job's own.
   *
   * @param unseen is told what is there and cannot be looked at, which is left out
   * @throws IllegalArgumentException if the pattern is wrong, or names a place where the job writes
   */
  public static List<Entry> of(String pattern, OwnFiles own, Consumer<String> unseen)
      throws IOException {
    return pattern.contains("://") && !pattern.startsWith("file:")
        ? inStore(pattern, own)
        : local(pattern, own, unseen);
  }

  /** Whether a pattern is the name of a directory of this machine. */
  public static boolean isDirectory(String pattern) {
    Path path = LocalFiles.named(pattern);
    return path != null && Files.isDirectory(path);
  }

  /** Why a pattern matches nothing, as far as that can be seen, and what to do. */
  public static String whyNone(String pattern) {
    if (isDirectory(pattern)) {
      String folder = pattern.replaceFirst("/+$", "");
      return "it is a directory: say which files in it, such as '%s/*.jsonl', or '%s/**' for all that are below it"
          .formatted(folder, folder);
    }
    Path path = LocalFiles.named(pattern);
    if (path != null && Files.isSymbolicLink(path)) {
      return "it is a link to what is not there";
    }
    return "check the path and quote globs for the shell (hidden and temporary files, and what the"
        + " job itself writes, are left out)";
  }

  private static List<Entry> local(String pattern, OwnFiles own, Consumer<String> unseen)
      throws IOException {
    List<LocalFiles.Entry> found = new ArrayList<>(LocalFiles.find(pattern, unseen));
    // A link to a file that is found, too, is that file.
    found.sort(
        Comparator.comparing((LocalFiles.Entry file) -> !file.path().equals(file.real()))
            .thenComparing(LocalFiles.Entry::path));
    Set<Path> seen = new HashSet<>();
    List<Entry> files = new ArrayList<>();
    String path = pattern.replaceFirst("^file:(//)?", "");
    OwnFiles.Check written = own.check(path);
    Path folder = Path.of(Glob.fixed(path)).toAbsolutePath();
    Path root = Files.isDirectory(folder) ? folder.toRealPath() : null;
    for (LocalFiles.Entry file : found) {
      if (seen.add(file.real()) && !written.has(file.path(), file.real())) {
        boolean outside = root != null && !file.real().startsWith(root);
        files.add(new Entry(file.path().toString(), file.bytes(), file.modifiedMillis(), outside));
      }
    }
    return files;
  }

  private static List<Entry> inStore(String pattern, OwnFiles own) throws IOException {
    List<Entry> files = new ArrayList<>();
    for (String glob : Glob.withoutBraces(pattern)) {
      OwnFiles.Check written = own.check(glob);
      for (MatchResult.Metadata file :
          FileSystems.match(glob, EmptyMatchTreatment.ALLOW).metadata()) {
        String name = file.resourceId().toString();
        if (!file.resourceId().isDirectory() && !isHidden(name, glob) && !written.has(name)) {
          files.add(new Entry(name, file.sizeBytes(), file.lastModifiedMillis(), false));
        }
      }
    }
    return files;
  }

  /** Whether a part of the name that the pattern does not name is hidden. */
  private static boolean isHidden(String name, String glob) {
    List<String> named = Glob.segments(glob);
    for (String segment :
        name.substring(Math.min(name.length(), Glob.fixed(glob).length())).split("/")) {
      if (Glob.isHidden(segment)
          && named.stream().noneMatch(one -> Glob.isHidden(one) && matches(segment, one))) {
        return true;
      }
    }
    return false;
  }

  private static boolean matches(String name, String glob) {
    return Path.of("").getFileSystem().getPathMatcher("glob:" + glob).matches(Path.of(name));
  }
}
