/**
 * Asks request by request, as fast as each account's limits allow.
 *
 * <p>In come rows through {@link io.sluice.internal.engine.realtime.CallEngine}; requests wait in
 * the {@link io.sluice.internal.engine.realtime.Lane} of their account, leave as a {@link
 * io.sluice.internal.engine.realtime.Departure} when its limiter, its concurrency and the budget
 * let them, and come back as a {@link io.sluice.spi.Reply}, which ends their rows or sends the
 * request back to its lane. Providers are reached through {@link io.sluice.spi.Caller} alone.
 */
@NullMarked
package io.sluice.internal.engine.realtime;

import org.jspecify.annotations.NullMarked;
