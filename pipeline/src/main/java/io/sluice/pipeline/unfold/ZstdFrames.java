package io.sluice.pipeline.unfold;

import com.github.luben.zstd.ZstdInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/**
 * The packed bytes of a zstd file, whose frames are followed (RFC 8878, 3.1): behind its first
 * frame the library takes a file for whole that ends in the middle of another. Not thread-safe.
 */
public final class ZstdFrames extends ForwardStream {
  private static final int MAGIC = 0xFD2FB528;
  private static final int SKIPPABLE = 0x184D2A50;
  private static final int SKIPPABLE_MASK = 0xFFFFFFF0;
  private static final int[] DICTIONARY_BYTES = {0, 1, 2, 4};
  private static final int RLE = 1;
  private static final int RESERVED = 3;

  /** What comes next. */
  private enum Part {
    MAGIC(4),
    SKIPPED_SIZE(4),
    DESCRIPTOR(1),
    BLOCK_HEADER(3),
    /** Bytes that say nothing of what follows, as are those below. */
    SKIPPED(0),
    REST_OF_HEADER(0),
    BLOCK(0),
    CHECKSUM(4),
    /** What is not understood is the library's to refuse. */
    UNKNOWN(0);

    final int bytes;

    Part(int bytes) {
      this.bytes = bytes;
    }
  }

  private Part part = Part.MAGIC;

  /** Of the part, how many bytes are still to come, and the number that those before make. */
  private long left = Part.MAGIC.bytes;

  private int number;
  private int shift;
  private boolean hasChecksum;
  private boolean isLast;

  private ZstdFrames(InputStream in) {
    super(in);
  }

  /** What a file unfolds to; one that is cut off ends with an error. */
  public static InputStream unpacked(InputStream packed) throws IOException {
    return new ZstdInputStream(new ZstdFrames(packed));
  }

  @Override
  public int read(byte[] to, int from, int length) throws IOException {
    int read = in.read(to, from, length);
    if (read < 0 && part != Part.UNKNOWN && !(part == Part.MAGIC && shift == 0)) {
      throw new EOFException("the file is cut off");
    }
    for (int at = from; at < from + read && part != Part.UNKNOWN; ) {
      at += follow(to, at, from + read);
    }
    return read;
  }

  /** How many bytes were followed, one at least. */
  private int follow(byte[] bytes, int from, int end) {
    if (part.compareTo(Part.SKIPPED) >= 0) {
      int passed = (int) Math.min(left, end - from);
      left -= passed;
      if (left == 0) {
        next();
      }
      return passed;
    }
    number |= (bytes[from] & 0xFF) << shift;
    shift += Byte.SIZE;
    if (--left == 0) {
      next();
    }
    return 1;
  }

  /** A part is over. */
  private void next() {
    int said = number;
    switch (part) {
      case MAGIC ->
          begin(
              said == MAGIC
                  ? Part.DESCRIPTOR
                  : (said & SKIPPABLE_MASK) == SKIPPABLE ? Part.SKIPPED_SIZE : Part.UNKNOWN);
      case SKIPPED_SIZE -> begin(Part.SKIPPED, said & 0xFFFFFFFFL);
      case DESCRIPTOR -> {
        boolean isSingle = (said & 0x20) != 0;
        int sizeFlag = said >> 6;
        hasChecksum = (said & 4) != 0;
        int size = sizeFlag == 0 ? (isSingle ? 1 : 0) : 1 << sizeFlag;
        begin(Part.REST_OF_HEADER, (isSingle ? 0 : 1) + DICTIONARY_BYTES[said & 3] + (long) size);
      }
      case REST_OF_HEADER -> begin(Part.BLOCK_HEADER);
      case BLOCK_HEADER -> {
        isLast = (said & 1) != 0;
        int type = (said >> 1) & 3;
        begin(type == RESERVED ? Part.UNKNOWN : Part.BLOCK, type == RLE ? 1 : said >> 3);
      }
      case BLOCK -> begin(!isLast ? Part.BLOCK_HEADER : hasChecksum ? Part.CHECKSUM : Part.MAGIC);
      default -> begin(Part.MAGIC);
    }
  }

  private void begin(Part next) {
    begin(next, next.bytes);
  }

  private void begin(Part next, long bytes) {
    part = next;
    left = bytes;
    number = 0;
    shift = 0;
    if (bytes == 0 && next != Part.UNKNOWN) {
      next();
    }
  }
}
