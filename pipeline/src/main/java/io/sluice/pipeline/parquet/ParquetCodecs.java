package io.sluice.pipeline.parquet;

import com.github.luben.zstd.Zstd;
import io.airlift.compress.lz4.Lz4Decompressor;
import io.airlift.compress.snappy.SnappyDecompressor;
import io.sluice.pipeline.unfold.Bounds;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.GZIPInputStream;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.compression.CompressionCodecFactory;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.brotli.dec.BrotliInputStream;

/**
 * Parquet's compression without Hadoop: reads uncompressed, snappy, gzip, zstd, lz4_raw and brotli,
 * writes zstd. Thread-safe.
 *
 * <p><b>Pages are not believed.</b> A page's header says what it unfolds to, and so does what is
 * packed; a decoder that goes by the second and writes natively goes beyond an array that was made
 * by the first. So snappy and lz4 are decoded in Java, zstd is told where its array ends, and what
 * no codec could unfold out of so few bytes, or is above {@link Bounds}, is not begun.
 */
public final class ParquetCodecs implements CompressionCodecFactory {
  private static final int ZSTD_LEVEL = 3;

  /** What a byte can unfold to at most; the others have no bound that helps. */
  private static final int SNAPPY_TIMES = 22;

  private static final int LZ4_TIMES = 255;
  private static final int GZIP_TIMES = 1032;
  private static final String DAMAGED = ": the file is damaged";

  /** The largest page of each column of the row group at work, in sum. */
  private final AtomicLong open = new AtomicLong();

  /** Counts the pages that are in memory anew: those of the row group before are not. */
  public void beginRowGroup() {
    open.set(0);
  }

  @Override
  public BytesInputCompressor getCompressor(CompressionCodecName codec) {
    if (codec != CompressionCodecName.ZSTD) {
      throw new IllegalArgumentException("Parquet is written with zstd here, not with " + codec);
    }
    return new BytesInputCompressor() {
      @Override
      public BytesInput compress(BytesInput bytes) throws IOException {
        return BytesInput.from(Zstd.compress(bytes.toByteArray(), ZSTD_LEVEL));
      }

      @Override
      public CompressionCodecName getCodecName() {
        return codec;
      }

      @Override
      public void release() {}
    };
  }

  @Override
  public BytesInputDecompressor getDecompressor(CompressionCodecName codec) {
    return new BytesInputDecompressor() {
      private int largest;

      @Override
      public BytesInput decompress(BytesInput bytes, int size) throws IOException {
        return codec == CompressionCodecName.UNCOMPRESSED
            ? bytes
            : BytesInput.from(unpackWithin(bytes.toByteArray(), size));
      }

      private byte[] unpackWithin(byte[] packed, int size) throws IOException {
        check(codec, packed.length, size);
        if (size > largest) {
          if (open.addAndGet(size - largest) > Bounds.openBytes()) {
            throw new IOException(
                "the pages of its columns unfold to more than "
                    + Bounds.openBytes()
                    + " bytes, a quarter of this JVM's memory: write smaller pages, or give it more"
                    + " memory (-Xmx)");
          }
          largest = size;
        }
        return unpack(codec, packed, size);
      }

      @Override
      public void decompress(ByteBuffer from, int fromSize, ByteBuffer to, int size)
          throws IOException {
        byte[] packed = new byte[fromSize];
        from.get(packed);
        to.put(codec == CompressionCodecName.UNCOMPRESSED ? packed : unpackWithin(packed, size));
      }

      @Override
      public void release() {}
    };
  }

  private static void check(CompressionCodecName codec, int packed, int size) throws IOException {
    long possible =
        switch (codec) {
          case SNAPPY -> (long) packed * SNAPPY_TIMES;
          case LZ4_RAW -> (long) packed * LZ4_TIMES;
          case GZIP -> (long) packed * GZIP_TIMES;
          default -> Integer.MAX_VALUE;
        };
    if (size < 0 || size > possible) {
      throw new IOException(
          "the header of a page says that " + packed + " bytes unfold to " + size + DAMAGED);
    }
    if (size > Bounds.pieceBytes()) {
      throw new IOException(
          "a page unfolds to "
              + size
              + " bytes; the most is "
              + Bounds.pieceBytes()
              + ": write smaller pages, or give this JVM more memory (-Xmx)");
    }
  }

  private static byte[] unpack(CompressionCodecName codec, byte[] packed, int size)
      throws IOException {
    byte[] plain = new byte[size];
    if (size == 0) {
      // Some writers leave out what packing nothing gives.
      return plain;
    }
    int length =
        switch (codec) {
          case SNAPPY ->
              new SnappyDecompressor().decompress(packed, 0, packed.length, plain, 0, size);
          case GZIP -> {
            try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(packed))) {
              yield in.readNBytes(plain, 0, size);
            }
          }
          case ZSTD -> (int) Zstd.decompressByteArray(plain, 0, size, packed, 0, packed.length);
          case BROTLI -> {
            try (InputStream in = new BrotliInputStream(new ByteArrayInputStream(packed))) {
              yield in.readNBytes(plain, 0, size);
            }
          }
          case LZ4_RAW ->
              new Lz4Decompressor().decompress(packed, 0, packed.length, plain, 0, size);
          default ->
              throw new IOException(
                  "it is compressed with "
                      + codec
                      + "; expected snappy, gzip, zstd, lz4_raw or brotli: write it anew with one of"
                      + " them");
        };
    if (length != size) {
      throw new IOException(
          "a page has " + length + " bytes where its header says " + size + DAMAGED);
    }
    return plain;
  }

  @Override
  public void release() {}
}
