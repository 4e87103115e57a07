/** Records of Avro and Parquet. */
@NullMarked
package io.sluice.pipeline.input.columnar;

import org.jspecify.annotations.NullMarked;
