package io.sluice.pipeline.input;

import com.github.luben.zstd.Zstd;
import io.airlift.compress.lz4.Lz4Compressor;
import io.sluice.pipeline.parquet.ParquetCodecs;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.compression.CompressionCodecFactory;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.LocalOutputFile;
import org.apache.parquet.schema.MessageType;
import org.xerial.snappy.Snappy;

/** Writes Parquet files as other tools do: with any codec, in many row groups. */
final class PackedParquet implements CompressionCodecFactory {
  /** What pages unfold to beyond what their headers say; nothing in honest files. */
  private final int hidden;

  private PackedParquet(int hidden) {
    this.hidden = hidden;
  }

  /** A file of one row group whose pages unfold to more bytes than their headers say. */
  static Path lying(
      Path file, MessageType schema, CompressionCodecName codec, int hidden, List<Group> rows)
      throws IOException {
    return write(file, schema, codec, 1 << 30, new PackedParquet(hidden), true, rows);
  }

  /** Writes a file with row groups of about so many bytes. */
  static Path write(
      Path file, MessageType schema, CompressionCodecName codec, long groupBytes, List<Group> rows)
      throws IOException {
    return write(file, schema, codec, groupBytes, true, rows);
  }

  /** As above; without checksums what is damaged gets to the decoders. */
  static Path write(
      Path file,
      MessageType schema,
      CompressionCodecName codec,
      long groupBytes,
      boolean checksums,
      List<Group> rows)
      throws IOException {
    return write(file, schema, codec, groupBytes, new PackedParquet(0), checksums, rows);
  }

  private static Path write(
      Path file,
      MessageType schema,
      CompressionCodecName codec,
      long groupBytes,
      PackedParquet codecs,
      boolean checksums,
      List<Group> rows)
      throws IOException {
    ExampleParquetWriter.Builder builder =
        ExampleParquetWriter.builder(new LocalOutputFile(file))
            .withType(schema)
            .withConf(new PlainParquetConfiguration())
            .withCodecFactory(codecs)
            .withCompressionCodec(codec)
            .withPageWriteChecksumEnabled(checksums)
            .withRowGroupSize(groupBytes)
            .withMinRowCountForPageSizeCheck(10)
            .withMaxRowCountForPageSizeCheck(10);
    try (ParquetWriter<Group> writer = builder.build()) {
      for (Group row : rows) {
        writer.write(row);
      }
    }
    return file;
  }

  @Override
  public BytesInputCompressor getCompressor(CompressionCodecName codec) {
    return new BytesInputCompressor() {
      @Override
      public BytesInput compress(BytesInput bytes) throws IOException {
        return BytesInput.from(
            pack(codec, Arrays.copyOf(bytes.toByteArray(), (int) bytes.size() + hidden)));
      }

      @Override
      public CompressionCodecName getCodecName() {
        return codec;
      }

      @Override
      public void release() {}
    };
  }

  private static byte[] pack(CompressionCodecName codec, byte[] plain) throws IOException {
    return switch (codec) {
      case UNCOMPRESSED -> plain;
      case SNAPPY -> Snappy.compress(plain);
      case ZSTD -> Zstd.compress(plain);
      case GZIP -> {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
          gzip.write(plain);
        }
        yield out.toByteArray();
      }
      case LZ4_RAW -> {
        Lz4Compressor lz4 = new Lz4Compressor();
        byte[] packed = new byte[lz4.maxCompressedLength(plain.length)];
        int length = lz4.compress(plain, 0, plain.length, packed, 0, packed.length);
        yield Arrays.copyOf(packed, length);
      }
      // Only the name matters: nothing here can unpack it.
      default -> plain;
    };
  }

  @Override
  public BytesInputDecompressor getDecompressor(CompressionCodecName codec) {
    return new ParquetCodecs().getDecompressor(codec);
  }

  @Override
  public void release() {}
}
