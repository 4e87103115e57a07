package io.sluice.pipeline.launch;

import io.sluice.pipeline.output.OutputPaths;
import io.sluice.pipeline.runner.FlinkMaster;
import io.sluice.pipeline.runner.JobFailedException;
import io.sluice.pipeline.runner.PipelineRun;
import java.io.IOException;
import java.io.PrintStream;
import org.apache.beam.sdk.Pipeline;
import org.apache.beam.sdk.PipelineResult;
import org.jspecify.annotations.Nullable;

/**
 * Runs a pipeline to its end, with progress on the way. Ctrl-C stops it so that what is in flight
 * is kept: in this process by waiting for it, on a cluster by cancelling the job there.
 */
final class Execution {
  private final PrintStream err;
  private final OutputPaths paths;
  private final Launch launch;
  private final @Nullable FlinkMaster cluster;
  private volatile @Nullable PipelineResult result;

  /**
   * @param cluster where the job runs; null for this process
   */
  Execution(PrintStream err, OutputPaths paths, Launch launch, @Nullable FlinkMaster cluster) {
    this.err = err;
    this.paths = paths;
    this.launch = launch;
    this.cluster = cluster;
  }

  /**
   * @param expected how many documents there are
   * @throws JobFailedException if it does not end well
   */
  void run(Pipeline pipeline, Expected expected) {
    String jobName = pipeline.getOptions().getJobName();
    PipelineRun.interruptibly(() -> follow(pipeline, expected), () -> interrupted(jobName));
  }

  private void follow(Pipeline pipeline, Expected expected) {
    try (Progress progress =
        new Progress(err, launch.progress(), launch::end, expected, System.console() != null)) {
      PipelineRun.toItsEnd(pipeline, "The job", running -> result = running);
    } catch (JobFailedException e) {
      launch.end("failed", String.valueOf(e.getMessage()));
      throw e;
    }
  }

  /**
   * Hands a pipeline to whoever is to wait for it: the Flink that started this program, or a runner
   * that only describes the job.
   *
   * @throws JobFailedException if it is not taken, or Flink waited for it and it failed
   */
  void submit(Pipeline pipeline) {
    try {
      pipeline.run();
    } catch (RuntimeException e) {
      JobFailedException failure = PipelineRun.failure(e);
      launch.end("failed", String.valueOf(failure.getMessage()));
      throw failure;
    }
  }

  private void interrupted(String jobName) {
    err.println("\nInterrupted: nothing more is sent, waiting for calls in flight");
    PipelineResult running = result;
    String unfinished =
        cluster != null
            ? cancel(cluster, jobName)
            : launch.isDetached() && running != null ? cancel(running) : land();
    int batches = launch.progress().get().batches();
    launch.end("interrupted", "");
    err.println(
        unfinished
            + (batches == 0
                ? ""
                : batches
                    + (batches == 1 ? " batch goes" : " batches go")
                    + " on at the provider; sluice cancel --output="
                    + paths.root()
                    + " ends that. ")
            + "What was answered is kept in "
            + paths.root()
            + "; run the same command again to continue");
  }

  private static String land() {
    int left = PipelineRun.land();
    return left == 0 ? "" : left + " calls did not come back in time. ";
  }

  private static String cancel(FlinkMaster cluster, String jobName) {
    try {
      return cluster.cancel(jobName, PipelineRun.LANDING)
          ? ""
          : "The cluster is still cancelling the job. ";
    } catch (IOException e) {
      return "The job could not be cancelled (" + e + ") and may go on. ";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "";
    }
  }

  private static String cancel(PipelineResult running) {
    try {
      running.cancel();
      return "The job was told to stop. ";
    } catch (IOException | RuntimeException e) {
      return "The job could not be cancelled (" + e + ") and may go on. ";
    }
  }
}
