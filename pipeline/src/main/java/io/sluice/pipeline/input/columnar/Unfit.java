package io.sluice.pipeline.input.columnar;

import io.sluice.internal.text.Text;
import io.sluice.pipeline.input.rows.Row;
import org.jspecify.annotations.Nullable;

/** What of a record has no form in JSON: it costs the record, and no other. Not thread-safe. */
final class Unfit {
  private @Nullable String problem;

  /** Notes a value, the first of a record. */
  void add(String column, Object stored, Exception why) {
    if (problem == null) {
      String text = String.valueOf(stored);
      problem =
          "The column "
              + column
              + " holds "
              + Text.shown(text, 100)
              + ", which is no value of its type ("
              + why.getMessage()
              + ")";
    }
  }

  /** The row of a record, after which the next record begins. */
  Row row(long position, String json) {
    Row row = new Row(position, json, problem);
    problem = null;
    return row;
  }
}
