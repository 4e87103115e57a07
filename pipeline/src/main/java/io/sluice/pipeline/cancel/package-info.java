/** The verb {@code cancel}. */
@NullMarked
package io.sluice.pipeline.cancel;

import org.jspecify.annotations.NullMarked;
