package io.sluice.pipeline.launch;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.internal.ledger.LedgerException;
import io.sluice.internal.stage.CallProgress;
import io.sluice.internal.stage.ModelCalls;
import io.sluice.pipeline.output.OutputPaths;
import io.sluice.pipeline.output.RunFile;
import io.sluice.pipeline.runner.JobFailedException;
import io.sluice.pipeline.status.JobReader;
import java.io.IOException;
import java.time.Instant;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a launcher leaves for {@code status} to read. */
final class Launch {
  private static final Logger LOG = LoggerFactory.getLogger(Launch.class);

  private final OutputPaths paths;
  private final ObjectNode file;

  private Launch(OutputPaths paths, ObjectNode file) {
    this.paths = paths;
    this.file = file;
  }

  /**
   * @throws JobFailedException if nothing can be written there: nothing was sent yet
   */
  static Launch begin(OutputPaths paths, ObjectNode file) {
    try {
      RunFile.write(paths, file);
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
    if (file.has("ended")) {
      return;
    }
    RunFile.end(file, how, message);
    try {
      RunFile.write(paths, file);
    } catch (IOException e) {
      // The directory is what the run failed of, as likely as not.
      LOG.debug("Not noted in {}: {}", paths.runFile(), e.toString());
    }
  }

  /** Whether the job goes on without this process. */
  boolean isDetached() {
    return file.path("detached").asBoolean();
  }

  /** Counts of the engines in this JVM, or on a cluster what they have written to the ledger. */
  Supplier<CallProgress> progress() {
    if (!isDetached()) {
      return ModelCalls::progress;
    }
    JobReader reader = new JobReader(paths, file.path("ledger").asText());
    return () -> read(reader);
  }

  private static synchronized CallProgress read(JobReader reader) {
    ObjectNode status;
    try {
      status = reader.look(Instant.now()).orElseThrow();
    } catch (IOException | LedgerException e) {
      LOG.debug("Progress cannot be read: {}", e.toString());
      return new CallProgress(0, 0, 0, 0, 0, 0, 0, 0, null);
    }
    return new CallProgress(
        status.path("seen").asLong(),
        status.path("succeeded").asLong(),
        status.path("deadLettered").asLong(),
        status.path("calls").path("sent").asLong(),
        status.path("inFlight").asInt(),
        status.path("batches").asInt(),
        status.path("batchRequests").asLong(),
        status.path("batchDone").asLong(),
        reader.spentUsd());
  }
}
