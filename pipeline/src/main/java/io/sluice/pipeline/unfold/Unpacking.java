package io.sluice.pipeline.unfold;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.util.function.LongSupplier;
import org.apache.beam.sdk.io.Compression;

/**
 * An unpacked stream that ends with an error where it unfolds to far more than any text does: what
 * a packed file of some megabytes may unfold to is a matter of terabytes and days. Not thread-safe.
 */
public final class Unpacking extends FilterInputStream {
  /** Up to here nothing is asked. */
  static final long FREE_BYTES = 1L << 30;

  /** Text is packed to a tenth, rows that repeat to a hundredth. */
  static final int MOST_TIMES = 200;

  private final LongSupplier packed;
  private final long free;
  private long unpacked;

  private Unpacking(InputStream in, LongSupplier packed, long free) {
    super(in);
    this.packed = packed;
    this.free = free;
  }

  /**
   * @param packed how many bytes have been read of the packed stream
   */
  public static InputStream of(InputStream in, LongSupplier packed) {
    return new Unpacking(in, packed, FREE_BYTES);
  }

  /**
   * What a packed file unfolds to, of as many parts as it has. All that comes before damage is
   * given before that is thrown.
   *
   * @param compression which is one
   * @param read how many bytes have been read of the channel
   */
  public static InputStream of(
      ReadableByteChannel channel, Compression compression, LongSupplier read) throws IOException {
    InputStream packed = Channels.newInputStream(channel);
    InputStream in =
        switch (compression) {
          case GZIP -> new GzipMembers(packed);
          case ZSTD -> ZstdFrames.unpacked(packed);
          case BZIP2 -> Bzip2Streams.unpacked(packed);
          default -> Channels.newInputStream(compression.readDecompressed(channel));
        };
    return of(in, read);
  }

  static InputStream of(InputStream in, LongSupplier packed, long free) {
    return new Unpacking(in, packed, free);
  }

  @Override
  public int read() throws IOException {
    int read = super.read();
    count(read < 0 ? 0 : 1);
    return read;
  }

  @Override
  public int read(byte[] to, int from, int length) throws IOException {
    int read = super.read(to, from, length);
    count(Math.max(0, read));
    return read;
  }

  @Override
  public long skip(long bytes) throws IOException {
    // In steps, so that one call does not unfold it all.
    long skipped = super.skip(Math.min(bytes, 1 << 20));
    count(skipped);
    return skipped;
  }

  private void count(long bytes) throws IOException {
    unpacked += bytes;
    if (unpacked > free && unpacked / MOST_TIMES > packed.getAsLong()) {
      throw new IOException(
          "it unfolds to more than "
              + MOST_TIMES
              + " times its packed bytes ("
              + unpacked
              + " bytes out of "
              + packed.getAsLong()
              + " so far); if that is meant, unpack it and name the unpacked file");
    }
  }

  @Override
  public boolean markSupported() {
    return false;
  }
}
