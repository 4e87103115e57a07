package io.sluice.pipeline.input;

import io.sluice.pipeline.input.files.FoundFiles;
import io.sluice.pipeline.input.files.OwnFiles;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.AccessDeniedException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * The files that patterns match.
 *
 * @param patterns globs on any file system known to Beam, comma-separated
 * @param own what the job writes itself, which is left out
 * @param staysInside whether a file is to be left out that a link leads to, out of the folder that
 *     its pattern names
 * @param seen what was there already when somebody looked before: it is listed though it be gone,
 *     so that its reader says so
 */
public record InputFiles(
    String patterns, InputFormat format, OwnFiles own, boolean staysInside, List<InputFile> seen)
    implements Serializable {

  /** A list of more is not taken along to where it is read: it would be a large part of a job. */
  static final int MOST_SEEN = 50_000;

  public InputFiles {
    seen = seen.size() > MOST_SEEN ? List.of() : List.copyOf(seen);
  }

  /** Of a job that writes no files. */
  public InputFiles(String patterns, InputFormat format) {
    this(patterns, format, OwnFiles.NONE, false, List.of());
  }

  /** The same without what a job writes. */
  public InputFiles without(OwnFiles written) {
    return new InputFiles(patterns, format, written, staysInside, seen);
  }

  /** The same of a folder that others write to: their links lead nowhere outside of it. */
  public InputFiles stayingInside() {
    return new InputFiles(patterns, format, own, true, seen);
  }

  /**
   * The same after a look at what is there: a job lists its input again, elsewhere and later, and
   * what is gone by then was counted and shown before.
   */
  public InputFiles having(List<InputFile> files) {
    return new InputFiles(patterns, format, own, staysInside, files);
  }

  /**
   * A file as it was listed.
   *
   * @param file with the format {@link InputFormat#AUTO} where its name tells none
   * @param modifiedMillis when it was last written, epoch milliseconds; 0 where that is not known
   * @param leadsOut whether it is to be left out, as a link that leads out of its folder
   */
  public record Found(InputFile file, long modifiedMillis, boolean leadsOut) {}

  /**
   * Lists the files by name, each once, hidden ones left out; with those that were seen before.
   *
   * @throws IllegalArgumentException if a pattern matches nothing, or a file's format is unknown;
   *     the message says what to do
   */
  public List<InputFile> list() {
    Map<String, Found> files = new TreeMap<>();
    for (String glob : globs()) {
      Map<String, Found> matches = matches(glob, InputFiles::refuse);
      if (matches.isEmpty()) {
        throw new IllegalArgumentException(
            "--input: no file matches " + glob + "; " + FoundFiles.whyNone(glob));
      }
      files.putAll(matches);
    }
    seen.forEach(file -> files.putIfAbsent(file.name(), new Found(file, 0, false)));
    List<InputFile> listed = files.values().stream().map(Found::file).toList();
    checkFormats(listed);
    return listed;
  }

  /**
   * Makes sure that files may match one day, where none need to be there yet.
   *
   * @throws IllegalArgumentException if a pattern is the name of a directory, with what to do
   */
  public void checkPatterns() {
    for (String glob : globs()) {
      if (FoundFiles.isDirectory(glob)) {
        throw new IllegalArgumentException("--input: " + glob + ": " + FoundFiles.whyNone(glob));
      }
    }
  }

  /**
   * The files that are there now, none where nothing matches, as {@link #list} has them.
   *
   * @param unseen is told what is there and cannot be looked at, which is left out
   */
  public List<Found> look(Consumer<String> unseen) {
    Map<String, Found> files = new TreeMap<>();
    globs().forEach(glob -> files.putAll(matches(glob, unseen)));
    return List.copyOf(files.values());
  }

  /**
   * Makes sure that it is known how documents lie in each file.
   *
   * @throws IllegalArgumentException with what to do
   */
  public static void checkFormats(List<InputFile> files) {
    List<String> unknown =
        files.stream()
            .filter(file -> file.format() == InputFormat.AUTO)
            .map(InputFile::name)
            .toList();
    if (!unknown.isEmpty()) {
      throw new IllegalArgumentException(
          "--input: the format of "
              + String.join(", ", unknown.subList(0, Math.min(3, unknown.size())))
              + (unknown.size() > 3 ? ", …" : "")
              + " is not known by name; say --inputFormat=jsonl, csv, text, file, avro or parquet");
    }
  }

  private static void refuse(String problem) {
    throw new IllegalArgumentException(problem);
  }

  private Map<String, Found> matches(String glob, Consumer<String> unseen) {
    Map<String, Found> files = new TreeMap<>();
    for (FoundFiles.Entry file : match(glob, unseen)) {
      InputFormat known = format == InputFormat.AUTO ? InputFormat.ofName(file.name()) : format;
      files.put(
          file.name(),
          new Found(
              new InputFile(file.name(), file.bytes(), known == null ? InputFormat.AUTO : known),
              file.modifiedMillis(),
              staysInside && file.outside()));
    }
    return files;
  }

  /** The same files for a process that works elsewhere: local patterns from the root. */
  public InputFiles absolute() {
    List<String> globs = new ArrayList<>();
    for (String glob : globs()) {
      boolean relative =
          !glob.contains("://") && !glob.startsWith("/") && !glob.startsWith("file:");
      globs.add(relative ? FoundFiles.workingDirectory() + "/" + glob : glob);
    }
    return new InputFiles(String.join(",", globs), format, own, staysInside, seen);
  }

  private List<String> globs() {
    return FoundFiles.apart(patterns);
  }

  private List<FoundFiles.Entry> match(String glob, Consumer<String> unseen) {
    try {
      return FoundFiles.of(glob, own, unseen);
    } catch (IOException | IllegalArgumentException e) {
      String denied = e instanceof AccessDeniedException ? ": permission denied" : "";
      throw new IllegalArgumentException(
          "--input: cannot list " + glob + ": " + e.getMessage() + denied, e);
    }
  }
}
