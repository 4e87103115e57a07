package io.sluice.pipeline.input.files;

import io.sluice.internal.store.StoredFiles;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.beam.sdk.io.FileSystems;
import org.apache.beam.sdk.io.fs.EmptyMatchTreatment;
import org.apache.beam.sdk.io.fs.MatchResult;
import org.jspecify.annotations.Nullable;

/**
 * Tells folders of tables whose rows are not all that lies in them: files of rows that were deleted
 * or overwritten stay there, and the table's own log alone says which those are.
 *
 * <p>It is asked for by name whether a directory that files lie in, or one above, has such a log;
 * nothing is listed but what may be the log itself, and in a store no more than {@value
 * #MOST_IN_STORE} directories are asked about, the uppermost first.
 */
public final class TableFolders {
  static final int MOST_ON_DISK = 10_000;
  static final int MOST_IN_STORE = 40;

  /**
   * A format of tables.
   *
   * @param folder of the log
   * @param log what a file's name in it is like
   * @param inStore files of which every table has one, as a store finds them without listing much
   * @param export how to get the rows that a table has
   */
  private record Kind(
      String name, String folder, Pattern log, List<String> inStore, String export) {}

  private static final List<Kind> KINDS =
      List.of(
          new Kind(
              "a Delta table",
              "_delta_log",
              Pattern.compile("\\d{20}\\..*|_last_checkpoint"),
              List.of("_last_checkpoint", "00000000000000000000.json"),
              "such as DuckDB's COPY (FROM delta_scan('%s')) TO 'rows.parquet'"),
          new Kind(
              "an Iceberg table",
              "metadata",
              Pattern.compile("(v\\d+|\\d{5,}-[0-9a-fA-F-]{36})(\\.gz)?\\.metadata\\.json(\\.gz)?"),
              List.of("v*.metadata.json", "0*.metadata.json"),
              "such as DuckDB's COPY (FROM iceberg_scan('%s')) TO 'rows.parquet'"),
          new Kind(
              "a Hudi table",
              ".hoodie",
              Pattern.compile("hoodie\\.properties"),
              List.of("hoodie.properties"),
              "with the engine that keeps it"));

  private TableFolders() {}

  /**
   * What is to be told of the first table that files were matched in; null where there is none, or
   * none can be seen. Files that a pattern names one by one are meant.
   *
   * @param files as they were found by the patterns
   */
  public static @Nullable String told(List<String> files, List<String> patterns) {
    Set<String> named = new HashSet<>();
    for (String pattern : patterns) {
      named.add(pattern);
      Path path = StoredFiles.isLocal(pattern) ? LocalFiles.named(pattern) : null;
      if (path != null) {
        named.add(path.toString());
      }
    }
    Set<String> directories = new HashSet<>();
    files.stream().filter(file -> !named.contains(file)).forEach(file -> above(file, directories));
    List<String> order =
        directories.stream()
            .sorted(
                Comparator.comparing((String name) -> name.chars().filter(c -> c == '/').count())
                    .thenComparing(Comparator.naturalOrder()))
            .toList();
    Stream<String> local = order.stream().filter(StoredFiles::isLocal).limit(MOST_ON_DISK);
    String found =
        local
            .flatMap(
                directory ->
                    KINDS.stream()
                        .filter(kind -> isOnDisk(directory, kind))
                        .limit(1)
                        .map(kind -> words(directory, kind)))
            .findFirst()
            .orElse(null);
    return found != null
        ? found
        : inStore(
            order.stream()
                .filter(directory -> !StoredFiles.isLocal(directory))
                .limit(MOST_IN_STORE)
                .toList());
  }

  /** Adds the directories that a file lies in; of a log's own files none. */
  private static void above(String file, Set<String> directories) {
    int root = file.contains("://") ? file.indexOf("://") + 3 : 0;
    int end = file.lastIndexOf('/');
    while (end > root) {
      String directory = file.substring(0, end);
      if (directory.endsWith("/_delta_log")
          || directory.endsWith("/.hoodie")
          || !directories.add(directory)) {
        return;
      }
      end = directory.lastIndexOf('/');
    }
  }

  private static boolean isOnDisk(String directory, Kind kind) {
    Path folder = Path.of(directory, kind.folder);
    if (!Files.isDirectory(folder)) {
      return false;
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        if (kind.log.matcher(String.valueOf(file.getFileName())).matches()) {
          return true;
        }
      }
      return false;
    } catch (IOException | DirectoryIteratorException e) {
      return false;
    }
  }

  /** All are asked for at once: a store takes as long for many as for one. */
  private static @Nullable String inStore(List<String> directories) {
    record Asked(String directory, Kind kind) {}
    List<Asked> asked = new ArrayList<>();
    List<String> specs = new ArrayList<>();
    for (String directory : directories) {
      // A name that is like a pattern would ask for others.
      for (Kind kind : Glob.isSpecial(directory) ? List.<Kind>of() : KINDS) {
        for (String file : kind.inStore) {
          asked.add(new Asked(directory, kind));
          specs.add(directory + "/" + kind.folder + "/" + file);
        }
      }
    }
    if (specs.isEmpty()) {
      return null;
    }
    try {
      List<MatchResult> results = FileSystems.match(specs, EmptyMatchTreatment.ALLOW);
      for (int i = 0; i < results.size(); i++) {
        Asked one = asked.get(i);
        if (has(results.get(i), one.kind)) {
          return words(one.directory, one.kind);
        }
      }
    } catch (IOException | RuntimeException e) {
      // Who may read the rows need not be allowed to look for a log.
      return null;
    }
    return null;
  }

  private static boolean has(MatchResult result, Kind kind) {
    try {
      return result.metadata().stream()
          .anyMatch(
              file -> kind.log.matcher(String.valueOf(file.resourceId().getFilename())).matches());
    } catch (IOException e) {
      return false;
    }
  }

  private static String words(String directory, Kind kind) {
    return ("%s is %s (%s/): files of rows that were deleted or overwritten lie in it, too, and all that"
            + " match would be asked and paid for. Export the rows that it has (%s), name the files"
            + " one by one, or say --tableFiles to read all that match")
        .formatted(directory, kind.name, kind.folder, kind.export.formatted(directory));
  }
}
