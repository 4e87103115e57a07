package io.sluice.pipeline.unfold;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.apache.avro.NameValidator;
import org.apache.avro.Schema;
import org.apache.avro.file.DataFileConstants;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.DatumReader;
import org.jspecify.annotations.Nullable;

/**
 * The records of an Avro container file, a block in memory at a time (Avro 1.12, "Object Container
 * Files"). Avro's own reader makes arrays as large as a file says, unfolds blocks without a bound,
 * and takes a file that is cut off in the first bytes of a block for whole. Behind what is damaged
 * it goes on at the next marker. Not thread-safe.
 */
public final class AvroBlocks implements Closeable {
  private static final int MOST_HEADER_BYTES = Bounds.headerBytes(Runtime.getRuntime().maxMemory());

  private static final int MOST_HEADER_ENTRIES = 10_000;

  /** Rows of no bytes, such as those of nulls alone, could be any number. */
  private static final int MOST_EMPTY_ROWS = 10_000;

  /** What a packed byte may hold. */
  private static final long MOST_ROWS_A_BYTE = 1_000;

  /** Two numbers. */
  private static final int MOST_BLOCK_HEADER = 32;

  private InputStream in;
  private final long length;
  private final Schema schema;
  private final AvroUnpacker unpacker;
  private final byte[] marker;
  private final DatumReader<GenericRecord> reader;
  private long position;

  private long blockRows;
  private long rowsLeft;
  private long packedLength;
  private boolean isUnpacked;

  /** Where the block begun last begins, until its header is read; negative then. */
  private long beginsAt = -1;

  /** What was read behind that header, until a marker follows it. */
  private byte[] unsure = {};

  private final int rowBytes;

  private @Nullable AvroDecoder rows;
  private @Nullable GenericRecord reused;

  /**
   * Reads a file's header.
   *
   * @param length the file's bytes; negative if not known
   * @param rowBytes what a row may unfold to
   * @throws IOException if it is no Avro file, or none of records
   */
  public AvroBlocks(InputStream bytes, long length, int rowBytes) throws IOException {
    this.in = new BufferedInputStream(bytes, 1 << 16);
    this.rowBytes = rowBytes;
    this.length = length;
    if (!Arrays.equals(bytes(DataFileConstants.MAGIC.length), DataFileConstants.MAGIC)) {
      throw new IOException("it does not begin as an Avro file does");
    }
    Map<String, byte[]> header = header();
    this.marker = bytes(DataFileConstants.SYNC_SIZE);
    byte[] written = header.get(DataFileConstants.SCHEMA);
    if (written == null) {
      throw new IOException("its header has no " + DataFileConstants.SCHEMA);
    }
    this.schema =
        new Schema.Parser(NameValidator.NO_VALIDATION)
            .setValidateDefaults(false)
            .parse(
                // Not as Java's strings, in which what is no UTF-8 is replaced.
                new String(written, StandardCharsets.UTF_8)
                    .replace("\"avro.java.string\"", "\"not.java.string\""));
    if (schema.getType() != Schema.Type.RECORD) {
      throw new IOException(
          "its values are of type "
              + schema.getType().getName()
              + "; expected records, whose fields are a document's");
    }
    AvroTypes.check(schema);
    byte[] codec = header.get(DataFileConstants.CODEC);
    this.unpacker =
        new AvroUnpacker(
            codec == null
                ? DataFileConstants.NULL_CODEC
                : new String(codec, StandardCharsets.UTF_8),
            Bounds.pieceBytes());
    this.reader = new GenericDatumReader<>(schema);
  }

  private Map<String, byte[]> header() throws IOException {
    Map<String, byte[]> header = new HashMap<>();
    for (long count = number(); count != 0; count = number()) {
      if (count < 0) {
        count = -count;
        number();
      }
      for (long i = 0; i < count; i++) {
        String name = new String(headerBytes(), StandardCharsets.UTF_8);
        header.put(name, headerBytes());
        if (header.size() > MOST_HEADER_ENTRIES) {
          throw new IOException(
              "its header has more than " + MOST_HEADER_ENTRIES + " entries: it is damaged");
        }
      }
    }
    return header;
  }

  private byte[] headerBytes() throws IOException {
    long size = number();
    if (size < 0 || position + size > MOST_HEADER_BYTES) {
      throw new IOException(
          "its header says that it has more than "
              + MOST_HEADER_BYTES
              + " bytes: it is damaged, or its schema needs a JVM with more memory (-Xmx)");
    }
    return bytes((int) size);
  }

  /** The schema that the file was written with: one of records. */
  public Schema schema() {
    return schema;
  }

  /** Where the block begun last ends; before the first, where the header does. */
  public long position() {
    return position + (isUnpacked || blockRows == 0 ? 0 : packedLength + marker.length);
  }

  /** How many rows the block has that was begun last. */
  public long blockRows() {
    return blockRows;
  }

  /** Whether the next row is the first of its block, or there is none. */
  public boolean isAtBlock() {
    return rowsLeft == 0 || rowsLeft == blockRows;
  }

  /**
   * Whether there is another row; begins its block where it is the first.
   *
   * @throws IOException if what follows is no block
   */
  public boolean hasNext() throws IOException {
    while (rowsLeft == 0) {
      AvroDecoder before = rows;
      if (before != null && !before.isEnd()) {
        throw new IOException("a block has more bytes than its rows: the file is damaged");
      }
      rows = null;
      in.mark(1);
      if (in.read() < 0) {
        return false;
      }
      in.reset();
      begin();
    }
    return true;
  }

  private void begin() throws IOException {
    isUnpacked = false;
    unsure = new byte[0];
    beginsAt = position;
    in.mark(MOST_BLOCK_HEADER);
    blockRows = number();
    packedLength = number();
    long left = length < 0 ? Long.MAX_VALUE : length - position - marker.length;
    if (blockRows < 0 || packedLength < 0 || packedLength > left) {
      rowsLeft = packedLength < 0 ? 0 : Math.max(0, likelyRows());
      throw new IOException(
          "a block says that it has "
              + blockRows
              + " rows in "
              + packedLength
              + " bytes; the file has "
              + Math.max(0, left)
              + " more: it is damaged, or cut off");
    }
    if (packedLength > Bounds.pieceBytes()) {
      rowsLeft = likelyRows();
      throw new IOException(
          "a block has "
              + packedLength
              + " bytes; the most is "
              + Bounds.pieceBytes()
              + ": write smaller blocks, or give this JVM more memory (-Xmx)");
    }
    beginsAt = -1;
    rowsLeft = blockRows;
    if (blockRows == 0) {
      unpack();
    }
  }

  private AvroDecoder unpack() throws IOException {
    byte[] packed = packed();
    byte[] plain = unpacker.unpack(packed);
    if (blockRows > Math.max(plain.length, MOST_EMPTY_ROWS)) {
      rowsLeft = 0;
      throw new IOException(
          "a block of "
              + plain.length
              + " bytes says that it has "
              + blockRows
              + " rows: the file is damaged");
    }
    AvroDecoder decoder = new AvroDecoder(plain, plain.length, rowBytes);
    rows = decoder;
    return decoder;
  }

  /** What a block says that it has, where that can be so; otherwise none. */
  private long likelyRows() {
    return blockRows / MOST_ROWS_A_BYTE <= packedLength + MOST_EMPTY_ROWS ? blockRows : 0;
  }

  /** The block's bytes, behind which there is a marker. */
  private byte[] packed() throws IOException {
    int length = (int) packedLength;
    unsure = in.readNBytes(length + marker.length);
    position += unsure.length;
    boolean whole = unsure.length == length + marker.length;
    if (!whole || !Arrays.equals(unsure, length, unsure.length, marker, 0, marker.length)) {
      rowsLeft = likelyRows();
      if (!whole) {
        throw new EOFException("the file is cut off behind byte " + position);
      }
      throw new IOException("a block does not end with the file's marker: the file is damaged");
    }
    byte[] packed = Arrays.copyOf(unsure, length);
    unsure = new byte[0];
    isUnpacked = true;
    return packed;
  }

  /**
   * Passes over what could not be read, to behind the next marker.
   *
   * @return false where there is none; then nothing more can be read
   */
  public boolean passDamage() throws IOException {
    if (!isUnpacked && !isBehindMarker()) {
      return false;
    }
    isUnpacked = true;
    rows = null;
    reused = null;
    rowsLeft = 0;
    return true;
  }

  /** Looks for a marker from the byte on that the block begins with, as far as it is known. */
  private boolean isBehindMarker() throws IOException {
    if (beginsAt >= 0) {
      in.reset();
      position = beginsAt;
      beginsAt = -1;
    } else {
      position -= unsure.length;
      in =
          new BufferedInputStream(
              new SequenceInputStream(new ByteArrayInputStream(unsure), in), 1 << 16);
      unsure = new byte[0];
    }
    byte[] last = new byte[marker.length];
    for (long seen = 1; ; seen++) {
      int next = in.read();
      if (next < 0) {
        return false;
      }
      position++;
      last[(int) (seen % last.length)] = (byte) next;
      if (seen >= last.length
          && next == (marker[marker.length - 1] & 0xFF)
          && isMarker(last, seen)) {
        return true;
      }
    }
  }

  private boolean isMarker(byte[] last, long seen) {
    for (int i = 0; i < marker.length; i++) {
      if (last[(int) ((seen + 1 + i) % last.length)] != marker[i]) {
        return false;
      }
    }
    return true;
  }

  /**
   * The next row, which the one after it overwrites. Only after {@link #hasNext} was true.
   *
   * @throws IOException if it is broken, or unfolds to too much
   */
  public GenericRecord next() throws IOException {
    AvroDecoder decoder = rows;
    if (decoder == null) {
      decoder = unpack();
    }
    decoder.beginRow();
    GenericRecord row = reader.read(reused, decoder);
    reused = row;
    rowsLeft--;
    return row;
  }

  /** Rows of the block that was begun last, of those that were not read. */
  public long rowsLeft() {
    return rowsLeft;
  }

  private byte[] bytes(int count) throws IOException {
    // Not made before the bytes are there: the file may be cut off.
    byte[] bytes = in.readNBytes(count);
    position += bytes.length;
    if (bytes.length < count) {
      throw new EOFException("the file is cut off behind byte " + position);
    }
    return bytes;
  }

  /** Zigzag, seven bits a byte, the lowest first. */
  private long number() throws IOException {
    long number = 0;
    for (int shift = 0; shift < Long.SIZE; shift += 7) {
      int next = in.read();
      if (next < 0) {
        throw new EOFException("the file is cut off behind byte " + position);
      }
      position++;
      number |= (next & 0x7FL) << shift;
      if (next < 0x80) {
        return (number >>> 1) ^ -(number & 1);
      }
    }
    throw new IOException("a number has more than ten bytes: the file is damaged");
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
