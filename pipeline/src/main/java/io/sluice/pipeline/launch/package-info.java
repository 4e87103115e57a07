/** The verb {@code run}: its flags, the job as a pipeline, and what a launcher says and leaves. */
@NullMarked
package io.sluice.pipeline.launch;

import org.jspecify.annotations.NullMarked;
