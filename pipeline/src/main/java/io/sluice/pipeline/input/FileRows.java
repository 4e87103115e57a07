package io.sluice.pipeline.input;

import java.io.Serializable;

/**
 * What a step has read of a file; the parts of a file add up.
 *
 * @param file its name
 * @param rows how many rows
 * @param ends 1 if it was read to its end by then, otherwise 0
 */
public record FileRows(String file, long rows, int ends) implements Serializable {
  FileRows plus(FileRows other) {
    return new FileRows(file, rows + other.rows, ends + other.ends);
  }
}
