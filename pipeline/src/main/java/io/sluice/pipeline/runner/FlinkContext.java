package io.sluice.pipeline.runner;

import java.util.Optional;
import org.apache.flink.api.java.ExecutionEnvironment;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.DeploymentOptions;
import org.apache.flink.configuration.PipelineOptionsInternal;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.runtime.jobgraph.SavepointConfigOptions;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * Whether Flink itself has started this program: its REST interface, {@code flink run} or an
 * application cluster. Then the cluster is given, and the process is not this program's to end: it
 * may be the JobManager. The other methods are for that case.
 */
public final class FlinkContext {
  private FlinkContext() {}

  /** True inside such a program. */
  public static boolean isInside() {
    try {
      return !ExecutionEnvironment.areExplicitEnvironmentsAllowed();
    } catch (LinkageError e) {
      // A jar without Flink, on a machine without it.
      return false;
    }
  }

  /** Whether whoever started the program waits for the job's end. */
  public static boolean isAttached() {
    return configuration().get(DeploymentOptions.ATTACHED);
  }

  /** The cluster's REST interface; empty where the configuration does not tell. */
  public static Optional<FlinkMaster> master() {
    ReadableConfig configuration = configuration();
    return Optional.ofNullable(configuration.get(RestOptions.ADDRESS))
        .map(host -> new FlinkMaster(host + ":" + configuration.get(RestOptions.PORT)));
  }

  /** The job's id where it is known before the job is submitted, as in an application cluster. */
  public static Optional<String> jobId() {
    return configuration().getOptional(PipelineOptionsInternal.PIPELINE_FIXED_JOB_ID);
  }

  /** Where the savepoint is that the job goes on from. */
  static Optional<String> savepoint() {
    return configuration().getOptional(SavepointConfigOptions.SAVEPOINT_PATH);
  }

  /** Whether the cluster's configuration says something about a matter. */
  static boolean configures(String key) {
    return configuration()
        .getOptional(ConfigOptions.key(key).stringType().noDefaultValue())
        .isPresent();
  }

  private static ReadableConfig configuration() {
    return StreamExecutionEnvironment.getExecutionEnvironment().getConfiguration();
  }
}
