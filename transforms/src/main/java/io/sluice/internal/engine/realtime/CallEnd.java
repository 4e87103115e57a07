package io.sluice.internal.engine.realtime;

import io.sluice.internal.engine.Flight;
import io.sluice.internal.engine.Outcome;
import io.sluice.internal.engine.RetryPolicy;
import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/**
 * What a request got from its call. It is in the ledger, and the rows do not know it yet.
 *
 * @param cost null where the price is unknown, or nothing was billed
 */
record CallEnd(
    Flight flight,
    Outcome outcome,
    RetryPolicy.Decision decision,
    @Nullable BigDecimal cost,
    long latencyMs) {}
