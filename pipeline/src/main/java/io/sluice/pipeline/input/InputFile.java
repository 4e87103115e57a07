package io.sluice.pipeline.input;

import java.io.Serializable;

/**
 * A file to read.
 *
 * @param bytes its size as it lies there, compressed or not
 * @param format {@link InputFormat#AUTO} where it is not known: such a file cannot be read
 */
public record InputFile(String name, long bytes, InputFormat format) implements Serializable {
  /** Whether all its rows have the same fields. */
  public boolean hasColumns() {
    return format == InputFormat.AVRO || format == InputFormat.PARQUET || format == InputFormat.CSV;
  }
}
