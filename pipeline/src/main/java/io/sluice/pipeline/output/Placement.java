package io.sluice.pipeline.output;

import io.sluice.internal.store.StoredFiles;
import io.sluice.pipeline.table.Table;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.beam.sdk.io.fs.ResourceId;

/**
 * Puts rows in their place: parts are joined into files in the temporary directory; then older
 * files of the same rows go and the new ones are renamed, so that a reader never sees half a file
 * or the same row twice. Stopped anywhere, it can be done again.
 */
public final class Placement {
  private final RunInfo run;
  private final String suffix;

  private Placement(RunInfo run, String suffix) {
    this.run = run;
    this.suffix = suffix;
  }

  /** All rows of a run, in the place of all there are. */
  static Placement ofRun(RunInfo run) {
    return new Placement(run, "");
  }

  /** The rows of a round, beside those of others. */
  public static Placement ofRound(RunInfo run, int number) {
    return new Placement(run, String.format(Locale.ROOT, "-%08d", number));
  }

  /** Puts the parts of a tally in place. */
  public void place(Tally tally) throws IOException {
    Joiner joiner = new Joiner(run.paths().temporary(run.run()) + "/joined");
    String results = "results" + suffix;
    List<ResourceId> answers =
        run.format() == OutputFormat.JSONL
            ? joiner.lines(tally.resultParts, results)
            : joiner.columns(
                tally.resultParts, results, run.format(), new Table(run.task(), run.table()));
    String deadLetters = "dead-letter" + suffix;
    List<ResourceId> dead = joiner.lines(tally.deadLetterParts, deadLetters);
    replace(run.paths().results(), results, answers);
    replace(run.paths().deadLetters(), deadLetters, dead);
  }

  /** Deletes the parts, whose rows are in place. */
  public void dropParts(Tally tally) throws IOException {
    List<ResourceId> parts = new ArrayList<>();
    tally.resultParts.forEach(part -> parts.add(OutputPaths.file(part)));
    tally.deadLetterParts.forEach(part -> parts.add(OutputPaths.file(part)));
    StoredFiles.delete(parts);
  }

  private void replace(String directory, String name, List<ResourceId> files) throws IOException {
    List<ResourceId> old = new ArrayList<>(OutputPaths.rows(directory));
    if (!suffix.isEmpty()) {
      old.removeIf(file -> !String.valueOf(file.getFilename()).startsWith(name + "-"));
    }
    StoredFiles.delete(old);
    List<ResourceId> targets = new ArrayList<>();
    for (ResourceId file : files) {
      targets.add(OutputPaths.file(directory + "/" + file.getFilename()));
    }
    StoredFiles.move(files, targets);
  }
}
