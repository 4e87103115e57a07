package io.sluice.pipeline.output;

import io.sluice.internal.store.StoredFiles;
import io.sluice.pipeline.input.files.OwnFiles;
import java.io.IOException;
import java.io.OutputStream;
import java.io.Serializable;
import java.nio.channels.Channels;
import java.util.ArrayList;
import java.util.List;
import org.apache.beam.sdk.io.FileSystems;
import org.apache.beam.sdk.io.fs.ResourceId;

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

  /** Where a job of this directory writes, which is no input of it. */
  public OwnFiles written(String ledger) {
    List<String> places = new ArrayList<>(List.of(results(), summary(), report()));
    places.add(root + "/.sluice");
    places.add(defaultLedger());
    places.add(new OutputPaths(ledger).root());
    return new OwnFiles(places, deadLetters());
  }

  /** A file by its name. */
  public static ResourceId file(String name) {
    return FileSystems.matchNewResource(name, false);
  }

  /** The files of a kind of output, whatever their format; a run's are all of one. */
  public static List<ResourceId> rows(String directory) throws IOException {
    List<ResourceId> files = new ArrayList<>();
    for (OutputFormat format : OutputFormat.values()) {
      files.addAll(StoredFiles.names(directory, "*." + format.extension()));
    }
    return files;
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
    StoredFiles.move(List.of(file(temporary)), List.of(file(name)));
  }
}
