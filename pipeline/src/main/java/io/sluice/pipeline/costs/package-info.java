/** Sums of money, tokens and limits, as summaries and {@code status} have them. */
@NullMarked
package io.sluice.pipeline.costs;

import org.jspecify.annotations.NullMarked;
