package io.sluice.pipeline.unfold;

import com.github.luben.zstd.ZstdInputStream;
import io.airlift.compress.snappy.SnappyDecompressor;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import org.apache.avro.file.DataFileConstants;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;

/** Unpacks a block of an Avro file, up to so many bytes. Thread-safe. */
final class AvroUnpacker {
  private static final int CHECKSUM_BYTES = 4;

  private final String codec;
  private final int most;

  /**
   * @param most bytes that a block may unfold to
   * @throws IOException if there is no such codec here
   */
  AvroUnpacker(String codec, int most) throws IOException {
    switch (codec) {
      case DataFileConstants.NULL_CODEC,
          DataFileConstants.DEFLATE_CODEC,
          DataFileConstants.SNAPPY_CODEC,
          DataFileConstants.ZSTANDARD_CODEC,
          DataFileConstants.BZIP2_CODEC -> {}
      default ->
          throw new IOException(
              "it is compressed with "
                  + codec
                  + "; expected deflate, snappy, zstandard or bzip2: write it anew with one of"
                  + " them");
    }
    this.codec = codec;
    this.most = most;
  }

  byte[] unpack(byte[] packed) throws IOException {
    return switch (codec) {
      case DataFileConstants.NULL_CODEC -> packed;
      case DataFileConstants.SNAPPY_CODEC -> snappy(packed);
      case DataFileConstants.DEFLATE_CODEC -> {
        Inflater inflater = new Inflater(true);
        try {
          // A raw stream may need a byte behind its end.
          yield read(new InflaterInputStream(padded(packed), inflater));
        } finally {
          inflater.end();
        }
      }
      case DataFileConstants.ZSTANDARD_CODEC ->
          read(new ZstdInputStream(new ByteArrayInputStream(packed)));
      default -> read(new BZip2CompressorInputStream(new ByteArrayInputStream(packed)));
    };
  }

  private byte[] read(InputStream in) throws IOException {
    try (in) {
      byte[] plain = in.readNBytes(most + 1);
      if (plain.length > most) {
        throw tooLarge("more than " + most);
      }
      return plain;
    }
  }

  private static InputStream padded(byte[] packed) {
    return new ByteArrayInputStream(Arrays.copyOf(packed, packed.length + 1));
  }

  /** Behind what is packed comes the checksum of what it unfolds to. */
  private byte[] snappy(byte[] packed) throws IOException {
    int length = packed.length - CHECKSUM_BYTES;
    if (length < 1) {
      throw new IOException("a block is shorter than its checksum: the file is damaged");
    }
    int size = SnappyDecompressor.getUncompressedLength(packed, 0);
    if (size > most) {
      throw tooLarge(String.valueOf(size));
    }
    // A copy of 64 bytes takes three.
    if (size < 0 || size > 22L * length) {
      throw new IOException(
          "a block of " + length + " bytes says that it unfolds to " + size + ": it is damaged");
    }
    byte[] plain = new byte[size];
    int unpacked = new SnappyDecompressor().decompress(packed, 0, length, plain, 0, size);
    CRC32 checksum = new CRC32();
    checksum.update(plain, 0, unpacked);
    if (unpacked != size || ByteBuffer.wrap(packed).getInt(length) != (int) checksum.getValue()) {
      throw new IOException("a block does not have the checksum that it says: it is damaged");
    }
    return plain;
  }

  private IOException tooLarge(String bytes) {
    return new IOException(
        "a block unfolds to "
            + bytes
            + " bytes; the most is "
            + most
            + ": write smaller blocks, or give this JVM more memory (-Xmx)");
  }
}
