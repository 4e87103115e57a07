package io.sluice.pipeline.runner;

import io.sluice.Fallback;
import io.sluice.ModelTask;
import io.sluice.ModelTask.KeyQuota;
import io.sluice.ModelTask.KeySource;
import io.sluice.ModelTask.Provider;
import io.sluice.internal.plan.Targets;
import io.sluice.pipeline.flags.JobFlags;
import io.sluice.pipeline.flags.RunnerFlags;
import io.sluice.pipeline.flags.UsageException;
import io.sluice.pipeline.flags.VerbFlags;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import org.apache.beam.sdk.runners.PipelineRunnerRegistrar;
import picocli.CommandLine.Model.CommandSpec;

/**
 * What a job on Dataflow needs that a job elsewhere does not. Its workers are machines of Google's:
 * they have neither this machine's files nor its environment.
 */
public final class Dataflow {
  /** Beam's runner, in the jar that has it; see src/dataflow. */
  static final String RUNNER = "SluiceDataflowRunner";

  private Dataflow() {}

  static boolean isRunner(RunnerFlags flags) {
    return flags.runner().equals("DataflowRunner")
        || flags.runner().equals("org.apache.beam.runners.dataflow.DataflowRunner");
  }

  /**
   * @throws UsageException if this jar comes without the runner
   */
  static void checkJar(CommandSpec verb) {
    for (PipelineRunnerRegistrar runners : ServiceLoader.load(PipelineRunnerRegistrar.class)) {
      for (Class<?> runner : runners.getPipelineRunners()) {
        if (runner.getSimpleName().equals(RUNNER)) {
          return;
        }
      }
    }
    throw new UsageException(
        "--runner: this jar has no DataflowRunner; start with scripts/sluice, or build the jar that"
            + " has it, src/dataflow/target/sluice-dataflow.jar, with mvn -Pdataflow package"
            + VerbFlags.seeHelp(verb));
  }

  /**
   * Whether the job is only described, to a file, and started by somebody else: as a classic
   * template, or by the launcher of a Flex Template.
   */
  public static boolean isTemplate(RunnerFlags flags) {
    return isRunner(flags) && flags.has("templateLocation");
  }

  /**
   * Finds what would fail on the workers. A job that is submitted is refused; for one that is only
   * described it is worth a warning, because that is how a job is looked at without an account.
   *
   * @return warnings
   * @throws UsageException if the job is submitted, and cannot work
   */
  public static List<String> check(JobFlags job, RunnerFlags flags, ModelTask task) {
    if (!isRunner(flags)) {
      return List.of();
    }
    List<String> problems = new ArrayList<>();
    local(problems, "--input", job.input());
    local(problems, "--output", job.requiredOutput());
    String ledger = job.ledger();
    local(problems, "--ledger", ledger == null ? "" : ledger);
    boolean ownImage = flags.has("sdkContainerImage") || flags.has("workerHarnessContainerImage");
    if (!ownImage) {
      key(problems, "provider", task.provider().key());
      for (var quota : task.quota().keys().entrySet()) {
        key(problems, "quota.keys." + quota.getKey(), quota.getValue());
      }
      List<Fallback.Other> others = task.fallback().models();
      for (int i = 0; i < others.size(); i++) {
        Provider provider = others.get(i).provider();
        if (provider != null) {
          key(problems, Targets.path(i) + ".provider", provider.key());
        }
      }
    }
    if (problems.isEmpty() || isTemplate(flags)) {
      return problems;
    }
    throw new UsageException(String.join("\n", problems));
  }

  private static void local(List<String> problems, String flag, String names) {
    for (String name : names.split(",")) {
      if (!name.isBlank() && (!name.contains("://") || name.strip().startsWith("file:"))) {
        problems.add(
            flag
                + ": "
                + name.strip()
                + " is on this machine, where Dataflow's workers cannot see it; expected gs://…");
      }
    }
  }

  private static void key(List<String> problems, String section, KeyQuota quota) {
    key(problems, section, quota.key());
  }

  private static void key(List<String> problems, String section, KeySource key) {
    if (key.env() != null || key.file() != null) {
      problems.add(
          section
              + (key.env() != null
                  ? ".apiKeyEnv: Dataflow's workers have no environment of yours"
                  : ".apiKeyFile: Dataflow's workers have no files of yours")
              + "; name a secret, apiKeySecret: projects/P/secrets/S/versions/latest, or bring it in"
              + " an image of your own with --sdkContainerImage");
    }
  }
}
