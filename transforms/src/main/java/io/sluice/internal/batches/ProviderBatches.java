package io.sluice.internal.batches;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.api.client.http.HttpContent;
import io.sluice.ModelTask.ProviderKind;
import io.sluice.internal.batches.BatchException.Problem;
import io.sluice.internal.provider.CallFailedException;
import io.sluice.internal.provider.CallerOptions;
import io.sluice.internal.provider.ControlCalls;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What the providers' batches have in common. The one call that is not repeated blindly is the one
 * that creates a batch: after an answer that leaves open whether it did, the batch is looked for,
 * several times and with growing pauses. Thread-safe.
 */
final class ProviderBatches implements BatchClient {
  /** A list may lag behind what was created: it is looked at after each of these pauses. */
  private static final List<Duration> LOOKS =
      List.of(Duration.ofSeconds(2), Duration.ofSeconds(8), Duration.ofSeconds(20));

  private final BatchCalls calls;
  private final BatchWire wire;

  private ProviderBatches(BatchCalls calls, BatchWire wire) {
    this.calls = calls;
    this.wire = wire;
  }

  static ProviderBatches open(CallerOptions options, Sleeper sleeper, RandomGenerator random) {
    boolean openAi = options.provider().kind() == ProviderKind.OPENAI;
    CallerOptions controlled =
        openAi
            ? new CallerOptions(
                OpenAiBatches.controlled(options.provider()),
                options.operation(),
                options.apiKey(),
                options.timeout(),
                options.maxConnections())
            : options;
    return new ProviderBatches(
        new BatchCalls(ControlCalls.open(controlled), sleeper, random),
        openAi ? OpenAiBatches.of(options) : new AnthropicBatches());
  }

  @Override
  public BatchLimits limits() {
    return wire.limits();
  }

  @Override
  public BatchPacker packer(BatchLimits limits, Path directory, Supplier<String> intentIds) {
    return new BatchPacker(wire.format(), wire.requestUrl(), limits, directory, intentIds);
  }

  @Override
  public BatchStatus submit(BatchIntent intent, PackedBatch batch, Predicate<String> known)
      throws BatchException, InterruptedException {
    String fileId = wire.upload(calls, batch);
    try {
      return create(intent, wire.create(intent, batch, fileId), fileId, known);
    } catch (BatchException e) {
      if (fileId != null && e.problem() != Problem.UNCERTAIN) {
        deleteQuietly(fileId, e);
      }
      throw e;
    }
  }

  private BatchStatus create(
      BatchIntent intent, HttpContent body, @Nullable String fileId, Predicate<String> known)
      throws BatchException, InterruptedException {
    for (int attempts = 1; ; attempts++) {
      try {
        BatchStatus created = wire.status(calls.postOnce(wire.path(), body));
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
        } else if (wire.isPassing(e.failure(), fileId) && attempts < BatchCalls.MAX_ATTEMPTS) {
          calls.pause(attempts, e.failure().retryAfter());
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
            + wire.path()
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
      wire.delete(calls, fileId);
    } catch (BatchException again) {
      e.addSuppressed(again);
    }
  }

  @Override
  public Orphans findOrphans(BatchIntent intent, Predicate<String> known)
      throws BatchException, InterruptedException {
    return new OrphanSearch(calls, wire, intent, known).run();
  }

  @Override
  public BatchStatus poll(String batchId) throws BatchException, InterruptedException {
    JsonNode batch = calls.get(wire.path() + "/" + batchId, Map.of());
    return wire.status(batch);
  }

  @Override
  public ResultCounts results(BatchStatus batch, Consumer<ResultLine> lines)
      throws BatchException, InterruptedException {
    return new ResultDownload(calls, wire)
        .run(batch.resultFiles(), batch.counts().finished(), lines);
  }

  @Override
  public BatchStatus cancel(String batchId) throws BatchException, InterruptedException {
    BatchStatus before = poll(batchId);
    if (before.state().isEnded() || before.state() == BatchStatus.State.CANCELLING) {
      return before;
    }
    try {
      return wire.status(calls.post(wire.path() + "/" + batchId + "/cancel", null));
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
      wire.delete(calls, fileId);
    }
  }

  @Override
  public void close() {
    calls.close();
  }
}
