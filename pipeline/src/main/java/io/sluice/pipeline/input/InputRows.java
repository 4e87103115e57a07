package io.sluice.pipeline.input;

import io.sluice.DeadLetter;
import io.sluice.ErrorKind;
import io.sluice.pipeline.input.rows.Row;
import io.sluice.pipeline.json.Json;
import java.io.IOException;

/** Reads a file that must be whole, such as a job's own outputs, row by row. */
public final class InputRows {

  /** Takes rows. */
  @FunctionalInterface
  public interface To<T> {
    void take(T row) throws IOException;
  }

  private InputRows() {}

  /** How many rows were lost with one that became a dead letter, and stand for nothing else. */
  public static long lost(DeadLetter dead) {
    return dead.kind() == ErrorKind.BAD_INPUT ? RowParser.lost(dead.document()) : 0;
  }

  /**
   * @param file of a format that its name tells
   * @param type the record that a row is
   * @throws IOException if a row cannot be read
   */
  public static <T> void read(String file, Class<T> type, To<T> to) throws IOException {
    first(file, type, Long.MAX_VALUE, to);
  }

  private static <T> T read(String file, Row row, Class<T> type) throws IOException {
    try {
      return Json.read(row.text(), type);
    } catch (IOException e) {
      throw new IOException(
          file
              + ", row "
              + row.position()
              + ", is no JSON object, as a job writes them; run the job's command again, which"
              + " writes its outputs anew: what was answered is in the ledger",
          e);
    }
  }

  /** As {@link #read}, of so many rows at most. */
  public static <T> void first(String file, Class<T> type, long most, To<T> to) throws IOException {
    InputFormat format = InputFormat.ofName(file);
    if (format == null) {
      throw new IOException(file + ": the format is not known by the name");
    }
    try (RowReader rows = RowReader.ofResults(new InputFile(file, 0, format))) {
      long left = most;
      for (Row row = rows.next(); row != null && left > 0; row = rows.next(), left--) {
        if (row.problem() != null) {
          throw new IOException(file + ", row " + row.position() + ": " + row.problem());
        }
        to.take(read(file, row, type));
      }
    }
  }
}
