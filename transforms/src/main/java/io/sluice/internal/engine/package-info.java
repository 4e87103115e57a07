/**
 * What asking in real time and asking by batches share.
 *
 * <p>In come {@link io.sluice.internal.engine.PreparedDocument}s, through {@link
 * io.sluice.internal.engine.Engine}; out go {@link io.sluice.internal.engine.Finished} rows. Here
 * are the parts that both kinds of engine are made of: the rows that wait, by request ({@link
 * io.sluice.internal.engine.waiting.WaitingRows}), the ledger as an engine sees it ({@link
 * io.sluice.internal.engine.Journal}), money ({@link io.sluice.internal.engine.Spending}), and how
 * rows end. Nothing here knows a thread, a lane or Beam.
 */
@NullMarked
package io.sluice.internal.engine;

import org.jspecify.annotations.NullMarked;
