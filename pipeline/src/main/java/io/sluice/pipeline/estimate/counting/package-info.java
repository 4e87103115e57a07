/** Documents counted for an estimate: what is paid, what is not, and a draw of those. */
@NullMarked
package io.sluice.pipeline.estimate.counting;

import org.jspecify.annotations.NullMarked;
