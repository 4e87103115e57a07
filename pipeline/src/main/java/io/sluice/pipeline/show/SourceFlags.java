package io.sluice.pipeline.show;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The flags that say where a job's documents are, where its directory does not, or no longer. */
final class SourceFlags {
  @Option(
      names = "--task",
      paramLabel = "FILE",
      description = "The job's task file. Default: the one that it was run with.")
  @Nullable String task;

  @Option(
      names = "--input",
      paramLabel = "PATTERN",
      description = "The job's input. Default: the files that it was run with.")
  @Nullable String input;

  @Option(
      names = "--inputFormat",
      paramLabel = "FORMAT",
      description = "Of the input, as with run. Default: as it was run.")
  @Nullable String inputFormat;
}
