package io.sluice.pipeline.output;

import io.sluice.pipeline.parquet.ParquetCodecs;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.Arrays;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.io.PositionOutputStream;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.jspecify.annotations.Nullable;

/** Results in a Parquet file, a row group in memory at a time. */
final class ParquetResults implements ResultWriter {
  private static final long GROUP_BYTES = 32L << 20;
  private static final int COST_BYTES = 16;

  private final ResultShape shape;
  private final MessageType schema;
  private final ParquetWriter<Group> writer;

  /**
   * @param name of the file, for messages
   */
  ParquetResults(ResultShape shape, String name, OutputStream out) throws IOException {
    this.shape = shape;
    this.schema = schema(shape);
    ExampleParquetWriter.Builder builder =
        ExampleParquetWriter.builder(new Streamed(name, out))
            .withType(schema)
            .withConf(new PlainParquetConfiguration())
            .withCodecFactory(new ParquetCodecs())
            .withCompressionCodec(CompressionCodecName.ZSTD)
            .withRowGroupSize(GROUP_BYTES);
    this.writer = builder.build();
  }

  static MessageType schema(ResultShape shape) {
    String output =
        switch (shape.output()) {
          case VECTOR ->
              "required group output (LIST) { repeated group list { required float element; } }";
          case JSON -> "required binary output (JSON);";
          case TEXT -> "required binary output (STRING);";
        };
    return MessageTypeParser.parseMessageType(
        "message Result { required binary id (STRING); "
            + output
            + " required binary model (STRING); optional binary finishReason (STRING);"
            + " required group usage { required int64 inputTokens;"
            + " required int64 cachedInputTokens; required int64 outputTokens; }"
            + (" optional fixed_len_byte_array(" + COST_BYTES + ") costUsd")
            + (" (DECIMAL(" + COST_PRECISION + "," + COST_SCALE + "));")
            + " required int32 attempts; required int64 latencyMs;"
            + " required binary servedBy (STRING);"
            + (shape.document() ? " required binary document (JSON);" : "")
            + " optional binary key (STRING);"
            + " required group source { required binary file (STRING); required int64 position; }"
            + " }");
  }

  @Override
  public void write(ResultRow row) throws IOException {
    Group out = new SimpleGroup(schema);
    out.append("id", row.id());
    switch (shape.output()) {
      case VECTOR -> {
        Group list = out.addGroup("output");
        row.output().forEach(n -> list.addGroup("list").append("element", n.floatValue()));
      }
      case JSON -> out.append("output", row.output().toString());
      case TEXT -> out.append("output", row.output().asText());
    }
    out.append("model", row.model());
    text(out, "finishReason", row.finishReason());
    out.addGroup("usage")
        .append("inputTokens", row.usage().inputTokens())
        .append("cachedInputTokens", row.usage().cachedInputTokens())
        .append("outputTokens", row.usage().outputTokens());
    BigDecimal cost = row.costUsd();
    if (cost != null) {
      out.append(
          "costUsd", fixed(cost.setScale(COST_SCALE, RoundingMode.HALF_EVEN).unscaledValue()));
    }
    out.append("attempts", row.attempts());
    out.append("latencyMs", row.latencyMs());
    out.append("servedBy", row.servedBy());
    if (shape.document()) {
      out.append("document", row.document().toString());
    }
    text(out, "key", row.key());
    out.addGroup("source")
        .append("file", row.source().file())
        .append("position", row.source().position());
    writer.write(out);
  }

  private static void text(Group out, String field, @Nullable String text) {
    if (text != null) {
      out.append(field, text);
    }
  }

  private static Binary fixed(BigInteger value) {
    byte[] bytes = value.toByteArray();
    byte[] fixed = new byte[COST_BYTES];
    Arrays.fill(fixed, (byte) (value.signum() < 0 ? -1 : 0));
    System.arraycopy(bytes, 0, fixed, COST_BYTES - bytes.length, bytes.length);
    return Binary.fromConstantByteArray(fixed);
  }

  @Override
  public void close() throws IOException {
    writer.close();
  }

  /** A file that is written from its beginning to its end, once. */
  private record Streamed(String name, OutputStream out) implements OutputFile {
    @Override
    public PositionOutputStream create(long blockSizeHint) {
      return new Counted(out);
    }

    @Override
    public PositionOutputStream createOrOverwrite(long blockSizeHint) {
      return new Counted(out);
    }

    @Override
    public boolean supportsBlockSize() {
      return false;
    }

    @Override
    public long defaultBlockSize() {
      return 0;
    }

    @Override
    public String getPath() {
      return name;
    }
  }

  private static final class Counted extends PositionOutputStream {
    private final OutputStream out;
    private long position;

    Counted(OutputStream out) {
      this.out = out;
    }

    @Override
    public long getPos() {
      return position;
    }

    @Override
    public void write(int b) throws IOException {
      out.write(b);
      position++;
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      out.write(bytes, from, length);
      position += length;
    }

    @Override
    public void flush() throws IOException {
      out.flush();
    }

    @Override
    public void close() throws IOException {
      out.close();
    }
  }
}
