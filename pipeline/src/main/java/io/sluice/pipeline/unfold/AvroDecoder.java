package io.sluice.pipeline.unfold;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.Decoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.util.Utf8;
import org.jspecify.annotations.Nullable;

/**
 * Decodes the values of a block. A length is held against what is left of the block before anything
 * is made of it, and a row against a bound: elements that take no bytes, such as nulls, can be
 * thousands of millions in five bytes. Not thread-safe.
 */
public final class AvroDecoder extends Decoder {
  /** Of a value in memory. */
  private static final int VALUE_BYTES = 16;

  private final BinaryDecoder in;
  private final int most;
  private long bytes;

  /**
   * @param most bytes of a row in memory
   */
  AvroDecoder(byte[] block, int length, int most) {
    this.in = DecoderFactory.get().binaryDecoder(block, 0, length, null);
    this.most = most;
  }

  /** Of what lies within one value, which is read whole. */
  public static AvroDecoder of(byte[] value) {
    return new AvroDecoder(value, value.length, Bounds.pieceBytes());
  }

  void beginRow() {
    bytes = 0;
  }

  boolean isEnd() throws IOException {
    return in.isEnd();
  }

  private void take(long more) throws IOException {
    bytes += more;
    if (more < 0 || bytes > most) {
      throw new IOException("a row unfolds to more than " + most + " bytes, which is the most");
    }
  }

  private int length() throws IOException {
    long length = in.readLong();
    if (length < 0 || length > in.inputStream().available()) {
      throw new EOFException(
          "a value says that it has "
              + length
              + " bytes; its block has "
              + in.inputStream().available()
              + " more: the file is damaged");
    }
    take(VALUE_BYTES + length);
    return (int) length;
  }

  private long items(long count) throws IOException {
    if (count < 0 || count > most) {
      throw new IOException(
          "a row says that it has " + count + " elements; the most is " + most / VALUE_BYTES);
    }
    take(count * VALUE_BYTES);
    return count;
  }

  @Override
  public void readNull() throws IOException {
    take(VALUE_BYTES);
    in.readNull();
  }

  @Override
  public boolean readBoolean() throws IOException {
    take(VALUE_BYTES);
    return in.readBoolean();
  }

  @Override
  public int readInt() throws IOException {
    take(VALUE_BYTES);
    return in.readInt();
  }

  @Override
  public long readLong() throws IOException {
    take(VALUE_BYTES);
    return in.readLong();
  }

  @Override
  public float readFloat() throws IOException {
    take(VALUE_BYTES);
    return in.readFloat();
  }

  @Override
  public double readDouble() throws IOException {
    take(VALUE_BYTES);
    return in.readDouble();
  }

  @Override
  public Utf8 readString(Utf8 old) throws IOException {
    return text();
  }

  private Utf8 text() throws IOException {
    Utf8 text = new Utf8();
    int length = length();
    text.setByteLength(length);
    in.readFixed(text.getBytes(), 0, length);
    return text;
  }

  @Override
  public String readString() throws IOException {
    return text().toString();
  }

  @Override
  public void skipString() throws IOException {
    in.skipFixed(length());
  }

  @Override
  public ByteBuffer readBytes(@Nullable ByteBuffer old) throws IOException {
    byte[] bytes = new byte[length()];
    in.readFixed(bytes, 0, bytes.length);
    return ByteBuffer.wrap(bytes);
  }

  @Override
  public void skipBytes() throws IOException {
    in.skipFixed(length());
  }

  @Override
  public void readFixed(byte[] to, int from, int length) throws IOException {
    take(VALUE_BYTES + length);
    in.readFixed(to, from, length);
  }

  @Override
  public void skipFixed(int length) throws IOException {
    in.skipFixed(length);
  }

  @Override
  public int readEnum() throws IOException {
    take(VALUE_BYTES);
    return in.readEnum();
  }

  @Override
  public long readArrayStart() throws IOException {
    return items(in.readArrayStart());
  }

  @Override
  public long arrayNext() throws IOException {
    return items(in.arrayNext());
  }

  @Override
  public long skipArray() throws IOException {
    return items(in.skipArray());
  }

  @Override
  public long readMapStart() throws IOException {
    return items(in.readMapStart());
  }

  @Override
  public long mapNext() throws IOException {
    return items(in.mapNext());
  }

  @Override
  public long skipMap() throws IOException {
    return items(in.skipMap());
  }

  @Override
  public int readIndex() throws IOException {
    take(VALUE_BYTES);
    return in.readIndex();
  }
}
