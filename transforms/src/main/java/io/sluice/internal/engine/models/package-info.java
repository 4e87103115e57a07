/**
 * Several models behind one engine.
 *
 * <p>In come rows, each with what it asks and of which of the task's {@link
 * io.sluice.internal.plan.Targets}; {@link io.sluice.internal.engine.models.ModelEngines} gives
 * each to the engine of its model and hands back what ends there. A task that asks one model has
 * none of this.
 */
@NullMarked
package io.sluice.internal.engine.models;

import org.jspecify.annotations.NullMarked;
