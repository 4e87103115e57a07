package io.sluice.pipeline.show;

import io.sluice.ModelTask;
import io.sluice.ModelTask.Output;
import io.sluice.ModelTask.OutputType;
import io.sluice.internal.ledger.LedgerException;
import io.sluice.internal.store.StoredFiles;
import io.sluice.pipeline.flags.DirectoryFlags;
import io.sluice.pipeline.flags.UsageException;
import io.sluice.pipeline.flags.VerbFlags;
import io.sluice.pipeline.output.OutputFormat;
import io.sluice.pipeline.output.OutputPaths;
import io.sluice.pipeline.plan.JobArguments;
import io.sluice.pipeline.table.DocumentColumns;
import io.sluice.pipeline.table.Table;
import io.sluice.pipeline.table.TableTask;
import io.sluice.pipeline.table.TableWriter;
import io.sluice.pipeline.task.JobTask;
import io.sluice.pipeline.words.Numbers;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.apache.beam.sdk.io.FileSystems;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The verb {@code export}. */
@Command(
    name = "sluice export",
    sortOptions = false,
    usageHelpAutoWidth = true,
    separator = "=",
    description = {
      "",
      "Writes the answers that a job has so far to one file, with their documents, while it runs or"
          + " after it ended or was stopped. Reads its ledger and its input; the job is not"
          + " disturbed.",
      ""
    },
    footer = {"", "Example:", "  sluice export --output=out/tickets --to=so-far.csv"})
public final class ExportVerb {
  private static final int BUFFER_BYTES = 1 << 16;

  @Mixin final DirectoryFlags directory = new DirectoryFlags();

  @Option(
      names = "--to",
      paramLabel = "FILE",
      description =
          "The file to write, in the format that its name ends with: jsonl, csv, parquet or avro. One"
              + " that is there is replaced. Required.")
  @Nullable String to;

  @Mixin final SourceFlags source = new SourceFlags();

  private ExportVerb() {}

  /**
   * @return the exit code
   * @throws UsageException for a wrong flag, or a job without an answer
   */
  public static int run(List<String> args, PrintStream out, PrintStream err) throws IOException {
    ExportVerb flags = new ExportVerb();
    CommandLine line = new CommandLine(flags);
    if (!VerbFlags.parse(line, args, out)) {
      return 0;
    }
    String name = flags.to;
    if (name == null) {
      throw new UsageException("Missing --to=FILE" + VerbFlags.seeHelp(line.getCommandSpec()));
    }
    OutputFormat format = format(name);
    OutputPaths paths = flags.directory.paths(line.getCommandSpec());
    String file = target(name, paths);
    JobPlaces job = JobPlaces.of(paths, flags.directory.ledger(), flags.source, file);
    try (JobRows rows = JobRows.of(job)) {
      if (rows == null) {
        throw new UsageException(
            "--output: of "
                + paths.root()
                + " there are no results yet, and for those in its ledger "
                + (job.lacks().isEmpty() ? "its input is missing" : job.lacks()));
      }
      if (!job.lacks().isEmpty()) {
        err.println("Taken from results, which are complete: " + job.lacks());
      }
      long written = write(rows, table(job, format), format, file);
      if (written == 0) {
        // The task may have been changed since: its requests are others then.
        try (JobRows results = JobRows.ofResults(job)) {
          if (results != null) {
            err.println("Taken from results: the ledger has no answer to the task as it is now");
            written = write(results, table(job, format), format, file);
          }
        }
      }
      out.println(Numbers.of(written, "answer") + " in " + file);
    } catch (LedgerException e) {
      throw new UsageException("--ledger: " + e.getMessage());
    }
    return 0;
  }

  private static OutputFormat format(String file) {
    for (OutputFormat format : OutputFormat.values()) {
      if (file.toLowerCase(Locale.ROOT).endsWith("." + format.extension())) {
        return format;
      }
    }
    throw new UsageException(
        "--to: expected a name that ends in .jsonl, .csv, .parquet or .avro, got " + file);
  }

  /** The file's full name; it is none of the job's own. */
  private static String target(String name, OutputPaths paths) {
    String file = JobArguments.absolute(name);
    if (!name.contains("://")) {
      Path path = Path.of(file).normalize();
      file = path.toString();
      Path directory = path.getParent();
      if (directory == null || !Files.isDirectory(directory)) {
        throw new UsageException("--to: there is no directory " + directory + "; make it first");
      }
      if (Files.isDirectory(path)) {
        throw new UsageException("--to: " + file + " is a directory");
      }
    }
    for (String own :
        List.of(
            paths.results(),
            paths.deadLetters(),
            paths.defaultLedger(),
            paths.root() + "/.sluice")) {
      if (file.startsWith(own + "/")) {
        throw new UsageException(
            "--to: " + file + " is among the job's own files; write it somewhere else");
      }
    }
    return file;
  }

  /** Columns of the input come back as the task has it; without a word, documents come whole. */
  private static Table table(JobPlaces job, OutputFormat format) {
    JobTask task = job.task();
    if (task == null) {
      return new Table(
          ModelTask.of("export", ModelTask.Provider.LOCAL, "", new ModelTask.Prompt(null, ""))
              .withOutput(new Output(OutputType.TEXT, List.of(), null, true)),
          TableTask.PLAIN);
    }
    if (format != OutputFormat.JSONL) {
      List<String> columns = task.table().document();
      List<String> clashes =
          new ArrayList<>(
              DocumentColumns.clashes(columns, format == OutputFormat.CSV, task.task()));
      DocumentColumns.alike(columns, task.task()).forEach(clashes::addAll);
      if (!clashes.isEmpty()) {
        throw new UsageException(
            "--to: output.includeDocument names '"
                + String.join("', '", clashes)
                + "', and a column of that name is there already, as readers take upper and lower"
                + " case for the same; export to .jsonl");
      }
    }
    Output output = task.task().output();
    return new Table(
        task.task().withOutput(new Output(output.type(), output.labels(), output.schema(), true)),
        task.table());
  }

  private static long write(JobRows rows, Table table, OutputFormat format, String file)
      throws IOException {
    if (format != OutputFormat.JSONL && table.looks()) {
      rows.look(table::look);
    }
    int slash = file.lastIndexOf('/') + 1;
    String temporary =
        file.substring(0, slash) + "." + file.substring(slash) + "-" + UUID.randomUUID();
    long[] written = {0};
    try {
      try (OutputStream out =
          new BufferedOutputStream(
              Channels.newOutputStream(
                  FileSystems.create(OutputPaths.file(temporary), "application/octet-stream")),
              BUFFER_BYTES)) {
        if (format == OutputFormat.JSONL) {
          rows.each(
              row -> {
                out.write((Table.line(row) + "\n").getBytes(StandardCharsets.UTF_8));
                written[0]++;
              });
        } else {
          try (TableWriter writer = table.writer(format.extension(), file, out)) {
            rows.each(
                row -> {
                  writer.write(row);
                  written[0]++;
                });
          }
        }
      }
      StoredFiles.move(List.of(OutputPaths.file(temporary)), List.of(OutputPaths.file(file)));
    } finally {
      StoredFiles.deleteNamed(List.of(temporary));
    }
    return written[0];
  }
}
