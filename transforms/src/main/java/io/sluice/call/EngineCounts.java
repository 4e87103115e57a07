package io.sluice.call;

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
  BigDecimal spent = BigDecimal.ZERO;
  @Nullable String brokenBecause;

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
    copy.spent = spent;
    copy.brokenBecause = brokenBecause;
    return copy;
  }
}
