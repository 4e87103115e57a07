package io.sluice.pipeline.input.columnar;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.sluice.internal.text.BoundedText;
import io.sluice.internal.text.Text;
import io.sluice.pipeline.input.rows.Faults;
import io.sluice.pipeline.input.rows.Row;
import io.sluice.pipeline.unfold.Bounds;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** What of a record has no form in JSON: it costs the record, and no other. Not thread-safe. */
final class Unfit {
  private static final int MOST_BYTES = 40;

  private static final JsonMapper JSON = new JsonMapper();

  private @Nullable String problem;

  /** Bytes as hexadecimal digits: what Java says of a buffer is nothing of what is in it. */
  private static String shown(Object stored) {
    if (!(stored instanceof ByteBuffer buffer)) {
      return String.valueOf(stored);
    }
    byte[] bytes = new byte[Math.min(buffer.remaining(), MOST_BYTES)];
    buffer.duplicate().get(bytes);
    return bytes.length == 0 ? "no bytes" : "the bytes " + HexFormat.of().formatHex(bytes);
  }

  /** Notes a value, the first of a record. */
  void add(String column, Object stored, Exception why) {
    if (problem == null) {
      String text = shown(stored);
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
  Row row(long position, JsonNode record) {
    String found = problem;
    problem = null;
    try {
      // Names that come again with each element of a list are many bytes in the text alone.
      BoundedText json = new BoundedText(Bounds.ROW_BYTES);
      JSON.writeValue(json, record);
      return new Row(position, json.toString(), found);
    } catch (IOException | BoundedText.TooLongException e) {
      return new Row(position, "", "The row cannot be read: " + Faults.reason(e));
    }
  }
}
