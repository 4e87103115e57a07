package io.sluice.internal.batches;

import io.sluice.ModelTask;
import io.sluice.internal.provider.Providers;
import io.sluice.spi.BatchIntent;
import io.sluice.spi.BatchLimits;
import io.sluice.spi.BatchStatus;
import io.sluice.spi.Connection;
import io.sluice.spi.PackedBatch;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * A provider's batches, of one account. What failed and may pass is tried again a few times, after
 * growing pauses; what is thrown then says what can be done. Thread-safe.
 *
 * <p>A batch is never created twice:
 *
 * <pre>
 *   pack → record packed.intent(now) → submit → record the batch's id → poll … → results
 * </pre>
 *
 * After a crash between the two records, or {@link BatchException.Problem#UNCERTAIN}, {@link
 * #findOrphans} says whether the batch exists.
 */
public interface BatchClient extends AutoCloseable {
  /**
   * A client of an account.
   *
   * @param connection whose time-out holds for silence on a connection; 1 connection is enough
   * @throws IllegalArgumentException if the provider has no batches
   */
  static BatchClient open(Connection connection, Sleeper sleeper, RandomGenerator random) {
    return open(connection, sleeper, random, ModelTask.Retry.DEFAULT.outage());
  }

  /**
   * As above.
   *
   * @param outage how long the provider may be away: what fails is not repeated here beyond it
   */
  static BatchClient open(
      Connection connection, Sleeper sleeper, RandomGenerator random, Duration outage) {
    return new ProviderBatches(
        Providers.of(connection.provider().kind()).batches(connection), sleeper, random, outage);
  }

  /** What the provider takes in one batch, whatever the account. */
  BatchLimits limits();

  /**
   * Packs requests for this client.
   *
   * @param directory where the files go
   * @param intentIds a new id a batch, see {@link BatchIntent}
   */
  BatchPacker packer(BatchLimits limits, Path directory, Supplier<String> intentIds);

  /**
   * Creates a batch. Where the outcome of the call that creates it is unknown, the batch is looked
   * for before it is created again.
   *
   * @param intent recorded durably
   * @param known the ids of batches that belong to other intents
   */
  BatchStatus submit(BatchIntent intent, PackedBatch batch, Predicate<String> known)
      throws BatchException, InterruptedException;

  /**
   * Looks for what an intent has created, by metadata or by time, number of requests and custom
   * ids, as the provider tells batches apart. Batches that failed as a whole do not count: nothing
   * of them ran.
   *
   * @param known the ids of batches that belong to other intents
   */
  Orphans findOrphans(BatchIntent intent, Predicate<String> known)
      throws BatchException, InterruptedException;

  /** How far a batch is, whosever it is. */
  BatchStatus poll(String batchId) throws BatchException, InterruptedException;

  /**
   * How far an intent's batch is. What names another intent as its own is not believed; a batch
   * that is not known by this id is looked for once more by its intent.
   */
  default BatchStatus poll(BatchIntent intent, String batchId)
      throws BatchException, InterruptedException {
    return poll(batchId);
  }

  /**
   * Reads the results as they arrive, in the provider's order: answers first, then errors, where
   * those are apart. A download that breaks is begun anew; requests that were handed on by then are
   * not again. They are read from where they were to be, and are no more lines than the intent's
   * batch can have.
   *
   * @param batch that has ended
   * @param lines what it throws is passed on and ends the download
   */
  ResultCounts results(BatchIntent intent, BatchStatus batch, Consumer<ResultLine> lines)
      throws BatchException, InterruptedException;

  /**
   * Asks for a batch to end early, which takes the provider a while. What was answered by then is
   * billed and kept.
   *
   * @return the batch, which may have ended by itself
   */
  BatchStatus cancel(String batchId) throws BatchException, InterruptedException;

  /**
   * Deletes what was uploaded for an intent's batch that has ended; its results stay. Not tried for
   * long: what stays costs little or nothing.
   */
  void discardInput(BatchIntent intent, BatchStatus batch)
      throws BatchException, InterruptedException;

  @Override
  void close();
}
