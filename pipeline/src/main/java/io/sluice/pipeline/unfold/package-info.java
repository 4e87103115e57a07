/** Unfolds bytes of others: compressed streams, Avro blocks, Parquet pages; all within bounds. */
@NullMarked
package io.sluice.pipeline.unfold;

import org.jspecify.annotations.NullMarked;
