/** Parquet's compression, for reading and writing. */
@NullMarked
package io.sluice.pipeline.parquet;

import org.jspecify.annotations.NullMarked;
