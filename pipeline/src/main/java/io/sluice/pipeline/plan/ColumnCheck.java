package io.sluice.pipeline.plan;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.internal.text.ExactJson;
import io.sluice.pipeline.flags.UsageException;
import io.sluice.pipeline.input.FileColumns;
import io.sluice.pipeline.input.InputFile;
import io.sluice.pipeline.input.InputSample;
import io.sluice.pipeline.output.OutputFormat;
import io.sluice.pipeline.table.DocumentColumns;
import io.sluice.pipeline.task.JobTask;
import io.sluice.pipeline.task.Places.Problem;
import io.sluice.pipeline.words.Numbers;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
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

  private final List<UsedFields> templates;

  private ColumnCheck(JobTask job) {
    this.job = job;
    this.templates = UsedFields.of(job.task());
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
    int checked = check.columns(files, format);
    if (!check.wrong.isEmpty()) {
      check.rest(files);
    }
    check.end();
    return checked;
  }

  /**
   * All that can be told of a task whose file has mistakes of its own, as far as it was read.
   *
   * @param format of the results; null where none are written
   */
  static List<Problem> problems(
      JobTask broken, List<InputFile> files, @Nullable OutputFormat format) throws IOException {
    ColumnCheck check = new ColumnCheck(broken);
    check.columns(files, format);
    check.rest(files);
    return check.problems();
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

  private int columns(List<InputFile> files, @Nullable OutputFormat format) {
    int checked = FileColumns.each(files, job.fields(), this::file);
    if (format != null && format != OutputFormat.JSONL) {
      clashes(format == OutputFormat.CSV);
    }
    return checked;
  }

  private void file(InputFile file, @Nullable String mismatch, List<String> columns) {
    if (mismatch != null) {
      note("document", "--input: " + mismatch, null);
    }
    for (UsedFields used : templates) {
      used.lacking(columns).forEach(what -> note(used.path(), what, file));
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

  /** Files whose rows name their fields. */
  private void rest(List<InputFile> all) throws IOException {
    List<InputFile> files = all.stream().filter(file -> !file.hasColumns()).toList();
    if (files.isEmpty()) {
      return;
    }
    try {
      rows(InputSample.take(files, job.fields(), ROWS), 0, "");
    } catch (IllegalArgumentException e) {
      note("document", String.valueOf(e.getMessage()), null);
    }
  }

  private void rows(InputSample sample, int unusable, String problem) {
    int looked = sample.documents().size();
    // What none of so many rows can be asked with, as a field's name that is misspelt, no other row
    // can, as likely as not. Dead letters that are given back are such already.
    if (looked > sample.again() && !lacking(sample) && unusable == looked) {
      note(
          !job.task().steps().isEmpty()
              ? "steps"
              : problem.contains("prompt.system") ? "prompt.system" : "prompt.user",
          none(sample) + problem,
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

  /** Notes what templates use that no row has; whether there is any. */
  private boolean lacking(InputSample sample) {
    List<UsedFields> unfit = new ArrayList<>(templates);
    Set<String> fields = new LinkedHashSet<>();
    for (String document : sample.documents()) {
      if (unfit.isEmpty()) {
        return false;
      }
      try {
        ObjectNode read = (ObjectNode) ExactJson.read(document);
        read.fieldNames().forEachRemaining(fields::add);
        unfit.removeIf(used -> used.fits(read));
      } catch (JsonProcessingException e) {
        throw new IllegalStateException("A document is JSON", e);
      }
    }
    boolean found = false;
    for (UsedFields used : unfit) {
      for (String what : used.lacking(fields)) {
        note(used.path(), none(sample) + what, null);
        found = true;
      }
    }
    return found;
  }

  private static String none(InputSample sample) {
    return "--input: none of "
        + (sample.whole() ? "" : "the first ")
        + Numbers.of(sample.documents().size(), "document")
        + " can be asked: ";
  }

  private void note(String path, String what, @Nullable InputFile file) {
    List<String> files = wrong.computeIfAbsent(new Wrong(path, what), of -> new ArrayList<>());
    if (file != null) {
      files.add(file.name());
    }
  }

  private void end() {
    if (!wrong.isEmpty()) {
      throw new UsageException(
          problems().stream().map(Problem::text).collect(Collectors.joining("\n")));
    }
  }

  private List<Problem> problems() {
    List<Problem> problems = new ArrayList<>();
    wrong.forEach((of, files) -> problems.add(job.places().at(of.path(), said(of, files))));
    problems.sort(Comparator.comparingInt(Problem::line));
    int more = problems.size() - MOST_TOLD;
    if (more <= 0) {
      return problems;
    }
    List<Problem> told = new ArrayList<>(problems.subList(0, MOST_TOLD));
    told.add(new Problem(Integer.MAX_VALUE, "… and " + more + " more"));
    return told;
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
