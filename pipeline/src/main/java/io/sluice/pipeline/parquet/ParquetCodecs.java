package io.sluice.pipeline.parquet;

import com.github.luben.zstd.Zstd;
import io.airlift.compress.lz4.Lz4Decompressor;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.zip.GZIPInputStream;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.compression.CompressionCodecFactory;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.brotli.dec.BrotliInputStream;
import org.xerial.snappy.Snappy;

/**
 * Parquet's compression without Hadoop: reads uncompressed, snappy, gzip, zstd, lz4_raw and brotli,
 * writes zstd. Thread-safe.
 */
public final class ParquetCodecs implements CompressionCodecFactory {
  private static final int ZSTD_LEVEL = 3;

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
      @Override
      public BytesInput decompress(BytesInput bytes, int size) throws IOException {
        return codec == CompressionCodecName.UNCOMPRESSED
            ? bytes
            : BytesInput.from(unpack(codec, bytes.toByteArray(), size));
      }

      @Override
      public void decompress(ByteBuffer from, int fromSize, ByteBuffer to, int size)
          throws IOException {
        byte[] packed = new byte[fromSize];
        from.get(packed);
        to.put(codec == CompressionCodecName.UNCOMPRESSED ? packed : unpack(codec, packed, size));
      }

      @Override
      public void release() {}
    };
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
          case SNAPPY -> Snappy.uncompress(packed, 0, packed.length, plain, 0);
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
          "a page has "
              + length
              + " bytes where its header says "
              + size
              + ": the file is damaged");
    }
    return plain;
  }

  @Override
  public void release() {}
}
