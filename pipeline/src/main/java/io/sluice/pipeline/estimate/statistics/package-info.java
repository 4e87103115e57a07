/** Intervals of means and shares, and how many distinct requests there are. */
@NullMarked
package io.sluice.pipeline.estimate.statistics;

import org.jspecify.annotations.NullMarked;
