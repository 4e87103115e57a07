package io.sluice.spi;

import java.io.Serializable;
import java.time.Instant;

/**
 * That a batch is about to be created: recorded before, so that a crash in between finds it again.
 *
 * @param id {@link CustomIds#checkedIntent}; never used for two batches that both ran
 * @param createdAt when it was recorded, before the batch was created, by this worker's clock
 * @param requests how many the batch has
 */
public record BatchIntent(String id, Instant createdAt, int requests) implements Serializable {
  public BatchIntent {
    CustomIds.checkedIntent(id);
  }
}
