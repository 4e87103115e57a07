package io.sluice.internal.engine.batch;

import io.sluice.internal.engine.Flight;
import io.sluice.internal.engine.Spending;
import io.sluice.internal.engine.prefix.Prefix;
import io.sluice.internal.ledger.LedgerBatches;
import io.sluice.spi.BatchIntent;
import io.sluice.spi.CustomIds;
import io.sluice.spi.PackedBatch;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A batch from its intent to its close. Guarded by the engine's lock where that is said. */
final class RunningBatch {
  /** What is to be done next. */
  enum Phase {
    /** It is filled and its intent recorded. */
    TO_SUBMIT,
    /** Whether it was created is not known. */
    TO_FIND,
    /** The provider works on it. */
    AT_WORK
  }

  /** A request of the batch. */
  static final class Line {
    final String fingerprint;
    final Spending.Hold hold;

    /** Null while no row of this run waits for it. Guarded by the engine's lock. */
    @Nullable Flight flight;

    /** Whether its outcome is in the ledger. */
    boolean ended;

    Line(String fingerprint, Spending.Hold hold, @Nullable Flight flight) {
      this.fingerprint = fingerprint;
      this.hold = hold;
      this.flight = flight;
    }
  }

  final BatchIntent intent;
  final long inputTokens;

  /** By the part of the fingerprint that the provider hears, in the batch's order. */
  final Map<String, Line> lines = new LinkedHashMap<>();

  Phase phase;

  /** Epoch nanos of the next step. */
  long dueAt;

  /** Steps of this phase that have failed, or looked in vain. */
  int tries;

  /** Epoch nanos of the first look for it, or for its results, that missed something; 0 before. */
  long lackingSince;

  /** Null once it was created, and after a crash. */
  @Nullable PackedBatch packed;

  /** The provider's name for it; empty before it was created. */
  String id = "";

  long createdAt;
  long pollNanos;

  /** Whether it was cancelled so that its requests are asked otherwise. */
  boolean recalled;

  /** Beginnings that it went ahead with, for requests that wait. Guarded by the engine's lock. */
  final Set<Prefix> ahead = new HashSet<>();

  /** Beginnings that its answers say are kept. Guarded by the engine's lock. */
  final Set<Prefix> kept = new HashSet<>();

  /** Epoch nanos of the last look that found it at work; 0 before. */
  long seenAt;

  /** Whether it was begun by an earlier engine. */
  boolean adopted;

  /** Whether it was begun by an earlier engine, and not looked at since. */
  boolean taken;

  // As the provider said last; guarded by the engine's lock.
  String state = "";
  long done;
  long failed;

  RunningBatch(BatchIntent intent, long inputTokens, Phase phase) {
    this.intent = intent;
    this.inputTokens = inputTokens;
    this.phase = phase;
  }

  /** A batch that an earlier engine has left at work. */
  static RunningBatch takenUp(LedgerBatches.Batch open, Spending spending) {
    RunningBatch batch =
        new RunningBatch(
            new BatchIntent(open.intent(), open.intendedAt(), open.requests()),
            open.inputTokens(),
            open.id().isEmpty() ? Phase.TO_FIND : Phase.AT_WORK);
    batch.id = open.id();
    batch.state = open.state();
    batch.recalled = open.recalled();
    batch.taken = true;
    batch.adopted = true;
    batch.createdAt = open.intendedAt().toEpochMilli() * 1_000_000;
    open.pending()
        .forEach(
            (fingerprint, worst) ->
                batch.lines.put(
                    CustomIds.shortened(fingerprint),
                    new Line(fingerprint, spending.adopt(open.key(), worst), null)));
    return batch;
  }

  /** Lines without an outcome; a copy. */
  List<Line> openLines() {
    List<Line> open = new ArrayList<>(lines.values());
    open.removeIf(line -> line.ended);
    return open;
  }
}
