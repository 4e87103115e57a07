package io.sluice.pipeline.claim;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.pipeline.flags.UsageException;
import io.sluice.pipeline.input.DocumentFields;
import io.sluice.pipeline.input.InputFile;
import io.sluice.pipeline.input.InputRows;
import io.sluice.pipeline.input.InputSample;
import io.sluice.pipeline.json.Json;
import io.sluice.pipeline.output.JobSummary;
import io.sluice.pipeline.output.OutputPaths;
import io.sluice.pipeline.output.ResultRow;
import io.sluice.pipeline.output.RunFile;
import io.sluice.pipeline.table.TableRows;
import io.sluice.pipeline.words.Numbers;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.beam.sdk.io.fs.ResourceId;
import org.jspecify.annotations.Nullable;

/**
 * Whether a run would take away rows of an earlier one: its outputs take the place of those that
 * are there. A run over the same input, or over more, gives them all again from the ledger; one
 * over less, or over something else, does not, and is to say that it means to.
 *
 * <p>What the earlier run read is in its {@link RunFile}; where it is not, as an early version
 * wrote none, the rows say it, the first of each file of outputs.
 */
public final class Replacing {
  private static final int FILES_LOOKED_AT = 50;
  private static final int ROWS_LOOKED_AT = 1_000;

  /**
   * What a run is about to read.
   *
   * @param limit how many documents at most; 0 for all
   * @param documents expected
   * @param exact whether they were counted
   */
  public record Next(
      List<InputFile> files, DocumentFields fields, long limit, long documents, boolean exact) {}

  /** The part of a row that says what it is of. */
  private record Row(@Nullable String id, ResultRow.@Nullable Source source) {}

  private final OutputPaths paths;
  private final Next next;

  private Replacing(OutputPaths paths, Next next) {
    this.paths = paths;
    this.next = next;
  }

  /**
   * @param endless whether the run watches: then it is given no fewer rows than there are, but for
   *     files that are gone
   * @throws UsageException if rows would be lost
   */
  public static void check(OutputPaths paths, Next next, boolean endless) throws IOException {
    JobSummary summary = JobSummary.read(paths);
    if (summary == null || summary.documents() == 0) {
      return;
    }
    RunFile last = RunFile.read(paths);
    if (last != null && (!last.run().equals(summary.run()) || (endless && last.watch() != null))) {
      // Another run has begun since, and was let; or it is the same that goes on.
      return;
    }
    String why = new Replacing(paths, next).reason(summary, last, endless);
    if (why != null) {
      throw new UsageException(
          "--output: "
              + paths.root()
              + " has the rows of an earlier run, "
              + Numbers.of(summary.documents(), "document")
              + ", and this one would put others in their place: "
              + why
              + ". Give it a directory of its own, or say --replace to lose them. Nothing was sent");
    }
  }

  private @Nullable String reason(JobSummary summary, @Nullable RunFile last, boolean endless)
      throws IOException {
    String gone = missing(last);
    if (gone != null || endless) {
      return gone == null ? null : "the rows of " + gone + " are not in its input";
    }
    if (next.limit() > 0 && next.limit() < summary.documents()) {
      return "it reads " + Numbers.of(next.limit(), "document") + " (--limit)";
    }
    if (next.exact() && next.documents() < summary.documents()) {
      return "its input has " + Numbers.of(next.documents(), "document");
    }
    InputFile first = next.files().get(0);
    return isOther(first) ? first.name() + " has other documents than it had" : null;
  }

  /** A file that the earlier run read and this one will not; null where there is none. */
  private @Nullable String missing(@Nullable RunFile last) throws IOException {
    Set<String> names = new HashSet<>();
    next.files().forEach(file -> names.add(file.name()));
    List<String> before = last == null ? null : last.inputs();
    return (before == null || before.isEmpty() ? sources() : before)
        .stream().filter(name -> !name.isEmpty() && !names.contains(name)).findFirst().orElse(null);
  }

  /** Files that the first rows of the outputs are of. */
  private List<String> sources() throws IOException {
    List<String> sources = new ArrayList<>();
    List<ResourceId> files = rowFiles();
    for (ResourceId file : files.subList(0, Math.min(FILES_LOOKED_AT, files.size()))) {
      InputRows.first(
          file.toString(), JsonNode.class, 1, row -> sources.add(source(row(row)).file()));
    }
    return sources;
  }

  /**
   * Whether a file has none of the rows that it had, as far as its first ones tell: it was written
   * anew under its old name.
   */
  private boolean isOther(InputFile file) throws IOException {
    Set<String> before = new HashSet<>();
    List<ResourceId> files = rowFiles();
    for (ResourceId rows : files.subList(0, Math.min(FILES_LOOKED_AT, files.size()))) {
      InputRows.first(
          rows.toString(),
          JsonNode.class,
          ROWS_LOOKED_AT,
          read -> {
            Row row = row(read);
            ResultRow.Source source = source(row);
            if (source.file().equals(file.name())
                && source.position() <= ROWS_LOOKED_AT
                && row.id() != null) {
              before.add(row.id());
            }
          });
    }
    // One row may have been mended.
    return before.size() > 1
        && InputSample.ids(file, next.fields(), 2 * ROWS_LOOKED_AT).stream()
            .noneMatch(before::contains);
  }

  private List<ResourceId> rowFiles() throws IOException {
    List<ResourceId> files = new ArrayList<>(OutputPaths.rows(paths.results()));
    files.addAll(OutputPaths.rows(paths.deadLetters()));
    files.sort(Comparator.comparing(ResourceId::toString));
    return files;
  }

  private static Row row(JsonNode read) throws IOException {
    return Json.of(TableRows.of("", null).asLine(read), Row.class);
  }

  private static ResultRow.Source source(Row row) {
    ResultRow.Source source = row.source();
    return source == null ? new ResultRow.Source("", 0) : source;
  }
}
