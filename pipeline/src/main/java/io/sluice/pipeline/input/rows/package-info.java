/** Rows as they lie in a file, and the bytes that they are read from. */
@NullMarked
package io.sluice.pipeline.input.rows;

import org.jspecify.annotations.NullMarked;
