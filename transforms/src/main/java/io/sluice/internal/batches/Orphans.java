package io.sluice.internal.batches;

import io.sluice.spi.BatchStatus;
import java.util.List;

/**
 * The batches that an intent may have created.
 *
 * @param certain its own, oldest first; more than one means that it was submitted twice
 * @param possible batches that may be its own, which cannot be told before they have ended: look
 *     again then, and submit nothing until they all turned out to be others'
 */
public record Orphans(List<BatchStatus> certain, List<BatchStatus> possible) {
  public Orphans {
    certain = List.copyOf(certain);
    possible = List.copyOf(possible);
  }

  /** Whether the intent has created nothing, so that it may be submitted. */
  public boolean isNone() {
    return certain.isEmpty() && possible.isEmpty();
  }

  /** Of a batch that may be the intent's and has ended, what a person can do. */
  public String untold() {
    return "Look for a batch that may have been created: batch "
        + possible.get(0).id()
        + " has as many requests, has ended, and its results do not show whose it is; nothing is"
        + " asked that it may have answered. Run the same command again later, or let go of it"
        + " with `sluice cancel`: what it answered is paid for again then";
  }
}
