/** The verb {@code estimate}: what a job will take, before it is run. */
@NullMarked
package io.sluice.pipeline.estimate;

import org.jspecify.annotations.NullMarked;
