package io.sluice.internal.batches;

/**
 * What a batch's results held.
 *
 * @param requests distinct ones
 * @param repeated lines for a request that had one before
 * @param unreadable whole lines that are no result
 */
public record ResultCounts(long requests, long repeated, long unreadable) {}
