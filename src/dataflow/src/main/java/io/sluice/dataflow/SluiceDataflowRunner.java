package io.sluice.dataflow;

import com.google.api.services.dataflow.model.Environment;
import java.util.List;
import java.util.Map;
import org.apache.beam.runners.dataflow.DataflowPipelineJob;
import org.apache.beam.runners.dataflow.DataflowRunner;
import org.apache.beam.sdk.Pipeline;
import org.apache.beam.sdk.PipelineRunner;
import org.apache.beam.sdk.options.PipelineOptions;
import org.apache.beam.sdk.runners.PipelineRunnerRegistrar;

/**
 * Dataflow's own runner, less one thing: the job's options, which everybody sees who sees the job,
 * name the launcher's jar by its path on the launcher's disk. Workers get their jar by another way.
 */
public final class SluiceDataflowRunner extends PipelineRunner<DataflowPipelineJob> {
  private static final String LOCAL = "filesToStage";

  private final DataflowRunner runner;

  private SluiceDataflowRunner(DataflowRunner runner) {
    this.runner = runner;
  }

  /** Found by Beam by name. */
  public static SluiceDataflowRunner fromOptions(PipelineOptions options) {
    DataflowRunner runner = DataflowRunner.fromOptions(options);
    runner.setHooks(new NoLocalPaths());
    return new SluiceDataflowRunner(runner);
  }

  @Override
  public DataflowPipelineJob run(Pipeline pipeline) {
    // Workers are told of the runner by its class, and know Dataflow's own.
    pipeline.getOptions().setRunner(DataflowRunner.class);
    return runner.run(pipeline);
  }

  private static final class NoLocalPaths
      extends org.apache.beam.runners.dataflow.DataflowRunnerHooks {
    @Override
    public void modifyEnvironmentBeforeSubmission(Environment environment) {
      Map<String, Object> described = environment.getSdkPipelineOptions();
      if (described.get("options") instanceof Map<?, ?> options) {
        options.remove(LOCAL);
      }
      if (described.get("display_data") instanceof List<?> shown) {
        shown.removeIf(item -> item instanceof Map<?, ?> map && LOCAL.equals(map.get("key")));
      }
    }
  }

  /** Makes the runner known to Beam. */
  public static final class Registrar implements PipelineRunnerRegistrar {
    @Override
    public Iterable<Class<? extends PipelineRunner<?>>> getPipelineRunners() {
      return List.of(SluiceDataflowRunner.class);
    }
  }
}
