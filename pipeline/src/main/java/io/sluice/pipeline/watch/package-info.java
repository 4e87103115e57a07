/** A job whose input has no end: new files are found, answered, and put in place by rounds. */
@NullMarked
package io.sluice.pipeline.watch;

import org.jspecify.annotations.NullMarked;
