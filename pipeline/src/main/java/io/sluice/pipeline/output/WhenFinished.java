package io.sluice.pipeline.output;

import java.io.IOException;
import java.io.Serializable;

/** What is done on a worker once a run's outputs and its summary are in place. */
@FunctionalInterface
public interface WhenFinished extends Serializable {
  /**
   * A failure is logged, and the job is complete all the same.
   *
   * @param ledger the ledger's directory
   */
  void finished(OutputPaths paths, String ledger) throws IOException;
}
