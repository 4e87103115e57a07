package io.sluice.pipeline.run;

import io.sluice.pipeline.NearestName;
import io.sluice.pipeline.Storage;
import io.sluice.pipeline.UsageException;
import io.sluice.pipeline.output.OutputPaths;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.beam.sdk.options.PipelineOptions;
import org.apache.beam.sdk.options.PipelineOptionsFactory;

/** Makes Beam's options of the flags that were passed on, with what each runner should have. */
public final class RunnerOptions {
  /** Beam's words name a Java interface; a person at a terminal gave a flag. */
  private static final Pattern UNKNOWN =
      Pattern.compile("missing a property named '(\\w+)'\\.?(?: Did you mean '(\\w+)')?");

  private RunnerOptions() {}

  /**
   * @throws UsageException for a flag that neither this program nor the runner has
   */
  public static PipelineOptions of(RunFlags flags) {
    List<String> args = new ArrayList<>(flags.beamFlags);
    args.add("--runner=" + flags.runner);
    if (flags.runner.equals("DirectRunner")) {
      // Checks for authors of transforms, which cost three quarters of the speed.
      addDefault(args, "enforceImmutability", "false");
      addDefault(args, "enforceEncodability", "false");
    } else if (flags.runner.equals("FlinkRunner")) {
      addDefault(args, "fasterCopy", "true");
      if (flinkMaster(flags).isPresent()) {
        addDefault(args, "streaming", "true");
        addDefault(args, "checkpointingInterval", "10000");
        // The last rows are waited for in one step, for hours where they are in a batch: the
        // checkpoints that are given up meanwhile cost nothing, the ledger knows the rest.
        addDefault(args, "failOnCheckpointingErrors", "false");
        addDefault(args, "numberOfExecutionRetries", "10");
        addDefault(args, "executionRetryDelay", "1000");
        if (!has(args, "filesToStage")) {
          args.add("--filesToStage=" + JarFile.bundled());
        }
      }
      if (args.contains("--streaming=true") || args.contains("--streaming")) {
        // Without it a streaming job with a bounded input never ends.
        addDefault(args, "shutdownSourcesAfterIdleMs", "1000");
      }
    }
    args =
        Storage.complete(
            args, Arrays.asList(flags.input, flags.output, flags.ledger), System::getenv);
    try {
      return PipelineOptionsFactory.fromArgs(args.toArray(new String[0])).create();
    } catch (IllegalArgumentException e) {
      throw new UsageException(plain(String.valueOf(e.getMessage())) + "; see sluice run --help");
    }
  }

  /** The cluster that a job is submitted to; empty where it runs in this process. */
  static Optional<String> flinkMaster(RunFlags flags) {
    return flags.beamFlags.stream()
        .filter(flag -> flag.startsWith("--flinkMaster=") && !flag.equals("--flinkMaster=[local]"))
        .map(flag -> flag.substring("--flinkMaster=".length()))
        .findFirst();
  }

  /** Whether the job goes on when its launcher is gone. */
  public static boolean detached(RunFlags flags) {
    return !flags.runner.equals("DirectRunner")
        && (!flags.runner.equals("FlinkRunner") || flinkMaster(flags).isPresent());
  }

  /**
   * The same output has the same job name: a cluster that is at work on it already can be asked.
   */
  static void nameJob(PipelineOptions options, RunFlags flags, String task, OutputPaths paths) {
    if (!has(flags.beamFlags, "jobName")) {
      options.setJobName("sluice-" + task + "-" + Integer.toHexString(paths.root().hashCode()));
    }
  }

  private static String plain(String message) {
    Matcher unknown = UNKNOWN.matcher(message);
    if (!unknown.find()) {
      return message;
    }
    String name = unknown.group(1);
    return "There is no flag --"
        + name
        + NearestName.of("--" + name, RunFlags.names())
            .or(() -> Optional.ofNullable(unknown.group(2)).map(near -> "--" + near))
            .map(near -> "; did you mean " + near + "?")
            .orElse("");
  }

  private static boolean has(List<String> args, String name) {
    return args.stream()
        .anyMatch(arg -> arg.equals("--" + name) || arg.startsWith("--" + name + "="));
  }

  private static void addDefault(List<String> args, String name, String value) {
    if (!has(args, name)) {
      args.add("--" + name + "=" + value);
    }
  }
}
