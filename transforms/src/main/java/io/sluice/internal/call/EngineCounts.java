package io.sluice.internal.call;

import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/** What an engine has done so far, for heartbeats and metrics. Guarded by the engine's lock. */
final class EngineCounts {
  long seen;
  long answered;
  long dead;
  long servedFromLedger;
  long sent;
  long succeeded;
  long failed;
  long retried;
  long rateLimited;
  int inFlight;
  int waiting;

  /** Batches at work, their requests, and how many of those have an outcome. */
  int batches;

  long batchRequests;
  long batchDone;
  BigDecimal spent = BigDecimal.ZERO;
  @Nullable String brokenBecause;

  /** Adds what an engine within this one has done with rows that were seen here. */
  void addWithin(EngineCounts other) {
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
    spent = spent.add(other.spent);
    brokenBecause = brokenBecause == null ? other.brokenBecause : brokenBecause;
  }

  EngineCounts copy() {
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
    copy.batches = batches;
    copy.batchRequests = batchRequests;
    copy.batchDone = batchDone;
    copy.spent = spent;
    copy.brokenBecause = brokenBecause;
    return copy;
  }
}
