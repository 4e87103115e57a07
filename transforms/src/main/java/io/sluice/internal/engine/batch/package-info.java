/**
 * Asks by the batches that providers offer.
 *
 * <p>In come rows through {@link io.sluice.internal.engine.batch.BatchEngine}; requests wait in the
 * {@link io.sluice.internal.engine.batch.BatchLane} of their account until they fill a batch, are
 * in a {@link io.sluice.internal.engine.batch.running.RunningBatch} while the provider works, and
 * end with a line of its results. Every step is in the ledger before the next, so that a crash
 * loses none. What is to be asked in real time is handed to another {@link
 * io.sluice.internal.engine.Engine}.
 */
@NullMarked
package io.sluice.internal.engine.batch;

import org.jspecify.annotations.NullMarked;
