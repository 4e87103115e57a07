package io.sluice.pipeline.output;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.Serializable;
import java.nio.channels.Channels;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import org.apache.beam.sdk.io.FileSystems;
import org.apache.beam.sdk.io.fs.EmptyMatchTreatment;
import org.apache.beam.sdk.io.fs.MatchResult;
import org.apache.beam.sdk.io.fs.MoveOptions.StandardMoveOptions;
import org.apache.beam.sdk.io.fs.ResourceId;
import org.jspecify.annotations.Nullable;

/**
 * Where a job's files are. Everything under {@code .sluice} is the job's own.
 *
 * @param root the output directory, on any file system known to Beam
 */
public record OutputPaths(String root) implements Serializable {
  public OutputPaths {
    while (root.length() > 1 && root.endsWith("/")) {
      root = root.substring(0, root.length() - 1);
    }
  }

  public String results() {
    return root + "/results";
  }

  public String deadLetters() {
    return root + "/dead-letter";
  }

  public String summary() {
    return root + "/summary.json";
  }

  public String report() {
    return root + "/report.html";
  }

  public String defaultLedger() {
    return root + "/ledger";
  }

  /** What the launcher noted of the last run ({@link RunFile}). */
  public String runFile() {
    return root + "/.sluice/run.json";
  }

  /** What a job that watches its input keeps of its rounds. */
  public String rounds() {
    return root + "/.sluice/watch";
  }

  /** Files of a run that is not finished. */
  public String temporary(String run) {
    return root + "/.sluice/" + run;
  }

  /** A file by its name. */
  public static ResourceId file(String name) {
    return FileSystems.matchNewResource(name, false);
  }

  /** The files of a glob; none where nothing matches. */
  public static List<ResourceId> list(String pattern) throws IOException {
    return FileSystems.match(pattern, EmptyMatchTreatment.ALLOW).metadata().stream()
        .map(MatchResult.Metadata::resourceId)
        .toList();
  }

  /** The files of a kind of output, whatever their format; a run's are all of one. */
  public static List<ResourceId> rows(String directory) throws IOException {
    List<ResourceId> files = new ArrayList<>();
    for (OutputFormat format : OutputFormat.values()) {
      files.addAll(list(directory + "/*." + format.extension()));
    }
    return files;
  }

  /** A small file's content; null where there is none. */
  public static byte @Nullable [] read(String name) throws IOException {
    // Of a file that is not there every store says so in a way of its own, but lists none.
    List<ResourceId> found = list(name);
    if (found.isEmpty()) {
      return null;
    }
    try (InputStream in = Channels.newInputStream(FileSystems.open(found.get(0)))) {
      return in.readAllBytes();
    } catch (FileNotFoundException | NoSuchFileException e) {
      return null;
    }
  }

  /**
   * Writes a file that appears whole or not at all.
   *
   * @param temporary a name on the same file system, which nothing else uses
   */
  public static void writeWhole(String name, String temporary, String mimeType, byte[] content)
      throws IOException {
    try (OutputStream out =
        Channels.newOutputStream(FileSystems.create(file(temporary), mimeType))) {
      out.write(content);
    }
    FileSystems.rename(
        List.of(file(temporary)), List.of(file(name)), StandardMoveOptions.IGNORE_MISSING_FILES);
  }
}
