package io.sluice.pipeline.plan;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.ModelTask;
import io.sluice.internal.plan.Merging;
import io.sluice.internal.plan.RowRequests;
import io.sluice.internal.plan.Steps;
import io.sluice.internal.prepare.ExactJson;
import io.sluice.internal.prepare.RequestBuilder;
import io.sluice.pipeline.flags.UsageException;
import io.sluice.pipeline.input.FileColumns;
import io.sluice.pipeline.input.InputFile;
import io.sluice.pipeline.input.InputSample;
import io.sluice.pipeline.output.OutputFormat;
import io.sluice.pipeline.table.DocumentColumns;
import io.sluice.pipeline.task.JobTask;
import io.sluice.pipeline.task.Places.Problem;
import io.sluice.pipeline.words.Numbers;
import io.sluice.spi.PromptException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Holds what a task names against what its input has and what its results are, so that all that is
 * wrong is said at once, with the lines of the task's file. Not thread-safe.
 */
final class ColumnCheck {
  private static final String COLUMNS = "output.includeDocument";

  private static final int ROWS = 1_000;

  /** Of inputs whose files each lack something else. */
  private static final int MOST_TOLD = 20;

  private final JobTask job;

  /** Files by what is wrong with them, and by the field that says so. */
  private final Map<Wrong, List<String>> wrong = new LinkedHashMap<>();

  private record Wrong(String path, String what) {}

  private ColumnCheck(JobTask job) {
    this.job = job;
  }

  /**
   * Looks at files whose columns are known before their rows are, and at the first rows of the rest
   * where something is wrong already.
   *
   * @param format of the results; null where none are written
   * @return how many files' columns were looked at
   * @throws UsageException with all that is wrong, each with its line
   */
  static int check(JobTask job, List<InputFile> files, @Nullable OutputFormat format)
      throws IOException {
    ColumnCheck check = new ColumnCheck(job);
    int checked = FileColumns.each(files, job.fields(), check::file);
    if (format != null && format != OutputFormat.JSONL) {
      check.clashes(format == OutputFormat.CSV);
    }
    if (!check.wrong.isEmpty()) {
      check.rest(files.stream().filter(file -> !file.hasColumns()).toList());
    }
    check.end();
    return checked;
  }

  /**
   * Looks whether rows have what the task names.
   *
   * @param unusable how many of the documents no request can be made of
   * @param problem of one of those
   * @throws UsageException with all that is wrong, each with its line
   */
  static void check(JobTask job, InputSample sample, int unusable, String problem) {
    ColumnCheck check = new ColumnCheck(job);
    check.rows(sample, unusable, problem);
    check.end();
  }

  private void file(InputFile file, @Nullable String mismatch, List<String> columns) {
    if (mismatch != null) {
      note("document", "--input: " + mismatch, null);
    }
    List<String> all = new ArrayList<>(columns);
    ModelTask task = job.task();
    if (!task.steps().isEmpty()) {
      // What earlier steps answer is no column.
      all.add(Steps.FIELD);
    }
    if (Merging.isNeeded(task)) {
      all.add(Merging.FIELD);
    }
    int questions = Steps.questions(task).size();
    int place = 0;
    for (ModelTask question : Steps.tasks(task)) {
      String path = task.steps().isEmpty() || place >= questions ? "" : Steps.path(place) + ".";
      new RequestBuilder(question)
          .lacking(all)
          .forEach((where, lacks) -> lacks.forEach(what -> note(path + where, what, file)));
      place++;
    }
    String missing = DocumentColumns.missingIn(columns, job.table().document());
    if (missing != null) {
      note(COLUMNS, missing, file);
    }
  }

  private void clashes(boolean flat) {
    List<String> columns = job.table().document();
    List<String> clashes = DocumentColumns.clashes(columns, flat, job.task());
    if (!clashes.isEmpty()) {
      note(
          COLUMNS,
          COLUMNS
              + " names "
              + quoted(clashes, ", ")
              + ", and results have a column of that name, in whatever case"
              + "; leave it out (id is document.id), give it another name in the input, or write"
              + " jsonl, where it stands under document",
          null);
    }
    for (List<String> alike : DocumentColumns.alike(columns, job.task())) {
      note(
          COLUMNS,
          COLUMNS
              + " names "
              + quoted(alike, " and ")
              + ", which readers take for one column; leave one out, give it another name in the"
              + " input, or write jsonl, where they stand under document",
          null);
    }
  }

  private static String quoted(List<String> names, String between) {
    return names.stream().map(name -> "'" + name + "'").collect(Collectors.joining(between));
  }

  private void rest(List<InputFile> files) throws IOException {
    if (files.isEmpty()) {
      return;
    }
    InputSample sample;
    try {
      sample = InputSample.take(files, job.fields(), ROWS);
    } catch (IllegalArgumentException e) {
      note("document", String.valueOf(e.getMessage()), null);
      return;
    }
    RowRequests requests = new RowRequests(job.task());
    int unusable = 0;
    String problem = "";
    for (String document : sample.documents()) {
      try {
        requests.whole((ObjectNode) ExactJson.read(document));
      } catch (PromptException | JsonProcessingException e) {
        unusable++;
        problem = String.valueOf(e.getMessage());
      }
    }
    rows(sample, unusable, problem);
  }

  private void rows(InputSample sample, int unusable, String problem) {
    int looked = sample.documents().size();
    if (unusable > sample.again() && unusable == looked) {
      // What none of so many rows can be asked with, as a field's name that is misspelt, no other
      // row can, as likely as not. Dead letters that are given back are such already.
      note(
          !job.task().steps().isEmpty()
              ? "steps"
              : problem.contains("prompt.system") ? "prompt.system" : "prompt.user",
          "--input: none of "
              + (sample.whole() ? "" : "the first ")
              + Numbers.of(unusable, "document")
              + " can be asked: "
              + problem,
          null);
    }
    String missing = DocumentColumns.missing(sample.documents(), job.table().document());
    if (missing != null) {
      note(
          COLUMNS,
          "--input: " + missing + " (looked for in " + Numbers.of(looked, "document") + ")",
          null);
    }
  }

  private void note(String path, String what, @Nullable InputFile file) {
    List<String> files = wrong.computeIfAbsent(new Wrong(path, what), of -> new ArrayList<>());
    if (file != null) {
      files.add(file.name());
    }
  }

  private void end() {
    if (wrong.isEmpty()) {
      return;
    }
    List<Problem> problems = new ArrayList<>();
    wrong.forEach((of, files) -> problems.add(job.places().at(of.path(), said(of, files))));
    problems.sort(Comparator.comparingInt(Problem::line));
    int more = problems.size() - MOST_TOLD;
    throw new UsageException(
        problems.stream().limit(MOST_TOLD).map(Problem::text).collect(Collectors.joining("\n"))
            + (more > 0 ? "\n… and " + more + " more" : ""));
  }

  private static String said(Wrong of, List<String> files) {
    return files.isEmpty()
        ? of.what()
        : "--input: "
            + files.get(0)
            + (files.size() == 1
                ? ""
                : " and " + (files.size() == 2 ? "another file" : files.size() - 1 + " more files"))
            + ": "
            + of.what();
  }
}
