package io.sluice.internal.batches;

import io.sluice.internal.batches.BatchException.Problem;
import io.sluice.internal.http.GivenIds;
import io.sluice.internal.http.NoAnswer;
import io.sluice.spi.BatchApi;
import io.sluice.spi.BatchIntent;
import io.sluice.spi.BatchLimits;
import io.sluice.spi.BatchStatus;
import io.sluice.spi.BatchStatus.State;
import io.sluice.spi.CallFailedException;
import io.sluice.spi.CustomIds;
import io.sluice.spi.PackedBatch;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
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

  /** Before an end that has requests asked again is believed. */
  private static final Duration SECOND_LOOK = Duration.ofSeconds(2);

  private static final Orphans NONE = new Orphans(List.of(), List.of());

  private final BatchApi api;
  private final BatchCalls calls;

  /** For what a server had better do, and nothing waits for. */
  private final BatchCalls brief;

  ProviderBatches(BatchApi api, Sleeper sleeper, RandomGenerator random, Duration outage) {
    this.api = api;
    this.calls = new BatchCalls(sleeper, random, outage);
    this.brief = BatchCalls.brief(sleeper, random);
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
    return calls
        .repeated(() -> Guarded.run(() -> Optional.ofNullable(api.upload(batch))))
        .orElse(null);
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
    brief.repeated(
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
        BatchStatus created = Guarded.run(() -> api.create(intent, batch, fileId));
        if (isOf(intent, created, known)) {
          return created;
        }
        BatchStatus found = lookFor(intent, known, null);
        if (found != null) {
          return found;
        }
        if (attempts >= calls.most()) {
          throw uncertain("was answered without its batch each time", intent, null);
        }
      } catch (CallFailedException e) {
        if (e.mayHaveHappened()) {
          BatchStatus found = lookFor(intent, known, e);
          if (found != null) {
            return found;
          }
          if (attempts >= calls.most()) {
            throw uncertain("kept failing", intent, e);
          }
        } else if (waits < FILE_LOOKS.size() && api.isPassing(e.failure(), fileId)) {
          calls.pause(FILE_LOOKS.get(waits++));
          attempts--;
        } else {
          Orphans found = listed(intent, known);
          if (!found.certain().isEmpty()) {
            return found.certain().get(0);
          }
          calls.pauseOrThrow(attempts, e);
        }
      }
    }
  }

  /** Whether a server that has created a batch has named this one, as far as it shows. */
  private static boolean isOf(BatchIntent intent, BatchStatus created, Predicate<String> known) {
    return GivenIds.isOne(created.id())
        && !known.test(created.id())
        && !isAnothers(intent, created);
  }

  private static boolean isAnothers(BatchIntent intent, BatchStatus status) {
    String shown = status.intent();
    return shown != null && !CustomIds.isName(intent.id(), shown);
  }

  /**
   * A batch that was created although its creation was refused: what stands between may have asked
   * twice, and passes on what the second was answered. Looked for once before it is created again,
   * and quietly.
   *
   * @return none where the list cannot be read
   */
  private Orphans listed(BatchIntent intent, Predicate<String> known) throws InterruptedException {
    try {
      return new OrphanSearch(brief, api, intent, known).run();
    } catch (BatchException e) {
      return NONE;
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
    return calls.repeated(() -> Guarded.run(() -> api.poll(batchId)));
  }

  @Override
  public BatchStatus poll(BatchIntent intent, String batchId)
      throws BatchException, InterruptedException {
    try {
      BatchStatus status = look(intent, batchId);
      if (!isToBeSeenTwice(status)) {
        return status;
      }
      calls.pause(SECOND_LOOK);
      return look(intent, batchId);
    } catch (BatchException e) {
      Integer status = e.status();
      Orphans found = status != null && status == 404 ? listed(intent, batchId::equals) : NONE;
      if (!found.certain().isEmpty()) {
        return look(intent, found.certain().get(0).id());
      }
      if (!found.possible().isEmpty()) {
        throw new BatchException(
            Problem.RETRY,
            e.getMessage()
                + "; batch "
                + found.possible().get(0).id()
                + " may be the one, which shows when it has ended",
            e);
      }
      throw e;
    }
  }

  private BatchStatus look(BatchIntent intent, String batchId)
      throws BatchException, InterruptedException {
    return calls.repeated(() -> own(intent, Guarded.run(() -> api.poll(batchId)), batchId));
  }

  /** Whether its requests are asked again, and paid for again where only one look says so. */
  private static boolean isToBeSeenTwice(BatchStatus status) {
    return status.state().isEnded() && status.state() != State.COMPLETED;
  }

  private static BatchStatus own(BatchIntent intent, BatchStatus status, String batchId)
      throws CallFailedException {
    if (isAnothers(intent, status)) {
      throw NoAnswer.thrown(
          "A look at batch "
              + batchId
              + " was answered with one of another intent, "
              + status.intent()
              + ", and not of "
              + intent.id());
    }
    return status.withId(batchId);
  }

  @Override
  public ResultCounts results(BatchIntent intent, BatchStatus batch, Consumer<ResultLine> lines)
      throws BatchException, InterruptedException {
    return new ResultDownload(calls, api, intent.requests())
        .run(api.resultFiles(intent, batch), batch.counts().finished(), lines);
  }

  @Override
  public BatchStatus cancel(String batchId) throws BatchException, InterruptedException {
    BatchStatus before = poll(batchId);
    if (before.state().isEnded() || before.state() == State.CANCELLING) {
      return before;
    }
    try {
      return calls.repeated(() -> Guarded.run(() -> api.cancel(batchId)));
    } catch (BatchException e) {
      BatchStatus after = poll(batchId);
      if (after.state().isEnded()) {
        return after;
      }
      throw e;
    }
  }

  @Override
  public void discardInput(BatchIntent intent, BatchStatus batch)
      throws BatchException, InterruptedException {
    brief.repeated(
        () -> {
          api.discard(intent, batch);
          return batch;
        });
  }

  @Override
  public void close() {
    api.close();
  }
}
