package io.sluice.pipeline.input.rows;

import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * A row as it lies in its file.
 *
 * @param position counted from 1
 * @param text the row; for csv a JSON object of its fields
 * @param problem why it is not a document; null where nothing is wrong so far
 * @param lost how many rows are lost with it and stand for nothing else, as where the rest of a
 *     file cannot be read; 0 for none, or where that is not known
 */
public record Row(long position, String text, @Nullable String problem, long lost)
    implements Serializable {

  /** With which no other is lost. */
  public Row(long position, String text, @Nullable String problem) {
    this(position, text, problem, 0);
  }
}
