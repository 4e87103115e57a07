package io.sluice.internal.batches;

import io.sluice.internal.batches.BatchException.Problem;
import io.sluice.spi.BatchApi;
import io.sluice.spi.BatchIntent;
import io.sluice.spi.BatchLimits;
import io.sluice.spi.BatchStatus;
import io.sluice.spi.CallFailedException;
import io.sluice.spi.PackedBatch;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the providers' batches have in common. The one call that is not repeated blindly is the one
 * that creates a batch: after an answer that leaves open whether it did, the batch is looked for,
 * several times and with growing pauses. Thread-safe.
 */
final class ProviderBatches implements BatchClient {
  private static final Logger LOG = LoggerFactory.getLogger(ProviderBatches.class);

  /** A list may lag behind what was created: it is looked at after each of these pauses. */
  private static final List<Duration> LOOKS =
      List.of(Duration.ofSeconds(2), Duration.ofSeconds(8), Duration.ofSeconds(20));

  /** A server may take its time before it knows an uploaded file: two minutes in all. */
  private static final List<Duration> FILE_LOOKS =
      Stream.of(1, 2, 4, 8, 15, 30, 30, 30).map(Duration::ofSeconds).toList();

  private final BatchApi api;
  private final BatchCalls calls;

  ProviderBatches(BatchApi api, Sleeper sleeper, RandomGenerator random, Duration outage) {
    this.api = api;
    this.calls = new BatchCalls(sleeper, random, outage);
  }

  @Override
  public BatchLimits limits() {
    return api.limits();
  }

  @Override
  public BatchPacker packer(BatchLimits limits, Path directory, Supplier<String> intentIds) {
    return new BatchPacker(api.format(), limits, directory, intentIds);
  }

  @Override
  public BatchStatus submit(BatchIntent intent, PackedBatch batch, Predicate<String> known)
      throws BatchException, InterruptedException {
    @Nullable String fileId = upload(batch);
    if (fileId != null) {
      awaitFile(fileId);
    }
    try {
      return create(intent, batch, fileId, known);
    } catch (BatchException e) {
      if (fileId != null && e.problem() != Problem.UNCERTAIN) {
        deleteQuietly(fileId, e);
      }
      throw e;
    }
  }

  private @Nullable String upload(PackedBatch batch) throws BatchException, InterruptedException {
    @Nullable String[] id = new String[1];
    calls.repeated(
        () -> {
          id[0] = api.upload(batch);
          return batch;
        });
    return id[0];
  }

  /** Not every server tells of its files; what it does not tell, the creation of the batch will. */
  private void awaitFile(String fileId) throws InterruptedException {
    try {
      for (Duration pause : FILE_LOOKS) {
        if (api.isReady(fileId)) {
          return;
        }
        calls.pause(pause);
      }
    } catch (CallFailedException e) {
      LOG.debug("Whether file {} is ready cannot be told: {}", fileId, e.getMessage());
    }
  }

  private void delete(String fileId) throws BatchException, InterruptedException {
    calls.repeated(
        () -> {
          api.delete(fileId);
          return fileId;
        });
  }

  private BatchStatus create(
      BatchIntent intent, PackedBatch batch, @Nullable String fileId, Predicate<String> known)
      throws BatchException, InterruptedException {
    int waits = 0;
    for (int attempts = 1; ; attempts++) {
      try {
        BatchStatus created = api.create(intent, batch, fileId);
        if (!created.id().isEmpty()) {
          return created;
        }
        BatchStatus found = lookFor(intent, known, null);
        if (found != null) {
          return found;
        }
        if (attempts >= BatchCalls.MAX_ATTEMPTS) {
          throw uncertain("was answered without a batch each time", intent, null);
        }
      } catch (CallFailedException e) {
        if (e.mayHaveHappened()) {
          BatchStatus found = lookFor(intent, known, e);
          if (found != null) {
            return found;
          }
          if (attempts >= BatchCalls.MAX_ATTEMPTS) {
            throw uncertain("kept failing", intent, e);
          }
        } else if (waits < FILE_LOOKS.size() && api.isPassing(e.failure(), fileId)) {
          calls.pause(FILE_LOOKS.get(waits++));
          attempts--;
        } else {
          calls.pauseOrThrow(attempts, e);
        }
      }
    }
  }

  /**
   * Looks for a batch that may have been created.
   *
   * @return null where it was not
   * @throws BatchException {@code UNCERTAIN} where that cannot be told
   */
  private @Nullable BatchStatus lookFor(
      BatchIntent intent, Predicate<String> known, @Nullable CallFailedException cause)
      throws BatchException, InterruptedException {
    for (Duration pause : LOOKS) {
      calls.pause(pause);
      Orphans orphans;
      try {
        orphans = findOrphans(intent, known);
      } catch (BatchException e) {
        throw uncertain("failed, and so did looking for the batch", intent, e);
      }
      if (!orphans.certain().isEmpty()) {
        return orphans.certain().get(0);
      }
      if (!orphans.possible().isEmpty()) {
        throw uncertain(
            "failed, and batch "
                + orphans.possible().get(0).id()
                + " may be the one or another's, which shows when it has ended",
            intent,
            cause);
      }
    }
    return null;
  }

  private BatchException uncertain(String what, BatchIntent intent, @Nullable Exception cause) {
    return new BatchException(
        Problem.UNCERTAIN,
        "POST "
            + api.path()
            + " for the "
            + intent.requests()
            + " requests of intent "
            + intent.id()
            + " "
            + what
            + (cause == null ? "" : ": " + cause.getMessage())
            + ". Look for the batch before these requests are submitted again",
        cause);
  }

  private void deleteQuietly(String fileId, BatchException e) throws InterruptedException {
    try {
      delete(fileId);
    } catch (BatchException again) {
      e.addSuppressed(again);
    }
  }

  @Override
  public Orphans findOrphans(BatchIntent intent, Predicate<String> known)
      throws BatchException, InterruptedException {
    return new OrphanSearch(calls, api, intent, known).run();
  }

  @Override
  public BatchStatus poll(String batchId) throws BatchException, InterruptedException {
    return calls.repeated(() -> api.poll(batchId));
  }

  @Override
  public ResultCounts results(BatchStatus batch, Consumer<ResultLine> lines)
      throws BatchException, InterruptedException {
    return new ResultDownload(calls, api)
        .run(batch.resultFiles(), batch.counts().finished(), lines);
  }

  @Override
  public BatchStatus cancel(String batchId) throws BatchException, InterruptedException {
    BatchStatus before = poll(batchId);
    if (before.state().isEnded() || before.state() == BatchStatus.State.CANCELLING) {
      return before;
    }
    try {
      return calls.repeated(() -> api.cancel(batchId));
    } catch (BatchException e) {
      BatchStatus after = poll(batchId);
      if (after.state().isEnded()) {
        return after;
      }
      throw e;
    }
  }

  @Override
  public void discardInput(BatchStatus batch) throws BatchException, InterruptedException {
    String fileId = batch.inputFile();
    if (fileId != null) {
      delete(fileId);
    }
  }

  @Override
  public void close() {
    api.close();
  }
}
