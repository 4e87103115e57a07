package io.sluice.pipeline.show;

import io.sluice.internal.ledger.LedgerScan;
import io.sluice.pipeline.flags.UsageException;
import io.sluice.pipeline.input.InputFile;
import io.sluice.pipeline.input.InputFiles;
import io.sluice.pipeline.input.InputFormat;
import io.sluice.pipeline.input.files.OwnFiles;
import io.sluice.pipeline.output.OutputPaths;
import io.sluice.pipeline.output.RunFile;
import io.sluice.pipeline.plan.JobArguments;
import io.sluice.pipeline.storage.Storage;
import io.sluice.pipeline.task.JobTask;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where a job's answers and documents are, as its directory says it. Nothing is written there, and
 * no lock is taken.
 *
 * @param ledger the ledger's directory
 * @param task null where it cannot be read any more
 * @param files of the input; none where they are not known or gone
 * @param lacks why documents cannot be told; empty where they can
 */
record JobPlaces(
    OutputPaths paths, String ledger, @Nullable JobTask task, List<InputFile> files, String lacks) {
  private static final Pattern FORMAT = Pattern.compile("(?i)--input-?format=([a-z]+)");

  /**
   * @param other a place that is read or written, too; null for none
   * @throws UsageException if there is no job, or what a flag names is not there
   */
  static JobPlaces of(
      OutputPaths paths, @Nullable String ledger, SourceFlags flags, @Nullable String other)
      throws IOException {
    Storage.register(paths.root(), ledger, flags.task, flags.input, other);
    RunFile run = RunFile.read(paths);
    List<String> inputs = run == null || run.inputs() == null ? List.of() : run.inputs();
    if (run != null) {
      Storage.register(
          paths.root(),
          ledger,
          flags.task,
          flags.input,
          other,
          run.ledger(),
          run.task(),
          inputs.isEmpty() ? null : inputs.get(0));
    }
    String directory = ledger(paths, ledger, run);
    if (run == null
        && LedgerScan.segments(directory).isEmpty()
        && OutputPaths.rows(paths.results()).isEmpty()) {
      throw new UsageException(
          "--output: " + paths.root() + " holds no job; give the directory that it was run with");
    }
    String file = flags.task == null ? (run == null ? null : run.task()) : flags.task;
    JobTask task = null;
    String lacks = "it is not known which task was run; give --task=FILE and --input=PATTERN";
    if (file != null) {
      try {
        task = JobArguments.task(file, null, null);
        lacks = "";
      } catch (UsageException e) {
        if (flags.task != null) {
          throw e;
        }
        lacks = "its task cannot be read (" + e.getMessage() + "); give --task=FILE";
      }
    }
    InputFormat format = format(flags, run);
    List<InputFile> files = new ArrayList<>();
    if (flags.input != null) {
      files.addAll(JobArguments.list(JobArguments.input(flags.input, format, OwnFiles.NONE)));
    } else if (task != null && !inputs.isEmpty()) {
      lacks = there(inputs, format, files);
    } else if (task != null) {
      lacks = "it is not noted which files were read; give --input=PATTERN";
    }
    return new JobPlaces(paths, directory, task, lacks.isEmpty() ? files : List.of(), lacks);
  }

  /** What is missing of files that a run has read; empty where all are there. */
  private static String there(List<String> names, InputFormat format, List<InputFile> files) {
    for (String name : names) {
      // A name is no pattern here.
      List<InputFile> found =
          new InputFiles(literal(name), format)
              .look(unseen -> {}).stream().map(InputFiles.Found::file).toList();
      if (found.size() != 1 || found.get(0).format() == InputFormat.AUTO) {
        return "its input " + name + " is gone, or its format is not known; give --input=PATTERN";
      }
      files.addAll(found);
    }
    return files.isEmpty() ? "its input is not noted; give --input=PATTERN" : "";
  }

  private static String literal(String name) {
    return name.replaceAll("([*?\\[\\]{}\\\\,])", "\\\\$1");
  }

  private static InputFormat format(SourceFlags flags, @Nullable RunFile run) {
    String asked = flags.inputFormat;
    if (asked == null && run != null && run.command() != null) {
      Matcher matcher = FORMAT.matcher(run.command());
      asked = matcher.find() ? matcher.group(1) : null;
    }
    if (asked == null) {
      return InputFormat.AUTO;
    }
    try {
      return InputFormat.valueOf(asked.toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw new UsageException("--inputFormat: expected " + InputFormat.NAMES + ", got " + asked);
    }
  }

  /** The whole directory may have been moved or copied since. */
  private static String ledger(OutputPaths paths, @Nullable String named, @Nullable RunFile run) {
    if (named != null) {
      return named;
    }
    String given = run == null || run.ledger() == null ? paths.defaultLedger() : run.ledger();
    return LedgerScan.segments(given).isEmpty() ? paths.defaultLedger() : given;
  }

  boolean hasDocuments() {
    return task != null && !files.isEmpty();
  }
}
