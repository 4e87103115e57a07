package io.sluice.pipeline.input;

import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.beam.sdk.io.FileSystems;
import org.apache.beam.sdk.io.fs.EmptyMatchTreatment;
import org.apache.beam.sdk.io.fs.MatchResult;

/**
 * The files that patterns match.
 *
 * @param patterns globs on any file system known to Beam, comma-separated
 */
public record InputFiles(String patterns, InputFormat format) implements Serializable {

  /**
   * A file as it was listed.
   *
   * @param file with the format {@link InputFormat#AUTO} where its name tells none
   * @param modifiedMillis when it was last written, epoch milliseconds; 0 where that is not known
   */
  public record Found(InputFile file, long modifiedMillis) {}

  /**
   * Lists the files by name, each once, hidden ones left out.
   *
   * @throws IllegalArgumentException if a pattern matches nothing, or a file's format is unknown;
   *     the message says what to do
   */
  public List<InputFile> list() {
    Map<String, Found> files = new TreeMap<>();
    for (String glob : globs()) {
      Map<String, Found> matches = matches(glob);
      if (matches.isEmpty()) {
        throw new IllegalArgumentException(
            "--input: no file matches " + glob + "; check the path and quote globs for the shell");
      }
      files.putAll(matches);
    }
    List<InputFile> listed = files.values().stream().map(Found::file).toList();
    checkFormats(listed);
    return listed;
  }

  /** The files that are there now, none where nothing matches, as {@link #list} has them. */
  public List<Found> look() {
    Map<String, Found> files = new TreeMap<>();
    globs().forEach(glob -> files.putAll(matches(glob)));
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

  private Map<String, Found> matches(String glob) {
    Map<String, Found> files = new TreeMap<>();
    for (MatchResult.Metadata file : match(glob)) {
      String name = file.resourceId().toString();
      if (!file.resourceId().isDirectory() && !isHidden(name)) {
        InputFormat known = format == InputFormat.AUTO ? InputFormat.ofName(name) : format;
        files.put(
            name,
            new Found(
                new InputFile(name, file.sizeBytes(), known == null ? InputFormat.AUTO : known),
                file.lastModifiedMillis()));
      }
    }
    return files;
  }

  /** The same files for a process that works elsewhere: local patterns from the root. */
  public InputFiles absolute() {
    List<String> globs = new ArrayList<>();
    for (String glob : globs()) {
      boolean relative = !glob.contains("://") && !glob.startsWith("/");
      globs.add(relative ? Path.of("").toAbsolutePath() + "/" + glob : glob);
    }
    return new InputFiles(String.join(",", globs), format);
  }

  /** The patterns apart: a comma within braces belongs to its pattern. */
  private List<String> globs() {
    List<String> globs = new ArrayList<>();
    int depth = 0;
    int start = 0;
    for (int i = 0; i < patterns.length(); i++) {
      char c = patterns.charAt(i);
      depth += c == '{' ? 1 : c == '}' ? -1 : 0;
      if (c == ',' && depth <= 0) {
        globs.add(patterns.substring(start, i).strip());
        start = i + 1;
      }
    }
    globs.add(patterns.substring(start).strip());
    return globs;
  }

  private static List<MatchResult.Metadata> match(String glob) {
    try {
      return FileSystems.match(glob, EmptyMatchTreatment.ALLOW).metadata();
    } catch (IOException | IllegalArgumentException e) {
      throw new IllegalArgumentException("--input: cannot list " + glob + ": " + e.getMessage(), e);
    }
  }

  private static boolean isHidden(String name) {
    String last = name.substring(name.lastIndexOf('/') + 1);
    return last.startsWith(".") || last.startsWith("_");
  }
}
