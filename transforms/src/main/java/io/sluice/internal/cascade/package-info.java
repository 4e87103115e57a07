/**
 * The small model that answers some rows in place of the task's: what it sees of a row, how it
 * learns, and by what its answers are proven. In come texts and answers that were paid for; out
 * come a model, thresholds and bounds. No threads, no clock, no files; the same input gives the
 * same bits.
 */
@NullMarked
package io.sluice.internal.cascade;

import org.jspecify.annotations.NullMarked;
