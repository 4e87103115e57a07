package io.sluice.pipeline.input;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.jspecify.annotations.Nullable;

/**
 * Rows of text: lines, records of a csv file, or a file as one row. A row that cannot be decoded is
 * a row with a problem.
 */
final class TextRows implements RowSource {
  private static final int BUFFER_BYTES = 1 << 16;

  private static final ObjectMapper JSON = new ObjectMapper();

  private final InputFile file;
  private final InputStream in;
  private final byte[] buffer;
  private int bufferAt;
  private int bufferEnd;
  private final @Nullable CSVParser csv;
  private @Nullable Iterator<CSVRecord> records;

  private TextRows(InputFile file, InputStream in) throws IOException {
    this.file = file;
    this.in = in;
    boolean lines = file.format() == InputFormat.JSONL || file.format() == InputFormat.TEXT;
    this.buffer = new byte[lines ? BUFFER_BYTES : 0];
    this.csv = file.format() == InputFormat.CSV ? csv(file, in) : null;
  }

  /** Begins at the first row. */
  static TextRows open(InputFile file, InputStream bytes) throws IOException {
    BufferedInputStream in = new BufferedInputStream(bytes, BUFFER_BYTES);
    in.mark(3);
    boolean bom = in.read() == 0xEF && in.read() == 0xBB && in.read() == 0xBF;
    if (!bom) {
      in.reset();
    }
    return new TextRows(file, in);
  }

  private static CSVParser csv(InputFile file, InputStream in) throws IOException {
    String name = InputFormat.withoutCompression(file.name().toLowerCase(Locale.ROOT));
    return CSVFormat.DEFAULT
        .builder()
        .setDelimiter(name.endsWith(".tsv") ? '\t' : ',')
        .setHeader()
        .setSkipHeaderRecord(true)
        .setIgnoreEmptyLines(false)
        .build()
        .parse(new InputStreamReader(in, StandardCharsets.UTF_8));
  }

  @Override
  public @Nullable Row next(long position) throws IOException {
    return switch (file.format()) {
      case CSV -> record(position);
      case FILE -> position > 1 ? null : whole();
      default -> line(position);
    };
  }

  private @Nullable Row line(long position) throws IOException {
    ByteArrayOutputStream bytes = null;
    long length = 0;
    while (true) {
      int from = bufferAt;
      int end = from;
      while (end < bufferEnd && buffer[end] != '\n') {
        end++;
      }
      boolean whole = end < bufferEnd;
      bufferAt = whole ? end + 1 : end;
      if (whole && bytes == null) {
        return decode(position, buffer, from, end - from, end - from, true);
      }
      // The row goes on behind the buffer.
      bytes = bytes == null ? new ByteArrayOutputStream(2 * (end - from)) : bytes;
      bytes.write(buffer, from, Math.min(end - from, RowReader.MAX_ROW_BYTES - bytes.size()));
      length += end - from;
      if (!whole && fill()) {
        continue;
      }
      if (!whole && length == 0) {
        return null;
      }
      return decode(position, bytes.toByteArray(), 0, bytes.size(), length, whole);
    }
  }

  /** False at the end of the file. */
  private boolean fill() throws IOException {
    bufferAt = 0;
    bufferEnd = Math.max(0, in.read(buffer));
    return bufferEnd > 0;
  }

  private Row whole() throws IOException {
    byte[] bytes = in.readNBytes(RowReader.MAX_ROW_BYTES);
    long length = bytes.length + in.skip(Long.MAX_VALUE);
    return decode(1, bytes, 0, bytes.length, length, false);
  }

  /**
   * @param length of the row, of which {@code size} bytes are kept
   */
  private Row decode(long position, byte[] bytes, int from, int size, long length, boolean line) {
    int kept = line && size > 0 && bytes[from + size - 1] == '\r' ? size - 1 : size;
    String problem = null;
    String text;
    try {
      text =
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, from, kept)).toString();
    } catch (CharacterCodingException e) {
      text = new String(bytes, from, kept, StandardCharsets.UTF_8);
      problem = "The row is not valid UTF-8; convert the file";
    }
    if (length > RowReader.MAX_ROW_BYTES) {
      problem = "The row has " + length + " bytes; the most is " + RowReader.MAX_ROW_BYTES;
    } else if (problem == null && text.isBlank()) {
      problem = file.format() == InputFormat.FILE ? "The file is empty" : "The row is empty";
    }
    return new Row(position, text, problem);
  }

  private @Nullable Row record(long position) {
    CSVParser parser = csv;
    if (parser == null) {
      throw new IllegalStateException("not a csv file");
    }
    if (records == null) {
      records = parser.iterator();
    }
    if (!records.hasNext()) {
      return null;
    }
    CSVRecord values = records.next();
    List<String> names = parser.getHeaderNames();
    ObjectNode fields = JSON.createObjectNode();
    if (values.size() == names.size()) {
      for (int i = 0; i < names.size(); i++) {
        fields.put(names.get(i), values.get(i));
      }
      return new Row(position, fields.toString(), null);
    }
    return new Row(
        position,
        String.join(",", values.values()),
        "The record has " + values.size() + " fields; the header has " + names.size());
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
