package io.sluice.internal.plan;

/**
 * An ask and how it ended.
 *
 * @param attempts of the row that count, in this run, up to here
 * @param sent requests sent for the row up to here, whenever
 * @param isStored whether the ledger had it: nothing was sent
 */
public record Ended(Ask ask, Ending ending, int attempts, int sent, boolean isStored) {}
