package org.apache.beam.runners.direct;

import java.util.concurrent.locks.LockSupport;
import org.apache.beam.sdk.Pipeline;
import org.apache.beam.sdk.PipelineResult;
import org.apache.beam.sdk.PipelineRunner;
import org.apache.beam.sdk.options.PipelineOptions;

/**
 * The Direct runner, whose driver rests while there is nothing to drive: see {@link RestingClock}.
 * Everything else is {@link DirectRunner}'s.
 */
public final class RestingDirectRunner extends PipelineRunner<PipelineResult> {
  private final DirectRunner runner;

  private RestingDirectRunner(DirectRunner runner) {
    this.runner = runner;
  }

  /**
   * The runner for some options, as Beam looks for it.
   *
   * @throws IllegalArgumentException if they are not options of the Direct runner
   */
  public static RestingDirectRunner fromOptions(PipelineOptions options) {
    DirectRunner runner = DirectRunner.fromOptions(options);
    runner.setClockSupplier(
        () ->
            new RestingClock(
                NanosOffsetClock.create(),
                System::nanoTime,
                LockSupport::parkNanos,
                RestingClock::isAskedByDriver));
    return new RestingDirectRunner(runner);
  }

  @Override
  public PipelineResult run(Pipeline pipeline) {
    return runner.run(pipeline);
  }
}
