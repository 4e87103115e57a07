package io.sluice.internal.engine;

import io.sluice.internal.evidence.Scope;
import java.math.BigDecimal;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What an engine has done so far, for heartbeats and metrics. Guarded by the engine's lock. */
public final class EngineCounts {
  public long seen;
  public long answered;
  public long dead;
  public long servedFromLedger;
  public long sent;
  public long succeeded;
  public long failed;
  public long retried;
  public long rateLimited;
  public int inFlight;
  public int waiting;

  /** Calls that brought no answer, by whose failure it was taken for. */
  public final Map<Scope, Long> failures = new EnumMap<>(Scope.class);

  /** What holds an account up, for a person; null where nothing does. */
  public @Nullable String situation;

  /** Batches at work, their requests, and how many of those have an outcome. */
  public int batches;

  public long batchRequests;
  public long batchDone;
  public BigDecimal spent = BigDecimal.ZERO;
  public @Nullable String brokenBecause;

  /** Adds what an engine within this one has done with rows that were seen here. */
  public void addWithin(EngineCounts other) {
    answered += other.answered;
    dead += other.dead;
    servedFromLedger += other.servedFromLedger;
    sent += other.sent;
    succeeded += other.succeeded;
    failed += other.failed;
    retried += other.retried;
    rateLimited += other.rateLimited;
    inFlight += other.inFlight;
    waiting += other.waiting;
    other.failures.forEach((scope, count) -> failures.merge(scope, count, Long::sum));
    situation = situation == null ? other.situation : situation;
    spent = spent.add(other.spent);
    brokenBecause = brokenBecause == null ? other.brokenBecause : brokenBecause;
  }

  /** Adds what an engine beside this one has done. */
  public void addBeside(EngineCounts other) {
    addWithin(other);
    seen += other.seen;
    batches += other.batches;
    batchRequests += other.batchRequests;
    batchDone += other.batchDone;
  }

  /** The same, with the rows counted elsewhere: here is counted what is asked about them. */
  public EngineCounts ofRows(EngineCounts rows, int live) {
    seen = rows.seen;
    answered = rows.answered;
    dead = rows.dead;
    servedFromLedger = rows.servedFromLedger;
    waiting = live;
    return this;
  }

  public EngineCounts copy() {
    EngineCounts copy = new EngineCounts();
    copy.seen = seen;
    copy.answered = answered;
    copy.dead = dead;
    copy.servedFromLedger = servedFromLedger;
    copy.sent = sent;
    copy.succeeded = succeeded;
    copy.failed = failed;
    copy.retried = retried;
    copy.rateLimited = rateLimited;
    copy.inFlight = inFlight;
    copy.waiting = waiting;
    copy.failures.putAll(failures);
    copy.situation = situation;
    copy.batches = batches;
    copy.batchRequests = batchRequests;
    copy.batchDone = batchDone;
    copy.spent = spent;
    copy.brokenBecause = brokenBecause;
    return copy;
  }
}
