/**
 * The rows that wait in an engine, whichever way it asks.
 *
 * <p>In come rows and how their requests end; out go the rows' ends, or those of asks, for plans.
 */
@NullMarked
package io.sluice.internal.engine.waiting;

import org.jspecify.annotations.NullMarked;
