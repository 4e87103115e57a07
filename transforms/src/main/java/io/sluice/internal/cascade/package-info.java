/**
 * The small model that answers some rows in place of the task's: from which rows it learns, which
 * it answers, and by what that is proven. In come rows and answers that were paid for; out come
 * rows to ask and rows to answer. No threads, no clock, no files; the same input gives the same
 * bits.
 */
@NullMarked
package io.sluice.internal.cascade;

import org.jspecify.annotations.NullMarked;
