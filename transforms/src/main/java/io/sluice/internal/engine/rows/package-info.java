/**
 * Rows and their plans, above an engine that knows of asks alone.
 *
 * <p>In come rows; {@link io.sluice.internal.engine.rows.PlannedEngine} gives the engine below it
 * what their {@link io.sluice.internal.plan.Plan} asks, hears how that ends, and hands on each row's
 * end. {@link io.sluice.internal.engine.rows.Replay} follows the same plans through a ledger and
 * sends nothing.
 */
@NullMarked
package io.sluice.internal.engine.rows;

import org.jspecify.annotations.NullMarked;
