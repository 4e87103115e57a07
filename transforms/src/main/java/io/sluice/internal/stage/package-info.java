/**
 * The Beam stages behind {@link io.sluice.AskModel}, and what lives between a runner's callbacks.
 *
 * <p>In come {@link io.sluice.Document}s. {@link io.sluice.internal.stage.PrepareFn} makes each
 * one's request, chunks of them are keyed by shard, and {@link io.sluice.internal.stage.CallFn}
 * gives them to the engine of its shard, which a {@link io.sluice.internal.stage.CallSession} holds
 * across bundles. Out go {@link io.sluice.Answer}s and {@link io.sluice.DeadLetter}s, each document
 * in exactly one of the two; Beam's state holds what is on its way. Opening an engine of the right
 * kind is {@link io.sluice.internal.stage.SessionFactory}'s; what calls mean is no concern of these
 * classes.
 */
@NullMarked
package io.sluice.internal.stage;

import org.jspecify.annotations.NullMarked;
