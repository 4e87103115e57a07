package io.sluice.pipeline.input.text;

import io.sluice.pipeline.input.rows.Row;
import io.sluice.pipeline.input.rows.RowSource;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Opens files of text. A row that cannot be decoded is a row with a problem. */
public final class TextRows {
  static final int LOOK_BYTES = 1 << 15;

  private TextRows() {}

  /** A row a line. */
  public static RowSource lines(InputStream bytes, TextForm form) throws IOException {
    return LineRows.open(text(bytes, form), form);
  }

  /** A file as one row. */
  public static RowSource whole(InputStream bytes, TextForm form) throws IOException {
    return new WholeRow(text(bytes, form), form);
  }

  /** Records of csv. */
  public static RowSource csv(InputStream bytes, TextForm form, boolean tabs) throws IOException {
    return CsvRows.open(text(bytes, form), form, tabs);
  }

  /**
   * JSON: a value a line, the elements of an array, or where a file is called json, values that
   * spread over lines.
   *
   * @param mayBeOne whether the file may hold one value, or several, on many lines
   */
  public static RowSource json(InputStream bytes, TextForm form, boolean mayBeOne)
      throws IOException {
    BufferedInputStream text = text(bytes, form);
    String first = new String(Faulty.look(text, LOOK_BYTES), StandardCharsets.UTF_8).stripLeading();
    String line = first.lines().findFirst().orElse("");
    // An array in one line with more behind it is a line among others.
    boolean more = !first.substring(line.length()).isBlank();
    if (first.startsWith("[") && (!more || JsonRows.isCut(line))) {
      return JsonRows.array(text, form);
    }
    boolean spread = line.strip().equals("{") || (mayBeOne && JsonRows.isCut(line));
    return spread && first.startsWith("{")
        ? JsonRows.values(text, form)
        : LineRows.open(text, form);
  }

  private static BufferedInputStream text(InputStream bytes, TextForm form) throws IOException {
    BufferedInputStream in = new BufferedInputStream(new Faulty(bytes));
    // Throws where not even the first byte can be read.
    in.mark(1);
    in.read();
    in.reset();
    Magic.check(in);
    return Utf8.of(in, form.encoding());
  }

  /**
   * The row of bytes, of which a part may be left out. A mark before it, as of files that were put
   * one behind another, is no part of it.
   */
  static Row row(long position, byte[] bytes, int at, int count, long length, TextForm form) {
    int mark = Utf8.isMarked(bytes, at, count) ? 3 : 0;
    int from = at + mark;
    int size = count - mark;
    String text = Utf8.strict(bytes, from, size);
    if (length > form.rowBytes()) {
      return new Row(
          position,
          text == null ? new String(bytes, from, size, StandardCharsets.UTF_8) : text,
          "The row has " + length + " bytes; the most is " + form.rowBytes());
    }
    if (text == null) {
      return new Row(
          position, new String(bytes, from, size, StandardCharsets.UTF_8), Utf8.problem(form));
    }
    return new Row(position, text, null);
  }

  private record WholeRow(InputStream in, TextForm form) implements RowSource {
    @Override
    public @Nullable Row next(long position) throws IOException {
      if (position > 1) {
        return null;
      }
      byte[] bytes = in.readNBytes(form.rowBytes());
      long length = bytes.length + in.skip(Long.MAX_VALUE);
      Row row = row(1, bytes, 0, bytes.length, length, form);
      return row.problem() == null && row.text().isBlank()
          ? new Row(1, row.text(), "The file is empty")
          : row;
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }
}
