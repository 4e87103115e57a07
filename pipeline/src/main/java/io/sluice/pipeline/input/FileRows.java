package io.sluice.pipeline.input;

import java.io.Serializable;

/**
 * What a step has read of a file; the parts of a file add up.
 *
 * @param file its name
 * @param rows how many rows
 * @param ends 1 if it was read to its end, otherwise 0
 * @param end how many rows the file has, where it was read to its end; otherwise 0
 */
public record FileRows(String file, long rows, int ends, long end) implements Serializable {
  FileRows plus(FileRows other) {
    return new FileRows(file, rows + other.rows, ends + other.ends, end + other.end);
  }
}
