package io.sluice.pipeline.launch;

import io.sluice.internal.ledger.LedgerException;
import io.sluice.internal.stage.CallProgress;
import io.sluice.internal.stage.ModelCalls;
import io.sluice.pipeline.output.JobSummary;
import io.sluice.pipeline.output.OutputPaths;
import io.sluice.pipeline.output.RunFile;
import io.sluice.pipeline.runner.JobFailedException;
import io.sluice.pipeline.status.JobReader;
import io.sluice.pipeline.status.JobStatus;
import java.io.IOException;
import java.time.Instant;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a launcher leaves for {@code status} to read. */
final class Launch {
  private static final Logger LOG = LoggerFactory.getLogger(Launch.class);

  private final OutputPaths paths;
  private RunFile file;

  private Launch(OutputPaths paths, RunFile file) {
    this.paths = paths;
    this.file = file;
  }

  /**
   * @throws JobFailedException if nothing can be written there: nothing was sent yet
   */
  static Launch begin(OutputPaths paths, RunFile file) {
    try {
      file.write(paths);
      return new Launch(paths, file);
    } catch (IOException e) {
      throw new JobFailedException(
          "Write "
              + paths.runFile()
              + ": "
              + e.getMessage()
              + "; make room or allow writing there, then run the same command again",
          e);
    }
  }

  /** Notes how the run ended where it wrote no summary. */
  synchronized void end(String how, String message) {
    if (file.ended() != null) {
      return;
    }
    file = file.ended(Instant.now(), how, message);
    try {
      file.write(paths);
    } catch (IOException e) {
      // The directory is what the run failed of, as likely as not.
      LOG.debug("Not noted in {}: {}", paths.runFile(), e.toString());
    }
  }

  /** Whether the job goes on without this process. */
  boolean isDetached() {
    return file.detached();
  }

  /** Counts of the engines in this JVM, or on a cluster what they have written to the ledger. */
  Supplier<CallProgress> progress() {
    if (!isDetached()) {
      return ModelCalls::progress;
    }
    JobReader reader = new JobReader(paths, file.ledger());
    return () -> read(reader);
  }

  /** Counts of the run as its summary has them; null where it has none, or not yet. */
  @Nullable CallProgress end() {
    try {
      JobSummary summary = JobSummary.read(paths);
      return summary == null || !summary.run().equals(file.run())
          ? null
          : new CallProgress(
              summary.documents(),
              summary.succeeded(),
              summary.deadLettered(),
              summary.calls().sent(),
              0,
              0,
              0,
              0,
              summary.costs().costThisRunUsd());
    } catch (IOException e) {
      LOG.debug("{} cannot be read: {}", paths.summary(), e.toString());
      return null;
    }
  }

  private static synchronized CallProgress read(JobReader reader) {
    JobStatus status;
    try {
      status = reader.look(Instant.now()).orElseThrow();
    } catch (IOException | LedgerException e) {
      LOG.debug("Progress cannot be read: {}", e.toString());
      return CallProgress.NONE;
    }
    JobStatus.Documents documents = status.documents();
    JobStatus.Batches batches = status.batches();
    return new CallProgress(
        documents.seen(),
        documents.succeeded(),
        documents.deadLettered(),
        status.calls().sent(),
        (int) documents.inFlight(),
        batches == null ? 0 : (int) batches.batches(),
        batches == null ? 0 : batches.batchRequests(),
        batches == null ? 0 : batches.batchDone(),
        reader.spentUsd());
  }
}
