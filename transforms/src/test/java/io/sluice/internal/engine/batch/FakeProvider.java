package io.sluice.internal.engine.batch;

import io.sluice.ErrorKind;
import io.sluice.ModelTask.KeySource;
import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.Provider;
import io.sluice.Usage;
import io.sluice.internal.batches.BatchClient;
import io.sluice.internal.batches.BatchException;
import io.sluice.internal.batches.BatchException.Problem;
import io.sluice.internal.batches.BatchPacker;
import io.sluice.internal.batches.BatchProblems;
import io.sluice.internal.batches.Orphans;
import io.sluice.internal.batches.ResultCounts;
import io.sluice.internal.batches.ResultLine;
import io.sluice.internal.batches.Sleeper;
import io.sluice.internal.engine.realtime.FakeModel;
import io.sluice.internal.http.NoAnswer;
import io.sluice.spi.BatchIntent;
import io.sluice.spi.BatchLimits;
import io.sluice.spi.BatchStatus;
import io.sluice.spi.BatchStatus.BatchProblem;
import io.sluice.spi.BatchStatus.Counts;
import io.sluice.spi.BatchStatus.State;
import io.sluice.spi.Connection;
import io.sluice.spi.CustomIds;
import io.sluice.spi.PackedBatch;
import io.sluice.spi.RateHeaders;
import io.sluice.spi.Reply;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A provider of batches in memory that bills what it answers, and outlives engines. */
final class FakeProvider implements BatchClient {
  /** What happens to the process right after a batch was created. */
  static final class Killed extends Error {
    private static final long serialVersionUID = 1L;
  }

  private static final class Batch {
    final String intent;
    final List<String> fingerprints;
    State state = State.IN_PROGRESS;
    List<BatchProblem> problems = List.of();
    final Set<String> answered = new HashSet<>();

    Batch(String intent, List<String> fingerprints) {
      this.intent = intent;
      this.fingerprints = fingerprints;
    }
  }

  private static final Usage USED = new Usage(10, 0, 5);

  private final BatchClient packing =
      BatchClient.open(
          new Connection(
              new Provider("openai", "http://localhost", KeySource.NONE),
              Operation.CHAT,
              "m",
              null,
              Duration.ofSeconds(1),
              1),
          Sleeper.REAL,
          new Random(1));
  private final Map<String, Batch> batches = new LinkedHashMap<>();
  private final InstantSource clock;

  /** When the engine last cancelled a batch. */
  Instant cancelledAt = Instant.MIN;

  final Map<String, Integer> billed = new HashMap<>();

  /** Fingerprints that are not answered, in their next batch only. */
  final Set<String> expireOnce = new HashSet<>();

  /** Fingerprints that have a line of a failure before that of their answer. */
  final Set<String> failedFirst = new HashSet<>();

  /** Whether results are those of requests that nobody sent. */
  boolean strange;

  /** Fingerprints that are answered, billed, and have no line. */
  final Set<String> hidden = new HashSet<>();

  /** Fingerprints whose line has no answer and no error. */
  final Set<String> blank = new HashSet<>();

  /** How many requests are counted as failed beside those that were answered. */
  int countedAsFailed;

  /** Whether batches say nothing of how many requests they have done. */
  boolean countless;

  /** Whether batches end without a file of results. */
  boolean fileless;

  /** A batch that has ended and may be the intent's; null where there is none. */
  @Nullable BatchStatus perhaps;

  /** Whether results are lines that cannot be read. */
  boolean unreadable;

  /** Fingerprints that the model declines, which is billed. */
  final Set<String> declined = new HashSet<>();

  /** What requests are refused with for good, by fingerprint: that is not billed. */
  final Map<String, String> refused = new HashMap<>();

  /** What happens in place of creating the next batches, and what after creating them. */
  final List<Problem> before = new ArrayList<>();

  /** What every call is answered for as long as it lasts; null where each is answered. */
  @Nullable BatchException away;

  /** When batches were tried to be created. */
  final List<Instant> attempts = new ArrayList<>();

  /** What the model answers, by fingerprint. */
  UnaryOperator<String> says = fingerprint -> "answer to " + fingerprint;

  boolean killAfterCreate;
  boolean killBeforeCreate;

  /** Whether batches end as soon as they are looked at. */
  boolean quick = true;

  /** Why the next batch is refused; empty where it is not. */
  List<BatchProblem> refusal = List.of();

  /** How many looks at results find a batch ended and nothing there. */
  int emptyReads;

  /** How many looks at results are refused, as if their file were unknown. */
  int refusedReads;

  /** How many lists of batches do not have the newest ones yet. */
  int staleLists;

  FakeProvider(InstantSource clock) {
    this.clock = clock;
  }

  int created() {
    return batches.size();
  }

  List<Integer> sizes() {
    return batches.values().stream().map(batch -> batch.fingerprints.size()).toList();
  }

  /** Whoever owns the account cancels everything. */
  void cancelAll() {
    batches.values().stream()
        .filter(batch -> !batch.state.isEnded())
        .forEach(batch -> batch.state = State.CANCELLED);
  }

  @Override
  public BatchLimits limits() {
    return packing.limits();
  }

  @Override
  public BatchPacker packer(BatchLimits limits, Path directory, Supplier<String> intentIds) {
    return packing.packer(limits, directory, intentIds);
  }

  @Override
  public BatchStatus submit(BatchIntent intent, PackedBatch packed, Predicate<String> known)
      throws BatchException {
    if (killBeforeCreate) {
      throw new Killed();
    }
    attempts.add(clock.instant());
    throwIfAway();
    if (!before.isEmpty()) {
      throw BatchProblems.of(before.remove(0));
    }
    String id = "batch_" + (batches.size() + 1);
    Batch batch = new Batch(intent.id(), packed.fingerprints());
    if (!refusal.isEmpty()) {
      batch.state = State.FAILED;
      batch.problems = refusal;
      refusal = List.of();
    }
    batches.put(id, batch);
    if (killAfterCreate) {
      killAfterCreate = false;
      throw new Killed();
    }
    return status(id);
  }

  private void throwIfAway() throws BatchException {
    if (away != null) {
      throw away;
    }
  }

  @Override
  public Orphans findOrphans(BatchIntent intent, Predicate<String> known) throws BatchException {
    throwIfAway();
    if (staleLists-- > 0) {
      return new Orphans(List.of(), List.of());
    }
    List<BatchStatus> own =
        batches.entrySet().stream()
            .filter(entry -> entry.getValue().intent.equals(intent.id()))
            .map(entry -> status(entry.getKey()))
            .toList();
    return new Orphans(own, perhaps == null ? List.of() : List.of(perhaps));
  }

  @Override
  public BatchStatus poll(String batchId) throws BatchException {
    throwIfAway();
    Batch batch = batch(batchId);
    if (quick && !batch.state.isEnded()) {
      boolean expires = batch.fingerprints.stream().anyMatch(expireOnce::contains);
      for (String fingerprint : batch.fingerprints) {
        if (!expireOnce.remove(fingerprint)) {
          batch.answered.add(fingerprint);
          if (!refused.containsKey(fingerprint)) {
            billed.merge(fingerprint, 1, Integer::sum);
          }
        }
      }
      batch.state = expires ? State.EXPIRED : State.COMPLETED;
    }
    return status(batchId);
  }

  private Batch batch(String id) {
    Batch batch = batches.get(id);
    if (batch == null) {
      throw new AssertionError("There is no batch " + id);
    }
    return batch;
  }

  private BatchStatus status(String id) {
    Batch batch = batch(id);
    return new BatchStatus(
        id,
        null,
        batch.state,
        countless
            ? new Counts(0, 0, 0, 0, 0)
            : new Counts(batch.fingerprints.size(), batch.answered.size(), countedAsFailed, 0, 0),
        batch.problems,
        null,
        null,
        null,
        fileless ? List.of() : List.of("results"));
  }

  @Override
  public ResultCounts results(BatchIntent intent, BatchStatus status, Consumer<ResultLine> lines)
      throws BatchException {
    if (refusedReads-- > 0) {
      throw BatchProblems.of(Problem.FATAL);
    }
    if (emptyReads-- > 0 || fileless) {
      return new ResultCounts(0, 0, 0);
    }
    Batch batch = batch(status.id());
    if (unreadable) {
      return new ResultCounts(0, 0, batch.fingerprints.size());
    }
    if (strange) {
      for (int i = 0; i < batch.fingerprints.size(); i++) {
        lines.accept(new ResultLine("request-" + i, declined(), false));
      }
      return new ResultCounts(batch.fingerprints.size(), 0, 0);
    }
    for (String fingerprint : failedFirst) {
      lines.accept(
          new ResultLine(
              CustomIds.of(batch.intent, fingerprint),
              NoAnswer.inBatch("The batch's request", "server_error", "broke"),
              false));
    }
    for (String fingerprint : batch.fingerprints) {
      if (batch.answered.contains(fingerprint) && !hidden.contains(fingerprint)) {
        String refusal = refused.get(fingerprint);
        Reply reply =
            blank.contains(fingerprint)
                ? NoAnswer.unreadable("without an answer", null, RateHeaders.NONE)
                : refusal != null
                    ? FakeModel.refused(refusal)
                    : declined.contains(fingerprint)
                        ? declined()
                        : new Reply.Answered(
                            says.apply(fingerprint), "fake", "stop", USED, RateHeaders.NONE);
        // Providers repeat lines.
        lines.accept(new ResultLine(CustomIds.of(batch.intent, fingerprint), reply, false));
        lines.accept(new ResultLine(CustomIds.of(batch.intent, fingerprint), reply, true));
      }
    }
    return new ResultCounts(batch.answered.size(), batch.answered.size(), 0);
  }

  private static Reply declined() {
    return new Reply.Failed(
        ErrorKind.REFUSAL,
        Reply.Scope.ROW,
        false,
        "declined",
        200,
        null,
        null,
        Reply.Billing.BILLED,
        USED,
        "no",
        RateHeaders.NONE);
  }

  @Override
  public BatchStatus cancel(String batchId) {
    Batch batch = batch(batchId);
    cancelledAt = clock.instant();
    batch.state = batch.state.isEnded() ? batch.state : State.CANCELLED;
    return status(batchId);
  }

  @Override
  public void discardInput(BatchIntent intent, BatchStatus batch) {}

  @Override
  public void close() {}
}
