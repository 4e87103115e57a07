/** Who may write to an output directory: one task, one running job at a time. */
@NullMarked
package io.sluice.pipeline.claim;

import org.jspecify.annotations.NullMarked;
