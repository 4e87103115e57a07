package io.sluice.pipeline.unfold;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;

/**
 * Walks a struct in Thrift's compact protocol, in which Parquet writes its footer and what goes
 * before a page, and holds every length that it declares against the bytes that are left: its
 * reader takes memory for as many entries as five bytes can say. (Thrift's "Compact protocol
 * encoding": an entry of a list has a byte at least, one of a map two.)
 */
final class ThriftLengths {
  private static final int MOST_LEVELS = 64;
  private static final int LONG_SIZE = 15;
  private static final int INT = 5;

  /** The number of a page header's field that says how long the page is. */
  private static final int PAGE_BYTES = 3;

  /** The field with what a page of the second version says, and in it how long its levels are. */
  private static final int SECOND = 8;

  private static final int DEFINITION_BYTES = 5;
  private static final int REPETITION_BYTES = 6;

  private final ByteBuffer in;
  private final String what;
  private long pageBytes;

  /** The field of the outermost struct that is read. */
  private long outer;

  private long levelBytes;

  private ThriftLengths(ByteBuffer in, String what) {
    this.in = in;
    this.what = what;
  }

  /**
   * @throws IOException if a length cannot be, or the struct does not end
   */
  static void check(byte[] struct) throws IOException {
    try {
      new ThriftLengths(ByteBuffer.wrap(struct), "its footer").struct(0);
    } catch (BufferUnderflowException e) {
      throw new IOException("its footer ends within a value: the file is damaged", e);
    }
  }

  /**
   * Reads what goes before a page, which is left behind.
   *
   * @return how long the page behind it says that it is, bytes
   * @throws BufferUnderflowException if it goes on behind the bytes that are there
   * @throws IOException if a length cannot be, or levels are longer than their page
   */
  static long pageBytes(ByteBuffer in) throws IOException {
    ThriftLengths header = new ThriftLengths(in, "what goes before a page");
    header.struct(0);
    if (header.levelBytes > header.pageBytes) {
      throw new IOException(
          "it says that its levels are longer than the " + header.pageBytes + " bytes of the page");
    }
    return header.pageBytes;
  }

  private void struct(int level) throws IOException {
    if (level > MOST_LEVELS) {
      throw new IOException(
          what + " is more than " + MOST_LEVELS + " levels deep: the file is damaged");
    }
    long id = 0;
    for (int field = in.get(); field != 0; field = in.get()) {
      int step = (field & 0xF0) >> 4;
      id = step == 0 ? zigzag(varint()) : id + step;
      int type = field & 0xF;
      if (level == 0 && id == PAGE_BYTES && type == INT) {
        pageBytes = zigzag(varint());
        continue;
      }
      outer = level == 0 ? id : outer;
      if (level == 1
          && outer == SECOND
          && (id == DEFINITION_BYTES || id == REPETITION_BYTES)
          && type == INT) {
        long bytes = zigzag(varint());
        levelBytes += bytes < 0 ? Integer.MAX_VALUE : bytes;
        continue;
      }
      // A truth lies in its field's type.
      if (type != 1 && type != 2) {
        value(type, level);
      }
    }
  }

  private void value(int type, int level) throws IOException {
    switch (type) {
      case 1, 2, 3 -> skip(1);
      case 4, 5, 6 -> varint();
      case 7 -> skip(Double.BYTES);
      case 8 -> skip(size(varint(), 1));
      case 9, 10 -> list(level);
      case 11 -> map(level);
      case 12 -> struct(level + 1);
      default -> throw new IOException(what + " has a value of no known type: the file is damaged");
    }
  }

  private void list(int level) throws IOException {
    int head = in.get() & 0xFF;
    int count = size(head >> 4 == LONG_SIZE ? varint() : head >> 4, 1);
    for (int i = 0; i < count; i++) {
      value(head & 0xF, level + 1);
    }
  }

  private void map(int level) throws IOException {
    int count = size(varint(), 2);
    int types = count == 0 ? 0 : in.get();
    for (int i = 0; i < count; i++) {
      value(types >> 4 & 0xF, level + 1);
      value(types & 0xF, level + 1);
    }
  }

  private int size(long declared, int bytesEach) throws IOException {
    if (declared < 0 || declared > in.remaining() / bytesEach) {
      throw new IOException(
          what
              + " declares "
              + declared
              + " entries or bytes where it has "
              + in.remaining()
              + " bytes left: the file is damaged");
    }
    return (int) declared;
  }

  private static long zigzag(long number) {
    return (number >>> 1) ^ -(number & 1);
  }

  private void skip(int bytes) {
    if (bytes > in.remaining()) {
      throw new BufferUnderflowException();
    }
    in.position(in.position() + bytes);
  }

  private long varint() throws IOException {
    long value = 0;
    for (int shift = 0; shift < Long.SIZE; shift += 7) {
      byte b = in.get();
      value |= (b & 0x7FL) << shift;
      if (b >= 0) {
        return value;
      }
    }
    throw new IOException(what + " has a number that does not end: the file is damaged");
  }
}
