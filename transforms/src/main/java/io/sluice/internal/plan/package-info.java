/**
 * What happens with a row: one pure function from a task, a document and how its asks have ended so
 * far to what is asked next, or to the row's end.
 *
 * <p>In come a document and {@link io.sluice.internal.plan.Ended} asks; out goes a {@link
 * io.sluice.internal.plan.Then}. {@link io.sluice.internal.plan.Plan} knows no engine, no ledger
 * and no time, so that the same endings, read from a ledger after a crash, lead to the same asks.
 */
@NullMarked
package io.sluice.internal.plan;

import org.jspecify.annotations.NullMarked;
