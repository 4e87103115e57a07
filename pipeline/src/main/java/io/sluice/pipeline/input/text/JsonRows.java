package io.sluice.pipeline.input.text;

import io.sluice.pipeline.input.rows.Row;
import io.sluice.pipeline.input.rows.RowSource;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * JSON values that are not one a line: the elements of an array, or objects over several lines.
 * They are told apart by their brackets alone, one in memory at a time; whether each is JSON is
 * seen where it is parsed. So one that is wrong costs itself, unless its brackets do not match:
 * then it takes what follows with it.
 */
final class JsonRows implements RowSource {
  private final InputStream in;
  private final TextForm form;
  private final boolean array;
  private boolean begun;
  private boolean closed;
  private boolean ended;

  private JsonRows(InputStream in, TextForm form, boolean array) {
    this.in = in;
    this.form = form;
    this.array = array;
  }

  static JsonRows array(InputStream in, TextForm form) {
    return new JsonRows(in, form, true);
  }

  static JsonRows values(InputStream in, TextForm form) {
    return new JsonRows(in, form, false);
  }

  /** Whether a value that begins with a line goes on behind it. */
  static boolean isCut(String line) {
    Depth depth = new Depth();
    for (byte b : line.getBytes(StandardCharsets.UTF_8)) {
      depth.take(b);
    }
    return depth.isInside();
  }

  /** How deep a value is nested. */
  private static final class Depth {
    private int brackets;
    private boolean text;
    private boolean escaped;

    void take(int b) {
      if (text) {
        text = escaped || b != '"';
        escaped = !escaped && b == '\\';
      } else if (b == '"') {
        text = true;
      } else if (b == '{' || b == '[') {
        brackets++;
      } else if (b == '}' || b == ']') {
        brackets--;
      }
    }

    boolean isInside() {
      return text || brackets > 0;
    }
  }

  @Override
  public @Nullable Row next(long position) throws IOException {
    if (ended) {
      return null;
    }
    if (array && !begun) {
      // The first that is no blank is the bracket.
      between(false);
    }
    begun = true;
    int first = between(array);
    if (array && first == ']' && !closed) {
      closed = true;
      first = between(false);
    }
    if (first < 0) {
      ended = true;
      return array && !closed
          ? new Row(position, "", "The file is cut off: the array has no end")
          : null;
    }
    return value(position, first);
  }

  /** The next byte that is no blank, nor a comma where those may be; -1 at the end. */
  private int between(boolean commas) throws IOException {
    int b = in.read();
    while (b == ' ' || b == '\n' || b == '\r' || b == '\t' || (b == ',' && commas)) {
      b = in.read();
    }
    return b;
  }

  private Row value(long position, int first) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Depth depth = new Depth();
    long length = 0;
    int b = first;
    while (b >= 0) {
      if (bytes.size() < form.rowBytes()) {
        bytes.write(b);
      }
      length++;
      depth.take(b);
      if (!depth.isInside() && (b == '}' || b == ']' || b == '"')) {
        break;
      }
      in.mark(1);
      b = in.read();
      if (!depth.isInside() && (b == ',' || b == ']' || b == '\n')) {
        // A number or a word has no end of its own.
        in.reset();
        break;
      }
    }
    Row row = TextRows.row(position, bytes.toByteArray(), 0, bytes.size(), length, form);
    if (row.problem() != null) {
      return row;
    }
    if (array && closed) {
      return new Row(position, row.text(), "Something follows the array's end");
    }
    if (b < 0 && depth.isInside()) {
      ended = true;
      return new Row(
          position,
          row.text(),
          "The file is cut off within this value, or a bracket of it has no other");
    }
    return row;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
