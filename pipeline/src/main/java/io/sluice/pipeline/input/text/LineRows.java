package io.sluice.pipeline.input.text;

import io.sluice.pipeline.input.rows.Row;
import io.sluice.pipeline.input.rows.RowSource;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** A row a line, ended by LF or CRLF, or in files of old programs by CR alone. */
final class LineRows implements RowSource {
  private static final int BUFFER_BYTES = 1 << 16;

  private final InputStream in;
  private final TextForm form;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private int bufferAt;
  private int bufferEnd;

  private final char end;

  private LineRows(InputStream in, TextForm form, char end) {
    this.in = in;
    this.form = form;
    this.end = end;
  }

  /**
   * @param in which supports marks
   */
  static LineRows open(InputStream in, TextForm form) throws IOException {
    String first = new String(Faulty.look(in, TextRows.LOOK_BYTES), StandardCharsets.ISO_8859_1);
    boolean old = first.indexOf('\r') >= 0 && first.indexOf('\n') < 0;
    return new LineRows(in, form, old ? '\r' : '\n');
  }

  @Override
  public @Nullable Row next(long position) throws IOException {
    ByteArrayOutputStream bytes = null;
    long length = 0;
    while (true) {
      int from = bufferAt;
      int to = from;
      while (to < bufferEnd && buffer[to] != end) {
        to++;
      }
      boolean whole = to < bufferEnd;
      bufferAt = whole ? to + 1 : to;
      if (whole && bytes == null) {
        return row(position, buffer, from, to - from, to - from);
      }
      // The row goes on behind the buffer.
      bytes = bytes == null ? new ByteArrayOutputStream(2 * (to - from)) : bytes;
      bytes.write(buffer, from, Math.min(to - from, form.rowBytes() - bytes.size()));
      length += to - from;
      if (!whole && fill()) {
        continue;
      }
      if (!whole && length == 0) {
        return null;
      }
      return row(position, bytes.toByteArray(), 0, bytes.size(), length);
    }
  }

  /** False at the end of the file. */
  private boolean fill() throws IOException {
    bufferAt = 0;
    bufferEnd = Math.max(0, in.read(buffer));
    return bufferEnd > 0;
  }

  /**
   * @param length of the row, of which {@code size} bytes are kept
   */
  private Row row(long position, byte[] bytes, int from, int size, long length) {
    int kept = size > 0 && bytes[from + size - 1] == '\r' ? size - 1 : size;
    Row row = TextRows.row(position, bytes, from, kept, length, form);
    return row.problem() == null && row.text().isBlank()
        ? new Row(position, row.text(), "The row is empty")
        : row;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
