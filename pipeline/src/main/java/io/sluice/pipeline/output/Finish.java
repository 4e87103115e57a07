package io.sluice.pipeline.output;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.util.ArrayList;
import java.util.List;
import org.apache.beam.sdk.io.FileSystems;
import org.apache.beam.sdk.io.fs.MoveOptions.StandardMoveOptions;
import org.apache.beam.sdk.io.fs.ResourceId;

/**
 * The last step of a run: checks that every row ended once, puts the output files in their place,
 * and writes the summary. Parts are joined into files in the temporary directory; then the older
 * run's files go and the new ones are renamed, so that a reader never sees half a file or two runs.
 * Stopped anywhere, it can be run again.
 */
final class Finish {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long FILE_BYTES = 256L << 20;

  private final RunInfo run;

  Finish(RunInfo run) {
    this.run = run;
  }

  void finish(Tally tally) throws IOException {
    long ended = tally.succeeded + tally.deadLettered;
    boolean complete = tally.rowsRead == ended;
    if (complete) {
      List<ResourceId> results = join(tally.resultParts, "results");
      List<ResourceId> dead = join(tally.deadLetterParts, "dead-letter");
      replace(run.paths().results(), results);
      replace(run.paths().deadLetters(), dead);
    }
    ObjectNode summary = new Summary(run).of(tally, complete);
    write(run.paths().summary(), JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(summary));
    if (!complete) {
      throw new IllegalStateException(
          "The run read "
              + tally.rowsRead
              + " rows but ended "
              + tally.succeeded
              + " with an answer and "
              + tally.deadLettered
              + " as dead letters; the outputs were not replaced. What was paid for is in the"
              + " ledger: run the same command again, and report this");
    }
    FileSystems.delete(
        OutputPaths.list(run.paths().temporary(run.run()) + "/**"),
        StandardMoveOptions.IGNORE_MISSING_FILES);
  }

  private List<ResourceId> join(List<String> parts, String kind) throws IOException {
    List<ResourceId> files = new ArrayList<>();
    int next = 0;
    while (next < parts.size() || files.isEmpty()) {
      ResourceId file =
          OutputPaths.file(
              String.format(
                  "%s/joined/%s-%05d.jsonl", run.paths().temporary(run.run()), kind, files.size()));
      try (OutputStream out =
          Channels.newOutputStream(FileSystems.create(file, "application/x-ndjson"))) {
        long bytes = 0;
        while (next < parts.size() && bytes < FILE_BYTES) {
          try (InputStream in =
              Channels.newInputStream(FileSystems.open(OutputPaths.file(parts.get(next))))) {
            bytes += in.transferTo(out);
          }
          next++;
        }
      }
      files.add(file);
    }
    return files;
  }

  private static void replace(String directory, List<ResourceId> files) throws IOException {
    FileSystems.delete(
        OutputPaths.list(directory + "/*.jsonl"), StandardMoveOptions.IGNORE_MISSING_FILES);
    List<ResourceId> targets = new ArrayList<>();
    for (ResourceId file : files) {
      targets.add(OutputPaths.file(directory + "/" + file.getFilename()));
    }
    FileSystems.rename(files, targets);
  }

  private void write(String name, byte[] content) throws IOException {
    ResourceId temporary = OutputPaths.file(run.paths().temporary(run.run()) + "/summary.json");
    try (OutputStream out =
        Channels.newOutputStream(FileSystems.create(temporary, "application/json"))) {
      out.write(content);
    }
    FileSystems.rename(
        List.of(temporary),
        List.of(OutputPaths.file(name)),
        StandardMoveOptions.IGNORE_MISSING_FILES);
  }
}
