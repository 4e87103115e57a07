package io.sluice.pipeline.runner;

import io.sluice.pipeline.flags.JobFlags;
import io.sluice.pipeline.flags.NearestName;
import io.sluice.pipeline.flags.RunnerFlags;
import io.sluice.pipeline.flags.UsageException;
import io.sluice.pipeline.flags.VerbFlags;
import io.sluice.pipeline.storage.Storage;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.beam.runners.direct.RestingDirectRunner;
import org.apache.beam.sdk.options.PipelineOptions;
import org.apache.beam.sdk.options.PipelineOptionsFactory;
import org.apache.beam.sdk.options.StreamingOptions;
import picocli.CommandLine.Model.CommandSpec;

/** Makes Beam's options of the flags that were passed on, with what each runner should have. */
public final class RunnerOptions {
  /** As many as the ledger has partitions. */
  public static final int MAX_SHARDS = 16;

  /** Beam's words name a Java interface; a person at a terminal gave a flag. */
  private static final Pattern UNKNOWN =
      Pattern.compile("missing a property named '(\\w+)'\\.?(?: Did you mean '(\\w+)')?");

  /** A value that is none of its flag's type. */
  private static final Pattern UNFIT =
      Pattern.compile("value of type `([\\w.]+)` from String \"([^\"]*)\"");

  private static final Pattern TWICE = Pattern.compile("expected one element but was");

  private RunnerOptions() {}

  /**
   * @param endless whether the job's input has no end
   * @param verb whose flags these are
   * @throws UsageException for a flag that neither the verb nor the runner has
   */
  public static PipelineOptions of(
      JobFlags job, RunnerFlags flags, boolean endless, CommandSpec verb) {
    boolean inside = FlinkContext.isInside();
    if (inside && (!flags.runner().equals("FlinkRunner") || flinkMaster(flags).isPresent())) {
      throw new UsageException(
          "The Flink that started this program runs the job: leave --flinkMaster out, and --runner"
              + " or say FlinkRunner");
    }
    if (Dataflow.isRunner(flags)) {
      Dataflow.checkJar(verb);
    }
    if (flags.runner().equals("DirectRunner") && flinkMaster(flags).isPresent()) {
      throw new UsageException(
          "--flinkMaster goes with --runner=FlinkRunner: say that, too, or leave it out");
    }
    List<String> args = new ArrayList<>(flags.beamFlags());
    if (endless && !flags.runner().equals("DirectRunner")) {
      if (has(args, "streaming") && !isStreaming(args)) {
        throw new UsageException(
            "--watch and --streaming=false: a batch job ends with its input; leave one out");
      }
      addDefault(args, "streaming", "true");
    }
    args.add("--runner=" + (Dataflow.isRunner(flags) ? Dataflow.RUNNER : flags.runner()));
    if (flags.runner().equals("DirectRunner")) {
      // Checks for authors of transforms, which cost three quarters of the speed.
      addDefault(args, "enforceImmutability", "false");
      addDefault(args, "enforceEncodability", "false");
    } else if (flags.runner().equals("FlinkRunner")) {
      addDefault(args, "fasterCopy", "true");
      if (inside) {
        addClusterDefaults(
            args,
            FlinkContext.configures("execution.checkpointing.interval"),
            FlinkContext.configures("restart-strategy.type")
                || FlinkContext.configures("restart-strategy"));
        addDefault(args, "attachedMode", String.valueOf(FlinkContext.isAttached()));
      } else if (flinkMaster(flags).isPresent()) {
        addClusterDefaults(args, false, false);
        if (!has(args, "filesToStage")) {
          args.add("--filesToStage=" + JarFile.bundled());
        }
      } else {
        confine(args);
      }
      if (isStreaming(args)) {
        // Without it a streaming job with a bounded input never ends.
        addDefault(args, "shutdownSourcesAfterIdleMs", "1000");
        // What a step has to say at a checkpoint would wait until there is more for it to do.
        addDefault(args, "finishBundleBeforeCheckpointing", "true");
      }
    } else if (Dataflow.isRunner(flags)) {
      // Both would be made of this program's inside, and of the user's name.
      addDefault(args, "appName", "sluice");
      addDefault(args, "jobName", "sluice");
    }
    args = Storage.complete(args, job.places(), System::getenv);
    try {
      PipelineOptions options =
          PipelineOptionsFactory.fromArgs(args.toArray(new String[0])).create();
      if (flags.runner().equals("DirectRunner")) {
        options.setRunner(RestingDirectRunner.class);
      }
      return options;
    } catch (IllegalArgumentException e) {
      throw new UsageException(
          plain(String.valueOf(e.getMessage()), verb, args) + VerbFlags.seeHelp(verb));
    }
  }

  private static void confine(List<String> args) {
    try {
      FlinkLoopback.confine(args, System.getenv("FLINK_CONF_DIR"));
    } catch (LinkageError e) {
      // A jar without Flink, which says so of the runner itself.
    }
  }

  /** What makes a job survive on a cluster; the cluster's own settings go before ours. */
  private static void addClusterDefaults(
      List<String> args, boolean hasCheckpoints, boolean hasRestarts) {
    addDefault(args, "streaming", "true");
    if (!hasCheckpoints) {
      addDefault(args, "checkpointingInterval", "10000");
    }
    // A call that waits for its quota may hold a checkpoint up; nothing is lost without it.
    addDefault(args, "failOnCheckpointingErrors", "false");
    addDefault(args, "checkpointTimeoutMillis", "3600000");
    if (!hasRestarts) {
      addDefault(args, "numberOfExecutionRetries", "10");
      addDefault(args, "executionRetryDelay", "1000");
    }
  }

  /**
   * Over how many of Beam's keys accounts are spread. As many for every parallelism, because a job
   * that goes on from a savepoint on another parallelism needs the keys that it had. Where a runner
   * serves its keys one after the other, as batch jobs do, they would wait for each other.
   */
  public static int shards(RunnerFlags flags, PipelineOptions options) {
    return detached(flags) && options.as(StreamingOptions.class).isStreaming() ? MAX_SHARDS : 1;
  }

  /**
   * Whether the job's sources are to stay until it has finished: only so long does Flink take
   * checkpoints and savepoints.
   */
  public static boolean sourcesLast(RunnerFlags flags, PipelineOptions options) {
    return flags.runner().equals("FlinkRunner")
        && detached(flags)
        && options.as(StreamingOptions.class).isStreaming();
  }

  /** Whether the job is to go on from a savepoint. */
  public static boolean fromSavepoint(RunnerFlags flags) {
    return flags.has("savepointPath")
        || (FlinkContext.isInside() && FlinkContext.savepoint().isPresent());
  }

  /** The cluster that a job is submitted to; empty where it runs in this process. */
  public static Optional<String> flinkMaster(RunnerFlags flags) {
    return flags.value("flinkMaster").filter(master -> !master.equals("[local]"));
  }

  /** Whether the job goes on when its launcher is gone. */
  public static boolean detached(RunnerFlags flags) {
    return !flags.runner().equals("DirectRunner")
        && (!flags.runner().equals("FlinkRunner")
            || flinkMaster(flags).isPresent()
            || FlinkContext.isInside());
  }

  /**
   * The same output has the same job name: a cluster that is at work on it already can be asked.
   */
  public static void nameJob(
      PipelineOptions options, RunnerFlags flags, String task, String output) {
    if (!flags.has("jobName")) {
      options.setJobName("sluice-" + task + "-" + Integer.toHexString(output.hashCode()));
    }
  }

  private static String plain(String message, CommandSpec verb, List<String> args) {
    Matcher unknown = UNKNOWN.matcher(message);
    if (!unknown.find()) {
      return value(message, args);
    }
    String name = unknown.group(1);
    return "There is no flag --"
        + name
        + NearestName.of("--" + name, verb.optionsMap().keySet())
            .or(() -> Optional.ofNullable(unknown.group(2)).map(near -> "--" + near))
            .map(near -> "; did you mean " + near + "?")
            .orElse("");
  }

  /** Beam does not say of a value whose it is. */
  private static String value(String message, List<String> args) {
    Matcher unfit = UNFIT.matcher(message);
    if (unfit.find()) {
      for (String arg : args) {
        if (arg.endsWith("=" + unfit.group(2))) {
          return arg.substring(0, arg.indexOf('='))
              + ": expected "
              + (unfit.group(1).endsWith("oolean") ? "true or false" : "a number")
              + ", got "
              + unfit.group(2);
        }
      }
    }
    if (TWICE.matcher(message).lookingAt()) {
      Set<String> seen = new HashSet<>();
      for (String arg : args) {
        String name = arg.replaceFirst("=.*", "");
        if (!seen.add(name)) {
          return name + ": is given twice";
        }
      }
    }
    return message;
  }

  static boolean has(List<String> args, String name) {
    return args.stream()
        .anyMatch(arg -> arg.equals("--" + name) || arg.startsWith("--" + name + "="));
  }

  private static boolean isStreaming(List<String> args) {
    return args.contains("--streaming=true") || args.contains("--streaming");
  }

  private static void addDefault(List<String> args, String name, String value) {
    if (!has(args, name)) {
      args.add("--" + name + "=" + value);
    }
  }
}
