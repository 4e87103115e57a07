package io.sluice.pipeline.input.rows;

import io.sluice.pipeline.table.InputType;
import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A format's way to take rows from a file, in order. Whatever it throws means that the rest of the
 * file cannot be read. Not thread-safe.
 */
public interface RowSource extends Closeable {
  /**
   * The next row.
   *
   * @param position its position
   * @return null at the end
   */
  @Nullable Row next(long position) throws IOException;

  /**
   * Passes over rows where that is cheaper than reading them.
   *
   * @return how many were passed over; {@code rows} at most
   */
  default long skip(long rows) throws IOException {
    return 0;
  }

  /** How many rows there are from here on, as far as the file says it; 0 where it does not. */
  default long left() {
    return 0;
  }

  /** What is said where {@link #left} does not know of all; empty where it does. */
  default String andMore() {
    return "";
  }

  /** The fields that every row has; null where only the row tells. */
  default @Nullable List<String> columns() {
    return null;
  }

  /** The types of its columns, as far as the file says them. */
  default Map<String, InputType> types() {
    return Map.of();
  }

  /**
   * How many rows the file has, about.
   *
   * @param rows read so far, at least one
   * @param textBytes their size as text
   * @param fileBytes the file's size
   */
  default long expectedRows(long rows, long textBytes, long fileBytes) {
    return Math.round((double) fileBytes / textBytes * rows);
  }
}
