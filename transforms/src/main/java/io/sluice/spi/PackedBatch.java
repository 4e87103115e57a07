package io.sluice.spi;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;

/**
 * A batch that is ready to be submitted: a file on this worker.
 *
 * @param file as the provider takes it
 * @param bytes of the file
 * @param inputTokens of all requests, as counted before sending
 * @param maxOutputTokens of all requests
 * @param fingerprints of the requests, in order
 */
public record PackedBatch(
    String intentId,
    Path file,
    long bytes,
    long inputTokens,
    long maxOutputTokens,
    List<String> fingerprints) {
  public PackedBatch {
    fingerprints = List.copyOf(fingerprints);
  }

  public int requests() {
    return fingerprints.size();
  }

  /** What must be recorded before the batch is submitted. */
  public BatchIntent intent(Instant now) {
    return new BatchIntent(intentId, now, requests());
  }

  /** Removes the file, once the batch has been submitted. */
  public void delete() throws IOException {
    Files.deleteIfExists(file);
  }
}
