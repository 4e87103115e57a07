package io.sluice.pipeline.output;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.beam.sdk.io.FileSystems;
import org.apache.beam.sdk.io.fs.MoveOptions.StandardMoveOptions;
import org.apache.beam.sdk.io.fs.ResourceId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The last step of a run: checks that every row ended once, puts the output files in their place,
 * and writes the summary. Parts are joined into files in the temporary directory; then the older
 * run's files go and the new ones are renamed, so that a reader never sees half a file or two runs.
 * Stopped anywhere, it can be run again.
 */
final class Finish {
  private static final Logger LOG = LoggerFactory.getLogger(Finish.class);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final RunInfo run;
  private final WhenFinished whenFinished;

  Finish(RunInfo run, WhenFinished whenFinished) {
    this.run = run;
    this.whenFinished = whenFinished;
  }

  void finish(Tally tally) throws OutputException {
    try {
      if (hasFinished()) {
        LOG.info("{} has finished already; its outputs are left as they are", run.run());
      } else {
        write(tally);
      }
    } catch (IOException e) {
      throw new OutputException(run.paths().root(), e);
    }
    afterwards();
  }

  /** Whether it has, and the runner has only come back to a time before. */
  private boolean hasFinished() throws IOException {
    JsonNode summary = RunFile.summary(run.paths());
    return summary != null
        && summary.path("run").asText().equals(run.run())
        && !summary.path("state").asText().equals(RunState.FAILED.code());
  }

  private void write(Tally tally) throws IOException {
    long ended = tally.succeeded + tally.deadLettered;
    boolean complete = tally.rowsRead == ended;
    if (complete) {
      Joiner joiner = new Joiner(run.paths().temporary(run.run()) + "/joined");
      List<ResourceId> results =
          run.format() == OutputFormat.JSONL
              ? joiner.lines(tally.resultParts, "results")
              : joiner.columns(
                  tally.resultParts, "results", run.format(), ResultShape.of(run.task()));
      List<ResourceId> dead = joiner.lines(tally.deadLetterParts, "dead-letter");
      replace(run.paths().results(), results);
      replace(run.paths().deadLetters(), dead);
      FileSystems.delete(
          OutputPaths.list(run.paths().report()), StandardMoveOptions.IGNORE_MISSING_FILES);
    }
    ObjectNode summary = new Summary(run).of(tally, complete);
    OutputPaths.writeWhole(
        run.paths().summary(),
        run.paths().temporary(run.run()) + "/summary.json",
        "application/json",
        JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(summary));
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

  /** The outputs are in place: what goes wrong from here on is no failure of the job. */
  private void afterwards() {
    try {
      whenFinished.finished(run.paths(), run.ledger());
    } catch (IOException | RuntimeException | LinkageError e) {
      LOG.warn("The outputs are complete, but not {}: {}", run.paths().report(), e.toString());
    }
  }

  private static void replace(String directory, List<ResourceId> files) throws IOException {
    FileSystems.delete(OutputPaths.rows(directory), StandardMoveOptions.IGNORE_MISSING_FILES);
    List<ResourceId> targets = new ArrayList<>();
    for (ResourceId file : files) {
      targets.add(OutputPaths.file(directory + "/" + file.getFilename()));
    }
    FileSystems.rename(files, targets);
  }
}
