package io.sluice.internal.engine.batch.running;

import io.sluice.internal.engine.Flight;
import io.sluice.internal.engine.Spending;
import io.sluice.internal.engine.prefix.Prefix;
import io.sluice.internal.evidence.Asked;
import io.sluice.internal.evidence.BatchPatience;
import io.sluice.internal.ledger.LedgerBatches;
import io.sluice.internal.quota.AccountKey;
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
public final class RunningBatch {
  /** What is to be done next. */
  public enum Phase {
    /** It is filled and its intent recorded. */
    TO_SUBMIT,
    /** Whether it was created is not known. */
    TO_FIND,
    /** The provider works on it. */
    AT_WORK
  }

  /** A request of the batch. */
  public static final class Line {
    public final String fingerprint;
    public final Spending.Hold hold;

    /** Null while no row of this run waits for it. Guarded by the engine's lock. */
    public @Nullable Flight flight;

    /** Whether its outcome is in the ledger. */
    public boolean ended;

    public Line(String fingerprint, Spending.Hold hold, @Nullable Flight flight) {
      this.fingerprint = fingerprint;
      this.hold = hold;
      this.flight = flight;
    }

    /** What its request has been through; null where no row of this run waits for it. */
    public @Nullable Asked asked() {
      return flight == null ? null : flight.asked;
    }
  }

  public final BatchIntent intent;
  public final long inputTokens;

  /** By the part of the fingerprint that the provider hears, in the batch's order. */
  public final Map<String, Line> lines = new LinkedHashMap<>();

  public Phase phase;

  /** Epoch nanos of the next step. */
  public long dueAt;

  /** Steps of this phase that have failed, or looked in vain. */
  public int tries;

  /** Epoch nanos of the first look for it, or for its results, that missed something; 0 before. */
  public long lackingSince;

  /** Null once it was created, and after a crash. */
  public @Nullable PackedBatch packed;

  /** The provider's name for it; empty before it was created. */
  public String id = "";

  public long createdAt;
  public long pollNanos;

  /** Requests that its results show to be paid for, as far as this engine has read them. */
  public long paidFor;

  /** Whether it was cancelled so that its requests are asked otherwise. */
  public boolean recalled;

  /** Beginnings that it went ahead with, for requests that wait. Guarded by the engine's lock. */
  public final Set<Prefix> ahead = new HashSet<>();

  /** Beginnings that its answers say are kept. Guarded by the engine's lock. */
  public final Set<Prefix> kept = new HashSet<>();

  /** Epoch nanos of the last look that found it at work; 0 before. */
  public long seenAt;

  /** Whether it was begun by an earlier engine. */
  public boolean adopted;

  /** Whether it was begun by an earlier engine, and not looked at since. */
  public boolean taken;

  /** What fails again and again; null where nothing does. Guarded by the engine's lock. */
  public BatchPatience.@Nullable Failing failing;

  // As the provider said last; guarded by the engine's lock.
  public String state = "";
  public long done;
  public long failed;

  public RunningBatch(BatchIntent intent, long inputTokens, Phase phase) {
    this.intent = intent;
    this.inputTokens = inputTokens;
    this.phase = phase;
  }

  /** A batch that an earlier engine has left at work. */
  public static RunningBatch takenUp(LedgerBatches.Batch open, Spending spending) {
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
    String account = AccountKey.of(open.key()).account();
    open.pending()
        .forEach(
            (fingerprint, worst) ->
                batch.lines.put(
                    CustomIds.shortened(fingerprint),
                    new Line(fingerprint, spending.adopt(account, worst), null)));
    return batch;
  }

  /** What rows wait for, of lines; a copy. */
  public static List<Flight> flights(List<Line> lines) {
    List<Flight> flights = new ArrayList<>();
    for (Line line : lines) {
      if (line.flight != null) {
        flights.add(line.flight);
      }
    }
    return flights;
  }

  /** Lines without an outcome; a copy. */
  public List<Line> openLines() {
    List<Line> open = new ArrayList<>(lines.values());
    open.removeIf(line -> line.ended);
    return open;
  }
}
