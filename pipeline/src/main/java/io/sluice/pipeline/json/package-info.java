/** Files of JSON that Sluice writes for itself and for others, read and written as records. */
@NullMarked
package io.sluice.pipeline.json;

import org.jspecify.annotations.NullMarked;
