/** How far a job is, read by another process from what the job leaves on the disk. */
@NullMarked
package io.sluice.pipeline.status;

import org.jspecify.annotations.NullMarked;
