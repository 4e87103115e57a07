package io.sluice.pipeline.input;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import org.apache.beam.sdk.io.Compression;
import org.apache.beam.sdk.io.FileSystems;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.jspecify.annotations.Nullable;

/**
 * Reads a file's rows in order. Whatever is wrong becomes a row with a problem: a row that cannot
 * be decoded, and once, in place of the rest, a file that cannot be read further. Not thread-safe.
 */
final class RowReader implements Closeable {
  /** A longer row is kept up to here, and becomes a dead letter. */
  static final int MAX_ROW_BYTES = 64 << 20;

  private static final int BUFFER_BYTES = 1 << 16;

  private static final ObjectMapper JSON = new ObjectMapper();

  private final InputFile file;
  private final InputStream in;
  private final byte[] buffer;
  private int bufferAt;
  private int bufferEnd;
  private final @Nullable CSVParser csv;
  private @Nullable Iterator<CSVRecord> records;
  private long position;
  private boolean ended;
  private final Queue<Row> unread = new ArrayDeque<>();

  private RowReader(InputFile file, InputStream in) throws IOException {
    this.file = file;
    this.in = in;
    boolean lines = file.format() == InputFormat.JSONL || file.format() == InputFormat.TEXT;
    this.buffer = new byte[lines ? BUFFER_BYTES : 0];
    this.csv = file.format() == InputFormat.CSV ? csv(file, in) : null;
  }

  /** Opens a file at its first row. */
  static RowReader open(InputFile file) throws IOException {
    InputStream bytes =
        Channels.newInputStream(
            Compression.detect(file.name())
                .readDecompressed(
                    FileSystems.open(FileSystems.matchNewResource(file.name(), false))));
    BufferedInputStream in = new BufferedInputStream(bytes, BUFFER_BYTES);
    in.mark(3);
    boolean bom = in.read() == 0xEF && in.read() == 0xBB && in.read() == 0xBF;
    if (!bom) {
      in.reset();
    }
    return new RowReader(file, in);
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

  /** The position of the row that {@link #next} returned last; 0 before the first. */
  long position() {
    return position;
  }

  /** The next row; null at the end. */
  @Nullable Row next() {
    Row again = unread.poll();
    if (again != null) {
      position = again.position();
      return again;
    }
    if (ended) {
      return null;
    }
    try {
      Row row =
          switch (file.format()) {
            case CSV -> record();
            case FILE -> whole();
            default -> line();
          };
      if (row == null) {
        ended = true;
      } else {
        position = row.position();
      }
      return row;
    } catch (IOException | UncheckedIOException | IllegalStateException e) {
      ended = true;
      position++;
      return new Row(
          position,
          "",
          "Read the rest of the file: "
              + e.getMessage()
              + "; rows before this one are complete, mend the file and run again");
    }
  }

  /**
   * Gives the last rows back.
   *
   * @param rows at least one, in their order
   */
  void unread(List<Row> rows) {
    unread.addAll(rows);
    position = rows.get(0).position() - 1;
  }

  private @Nullable Row line() throws IOException {
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
        return decode(buffer, from, end - from, end - from, true);
      }
      // The row goes on behind the buffer.
      bytes = bytes == null ? new ByteArrayOutputStream(2 * (end - from)) : bytes;
      bytes.write(buffer, from, Math.min(end - from, MAX_ROW_BYTES - bytes.size()));
      length += end - from;
      if (!whole && fill()) {
        continue;
      }
      if (!whole && length == 0) {
        return null;
      }
      return decode(bytes.toByteArray(), 0, bytes.size(), length, whole);
    }
  }

  /** False at the end of the file. */
  private boolean fill() throws IOException {
    bufferAt = 0;
    bufferEnd = Math.max(0, in.read(buffer));
    return bufferEnd > 0;
  }

  private @Nullable Row whole() throws IOException {
    if (position > 0) {
      return null;
    }
    byte[] bytes = in.readNBytes(MAX_ROW_BYTES);
    long length = bytes.length + in.skip(Long.MAX_VALUE);
    return decode(bytes, 0, bytes.length, length, false);
  }

  /**
   * @param length of the row, of which {@code size} bytes are kept
   */
  private Row decode(byte[] bytes, int from, int size, long length, boolean line) {
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
    if (length > MAX_ROW_BYTES) {
      problem = "The row has " + length + " bytes; the most is " + MAX_ROW_BYTES;
    } else if (problem == null && text.isBlank()) {
      problem = file.format() == InputFormat.FILE ? "The file is empty" : "The row is empty";
    }
    return new Row(position + 1, text, problem);
  }

  private @Nullable Row record() {
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
      return new Row(position + 1, fields.toString(), null);
    }
    return new Row(
        position + 1,
        String.join(",", values.values()),
        "The record has " + values.size() + " fields; the header has " + names.size());
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
