package io.sluice.pipeline.plan;

import io.sluice.ModelTask;
import io.sluice.internal.http.ApiKeys;
import io.sluice.internal.http.net.Proxies;
import io.sluice.internal.plan.Targets;
import io.sluice.internal.provider.Providers;
import io.sluice.internal.text.FileReason;
import io.sluice.pipeline.flags.JobFlags;
import io.sluice.pipeline.flags.UsageException;
import io.sluice.pipeline.input.FileColumns;
import io.sluice.pipeline.input.InputFile;
import io.sluice.pipeline.input.InputFiles;
import io.sluice.pipeline.input.InputFormat;
import io.sluice.pipeline.input.files.FoundFiles;
import io.sluice.pipeline.input.files.OwnFiles;
import io.sluice.pipeline.input.files.Spool;
import io.sluice.pipeline.input.files.TableFolders;
import io.sluice.pipeline.output.OutputFormat;
import io.sluice.pipeline.output.OutputPaths;
import io.sluice.pipeline.task.JobTask;
import io.sluice.pipeline.task.Places.Problem;
import io.sluice.pipeline.task.TaskFile;
import io.sluice.pipeline.task.TaskFileException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.apache.beam.sdk.io.FileSystems;
import org.jspecify.annotations.Nullable;

/** What the flags of a job name: checked and read before anything is sent. */
public final class JobArguments {
  /** Of a task or a price file; the largest that were seen have some 100 KB. */
  private static final int MOST_BYTES = 3 << 20;

  private JobArguments() {}

  /**
   * The task of a file, with what flags say in place of it.
   *
   * @param budgetUsd null leaves the task's
   * @param maxFailureRate null leaves the task's
   * @throws UsageException with every mistake of the file, or why it cannot be read
   */
  public static JobTask task(
      String file, @Nullable BigDecimal budgetUsd, @Nullable Double maxFailureRate) {
    try {
      return parse(file, budgetUsd, maxFailureRate);
    } catch (TaskFileException e) {
      throw new UsageException(String.valueOf(e.getMessage()));
    }
  }

  /**
   * As above, of a job's flags; beside mistakes of the file stands what its input does not have and
   * its results cannot have, so that one look at them is enough.
   *
   * @param watch whether files are still to come
   * @param format of the results, by what the task says; null where none are written
   */
  public static JobTask task(
      JobFlags flags,
      @Nullable BigDecimal budgetUsd,
      @Nullable Double maxFailureRate,
      boolean watch,
      @Nullable UnaryOperator<OutputFormat> format) {
    try {
      return parse(flags.task(), budgetUsd, maxFailureRate);
    } catch (TaskFileException e) {
      JobTask broken = e.task();
      throw broken == null
          ? new UsageException(String.valueOf(e.getMessage()))
          : mistakes(flags, e.problems(), broken, watch, format);
    }
  }

  private static UsageException mistakes(
      JobFlags flags,
      List<Problem> ofTask,
      JobTask broken,
      boolean watch,
      @Nullable UnaryOperator<OutputFormat> format) {
    List<Problem> problems = new ArrayList<>(ofTask);
    try {
      InputFiles input =
          input(flags.input(), flags.format(), written(flags.output(), flags.ledger(), watch));
      List<InputFile> files = watch ? look(input) : list(input);
      OutputFormat asked = format == null ? null : format.apply(broken.outputFormat());
      problems.addAll(ColumnCheck.problems(broken, files, asked));
    } catch (IOException e) {
      problems.add(new Problem(Integer.MAX_VALUE, "--input: " + e.getMessage()));
    } catch (UsageException e) {
      problems.add(new Problem(Integer.MAX_VALUE, String.valueOf(e.getMessage())));
    }
    return new UsageException(
        problems.stream()
            .sorted(Comparator.comparingInt(Problem::line))
            .map(Problem::text)
            .distinct()
            .collect(Collectors.joining("\n")));
  }

  private static JobTask parse(
      String file, @Nullable BigDecimal budgetUsd, @Nullable Double maxFailureRate)
      throws TaskFileException {
    try {
      JobTask job = TaskFile.parse(file, bytes(file), System::getenv);
      return new JobTask(
          job.task(),
          job.fields(),
          job.caps().with(budgetUsd),
          maxFailureRate == null ? job.maxFailureRate() : maxFailureRate,
          job.outputFormat(),
          job.table(),
          job.price(),
          job.autoDeadline(),
          job.places());
    } catch (NoSuchFileException | FileNotFoundException e) {
      throw new UsageException("--task: there is no file " + file);
    } catch (IOException e) {
      throw new UsageException("--task: cannot read " + file + ": " + FileReason.of(e));
    }
  }

  /**
   * A text file, on this machine or on any file system known to Beam.
   *
   * @throws java.nio.charset.CharacterCodingException if it is not valid UTF-8
   */
  static String read(String file) throws IOException {
    return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes(file))).toString();
  }

  private static byte[] bytes(String file) throws IOException {
    try (InputStream in =
        file.contains("://")
            ? Channels.newInputStream(FileSystems.open(OutputPaths.file(file)))
            : Files.newInputStream(Path.of(file))) {
      // A device has no end, and what reads YAML takes time by the square of a text's length.
      byte[] bytes = in.readNBytes(MOST_BYTES + 1);
      if (bytes.length > MOST_BYTES) {
        throw new IOException("it has more than " + MOST_BYTES + " bytes, the most that is read");
      }
      return bytes;
    } catch (IllegalArgumentException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  /**
   * @throws UsageException if the task is for a model that this jar comes without
   */
  public static void checkModel(ModelTask task) {
    Targets.of(task, null).all().forEach(target -> checkOne(target.task()));
  }

  private static void checkOne(ModelTask task) {
    String unavailable = Providers.of(task).unavailable();
    if (unavailable != null) {
      throw new UsageException(
          "provider.kind: "
              + task.provider().kind()
              + ": "
              + unavailable
              + "; sluice-flink.jar, which is for clusters, is without it: submit sluice.jar instead");
    }
  }

  /** What patterns name, for any process, without what the job writes. */
  public static InputFiles input(String patterns, InputFormat format, OwnFiles written) {
    return new InputFiles(patterns, format, written, false, List.of()).absolute();
  }

  /**
   * What a job's flags name, without what it writes.
   *
   * @param watch as with {@link #written}
   */
  public static InputFiles input(JobFlags flags, boolean watch) {
    return input(flags.input(), flags.format(), written(flags.output(), flags.ledger(), watch));
  }

  /**
   * Where a job writes.
   *
   * @param output null where it has none
   * @param ledger null for the output's
   * @param watch whether dead letters would come back as documents for ever
   */
  public static OwnFiles written(@Nullable String output, @Nullable String ledger, boolean watch) {
    if (output == null) {
      return ledger == null ? OwnFiles.NONE : new OwnFiles(List.of(absolute(ledger)), "");
    }
    OutputPaths paths = new OutputPaths(absolute(output));
    OwnFiles written = paths.written(ledger == null ? paths.defaultLedger() : absolute(ledger));
    return watch ? written.withDeadLetters() : written;
  }

  /**
   * @param refuse whether files are read by other processes, or again and again
   * @throws UsageException if there is a pipe among them, of which that cannot be
   */
  public static void checkPipes(List<InputFile> files, boolean refuse) {
    for (InputFile file : files) {
      if (refuse && Spool.isNeeded(file.name())) {
        throw new UsageException(
            "--input: "
                + file.name()
                + " is a pipe, which this process alone can read, and once; write it to a file first");
      }
    }
  }

  /**
   * @throws UsageException if a pattern matches nothing, or a file's format is unknown
   */
  public static List<InputFile> list(InputFiles input) {
    try {
      return input.list();
    } catch (IllegalArgumentException e) {
      throw new UsageException(String.valueOf(e.getMessage()));
    }
  }

  /**
   * The files that are there, of an input that more are to come to.
   *
   * @throws UsageException if they cannot be listed, a pattern is a directory's name, or a file's
   *     format is unknown
   */
  public static List<InputFile> look(InputFiles input) {
    try {
      input.checkPatterns();
      // What cannot be looked at is told by who looks as long as the job goes on.
      List<InputFile> files =
          input.look(unseen -> {}).stream()
              .filter(found -> !found.leadsOut())
              .map(InputFiles.Found::file)
              .toList();
      InputFiles.checkFormats(files);
      return files;
    } catch (IllegalArgumentException e) {
      throw new UsageException(String.valueOf(e.getMessage()));
    }
  }

  /**
   * @throws UsageException if files were found in the folder of a table that does not have all of
   *     them any more, and nobody said that they are meant
   */
  public static void checkTables(JobFlags flags, InputFiles input, List<InputFile> files) {
    String told =
        flags.tableFiles()
            ? null
            : TableFolders.told(
                files.stream().map(InputFile::name).toList(), FoundFiles.apart(input.patterns()));
    if (told != null) {
      throw new UsageException("--input: " + told);
    }
  }

  /**
   * Looks whether an input has what a task names, as far as its files' columns tell, and whether
   * results can have it under that name.
   *
   * @param format of the results; null where none are written
   * @return how many files' columns were looked at
   * @throws UsageException with all that is wrong, each with its line
   */
  public static int checkColumns(JobTask job, List<InputFile> files, @Nullable OutputFormat format)
      throws IOException {
    return ColumnCheck.check(job, files, format);
  }

  /** The job with the types that its input's files say of the columns that come back. */
  public static JobTask typed(JobTask job, List<InputFile> files) {
    List<String> columns = job.table().document();
    return columns.isEmpty() ? job : job.typed(FileColumns.types(files, job.fields(), columns));
  }

  /**
   * @throws UsageException if a key's place holds none on this machine
   */
  public static void checkKeys(ModelTask task) {
    Targets.of(task, null).all().forEach(target -> checkKeysOfOne(target.task()));
  }

  private static void checkKeysOfOne(ModelTask task) {
    try {
      if (!task.provider().key().equals(ModelTask.KeySource.NONE)) {
        ApiKeys.resolve(task.provider().key(), System::getenv);
      }
      String unsigned = Providers.of(task).credentialProblem(task.provider());
      if (unsigned != null) {
        throw new UsageException("provider.kind: " + task.provider().kind() + ": " + unsigned);
      }
      for (ModelTask.KeyQuota quota : task.quota().keys().values()) {
        if (!quota.key().equals(ModelTask.KeySource.NONE)) {
          ApiKeys.resolve(quota.key(), System::getenv);
        }
      }
    } catch (IllegalStateException e) {
      throw new UsageException(String.valueOf(e.getMessage()));
    }
  }

  /**
   * How the provider is reached.
   *
   * @return what a person should know of it
   * @throws UsageException if a proxy is named in a way that cannot be read
   */
  public static List<String> checkWay(ModelTask task) {
    List<String> warnings = new ArrayList<>();
    Targets.of(task, null).all().forEach(target -> warnings.addAll(wayOfOne(target.task())));
    return warnings.stream().distinct().toList();
  }

  private static List<String> wayOfOne(ModelTask task) {
    String url = task.provider().baseUrl();
    if (url.isEmpty()) {
      return List.of();
    }
    URI uri;
    try {
      uri = new URI(url);
    } catch (URISyntaxException e) {
      return List.of();
    }
    String host = uri.getHost() == null ? "" : uri.getHost();
    String scheme = uri.getScheme() == null ? "" : uri.getScheme();
    try {
      Proxies.ofProcess().of(scheme, host, uri.getPort());
    } catch (IllegalStateException e) {
      throw new UsageException(String.valueOf(e.getMessage()));
    }
    return scheme.equalsIgnoreCase("http") && !Proxies.isLoopback(host)
        ? List.of(
            "provider.baseUrl is plain http:// to "
                + host
                + ": whoever is on the way reads the key and the documents; use https:// where there"
                + " is one")
        : List.of();
  }

  /** A directory's full name, so that it means the same on a worker. */
  public static String absolute(String directory) {
    return directory.contains("://") ? directory : Path.of(directory).toAbsolutePath().toString();
  }
}
