package io.sluice.pipeline.flags;

import io.sluice.pipeline.input.InputFormat;
import io.sluice.pipeline.storage.Storage;
import io.sluice.pipeline.words.Usd;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/**
 * The flags that say what a job is, for the verbs that run it or count it. A verb that says it in
 * other words has them in a resource bundle. {@code order} leaves room for flags of a verb's own.
 */
public final class JobFlags {
  @Option(
      order = 10,
      names = "--task",
      paramLabel = "FILE",
      description = "The task file (YAML), here or on an object store. Required.")
  @Nullable String task;

  @Option(
      order = 20,
      names = "--input",
      paramLabel = "PATTERN",
      description =
          "Files to read: globs, comma-separated; .gz, .bz2 and .zst are unpacked. Required.")
  @Nullable String input;

  @Option(
      order = 30,
      names = "--inputFormat",
      paramLabel = "FORMAT",
      description =
          "auto (by name), jsonl, csv, text (a document a line), file (a document a file), avro"
              + " or parquet. Default: auto.")
  String inputFormat = "auto";

  @Option(
      order = 35,
      names = "--tableFiles",
      description =
          "Read all files that match of a Delta, Iceberg or Hudi table, also those of rows that were"
              + " deleted or overwritten.")
  boolean tableFiles;

  @Option(
      order = 40,
      names = "--output",
      paramLabel = "DIR",
      description = "Where results, dead-letter and summary.json go. Required.")
  @Nullable String output;

  @Option(
      order = 60,
      names = "--ledger",
      paramLabel = "DIR",
      description = "Where every answer paid for is kept. Default: OUTPUT/ledger.")
  @Nullable String ledger;

  @Option(
      order = 80,
      names = "--limit",
      paramLabel = "N",
      description = "Read the first N documents only.")
  @Nullable Long limit;

  @Option(
      order = 100,
      names = "--prices",
      paramLabel = "FILE",
      description = "Prices of your own (csv) on top of the built-in ones.")
  @Nullable String prices;

  /** As it is after {@link #check}. */
  public String task() {
    return Storage.plain(given(task));
  }

  /** As it is after {@link #check}. */
  public String input() {
    return given(input);
  }

  /** Whether files are read as they lie in a table's folder, whatever its log says. */
  public boolean tableFiles() {
    return tableFiles;
  }

  public @Nullable String output() {
    return output == null ? null : Storage.plain(output);
  }

  /** The output directory of a verb that was checked to have one. */
  public String requiredOutput() {
    return directory("--output", given(output));
  }

  public @Nullable String ledger() {
    return ledger == null ? null : directory("--ledger", ledger);
  }

  /** How many documents are read; 0 for all. */
  public long limit() {
    return limit == null ? 0 : limit;
  }

  public @Nullable String prices() {
    return prices == null ? null : Storage.plain(prices);
  }

  /**
   * @throws UsageException for a format that there is not
   */
  public InputFormat format() {
    for (InputFormat format : InputFormat.values()) {
      if (format.name().equalsIgnoreCase(inputFormat)) {
        return format;
      }
    }
    throw new UsageException(
        "--inputFormat: expected " + InputFormat.NAMES + ", got " + inputFormat);
  }

  /** Every place that is read or written; null for none. */
  public List<@Nullable String> places() {
    return Arrays.asList(task, prices, input, output, ledger);
  }

  /**
   * @param needsOutput the output directory as it is asked for; null where none is needed
   * @param budgetUsd null for none
   * @throws UsageException for a flag that is missing or wrong
   */
  public void check(
      CommandSpec verb,
      RunnerFlags runner,
      @Nullable String needsOutput,
      @Nullable BigDecimal budgetUsd) {
    for (String flag : runner.beamFlags()) {
      if (!flag.startsWith("--")) {
        throw new UsageException(
            "\"" + flag + "\" is not a flag; flags look like --input=PATTERN (quote globs)");
      }
    }
    List<String> missing = new ArrayList<>();
    if (task == null) {
      missing.add("--task=FILE");
    }
    if (input == null) {
      missing.add("--input=PATTERN");
    }
    if (output == null && needsOutput != null) {
      missing.add(needsOutput);
    }
    if (!missing.isEmpty()) {
      throw new UsageException(
          "Missing "
              + String.join(", ", missing)
              + mistyped(verb.optionsMap().keySet(), runner.beamFlags())
              + VerbFlags.seeHelp(verb));
    }
    if (limit != null && limit < 1) {
      throw new UsageException("--limit: expected 1 or more, got " + limit);
    }
    if (budgetUsd != null && (budgetUsd.signum() <= 0 || !Usd.isOrdinary(budgetUsd))) {
      throw new UsageException("--budgetUsd: expected more than 0, such as 5.00, got " + budgetUsd);
    }
    format();
  }

  /** Where a flag is missing, one that was meant to be it is the likely reason. */
  private static String mistyped(Set<String> names, List<String> unknown) {
    for (String flag : unknown) {
      String name = flag.split("=", 2)[0];
      String near = NearestName.of(name, names).orElse(null);
      if (near != null) {
        return "; there is no flag " + name + ", did you mean " + near + "?";
      }
    }
    return "";
  }

  /** Nothing, as of a shell's variable that is not set, would be where the process works. */
  private static String directory(String flag, String given) {
    String directory = Storage.plain(given);
    if (directory.isBlank()) {
      throw new UsageException(flag + ": expected a directory, got nothing; say . for this one");
    }
    return directory;
  }

  private static String given(@Nullable String value) {
    if (value == null) {
      throw new IllegalStateException("a required flag was not checked");
    }
    return value;
  }
}
