package io.sluice.internal.engine.realtime;

import io.sluice.internal.engine.Flight;
import io.sluice.internal.engine.Next;
import io.sluice.internal.engine.Outcome;
import io.sluice.internal.ledger.Ledger;
import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/**
 * What a request got from its call, judged and settled.
 *
 * @param entry the call in the ledger, which has no end there yet; null where no ledger is kept
 * @param cost null where the price is unknown, or nothing was billed
 */
record CallEnd(
    Flight flight,
    Outcome outcome,
    Ledger.@Nullable Call entry,
    @Nullable BigDecimal cost,
    long latencyMs) {

  Decided then(Next next) {
    return new Decided(this, next);
  }

  /** What becomes of the request after it. */
  record Decided(CallEnd end, Next next) {}
}
