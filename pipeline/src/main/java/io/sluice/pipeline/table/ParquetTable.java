package io.sluice.pipeline.table;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.pipeline.parquet.ParquetCodecs;
import io.sluice.pipeline.table.ColumnType.Decimal;
import io.sluice.pipeline.table.ColumnType.Field;
import io.sluice.pipeline.table.ColumnType.ListOf;
import io.sluice.pipeline.table.ColumnType.Scalar;
import io.sluice.pipeline.table.ColumnType.Struct;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.conf.ParquetConfiguration;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.api.WriteSupport;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.io.PositionOutputStream;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.io.api.RecordConsumer;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimeUnit;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;
import org.apache.parquet.schema.Type.Repetition;
import org.apache.parquet.schema.Types;
import org.jspecify.annotations.Nullable;

/** Results in a Parquet file, a row group in memory at a time. */
final class ParquetTable implements TableWriter {
  private static final long GROUP_BYTES = 32L << 20;
  private static final int DECIMAL_BYTES = 16;

  private final ParquetWriter<JsonNode> writer;

  /**
   * @param name of the file, for messages
   */
  ParquetTable(List<Column> columns, String name, OutputStream out) throws IOException {
    this.writer =
        new Builder(new Streamed(name, out), columns)
            .withConf(new PlainParquetConfiguration())
            .withCodecFactory(new ParquetCodecs())
            .withCompressionCodec(CompressionCodecName.ZSTD)
            .withRowGroupSize(GROUP_BYTES)
            .build();
  }

  static MessageType schema(List<Column> columns) {
    Types.MessageTypeBuilder message = Types.buildMessage();
    columns.forEach(column -> message.addField(type(column.field())));
    return message.named("Result");
  }

  private static Type type(Field field) {
    Repetition repetition = field.optional() ? Repetition.OPTIONAL : Repetition.REQUIRED;
    if (field.type() instanceof Struct struct) {
      Types.GroupBuilder<GroupType> group = Types.buildGroup(repetition);
      struct.fields().forEach(inner -> group.addField(type(inner)));
      return group.named(field.name());
    }
    if (field.type() instanceof ListOf list) {
      return Types.buildGroup(repetition)
          .as(LogicalTypeAnnotation.listType())
          .addField(
              Types.repeatedGroup()
                  .addField(type(new Field("element", list.element(), list.optional())))
                  .named("list"))
          .named(field.name());
    }
    if (field.type() instanceof Decimal decimal) {
      return Types.primitive(PrimitiveTypeName.FIXED_LEN_BYTE_ARRAY, repetition)
          .length(DECIMAL_BYTES)
          .as(LogicalTypeAnnotation.decimalType(decimal.scale(), ColumnType.MOST_DIGITS))
          .named(field.name());
    }
    Scalar scalar = (Scalar) field.type();
    Types.PrimitiveBuilder<PrimitiveType> primitive =
        Types.primitive(primitive(scalar), repetition);
    return (switch (scalar) {
          case TEXT -> primitive.as(LogicalTypeAnnotation.stringType());
          case JSON -> primitive.as(LogicalTypeAnnotation.jsonType());
          case DATE -> primitive.as(LogicalTypeAnnotation.dateType());
          case MOMENT -> primitive.as(LogicalTypeAnnotation.timestampType(true, TimeUnit.MICROS));
          case CLOCK -> primitive.as(LogicalTypeAnnotation.timestampType(false, TimeUnit.MICROS));
          default -> primitive;
        })
        .named(field.name());
  }

  private static PrimitiveTypeName primitive(Scalar type) {
    return switch (type) {
      case BOOLEAN -> PrimitiveTypeName.BOOLEAN;
      case INT, DATE -> PrimitiveTypeName.INT32;
      case LONG, MOMENT, CLOCK -> PrimitiveTypeName.INT64;
      case FLOAT -> PrimitiveTypeName.FLOAT;
      case DOUBLE -> PrimitiveTypeName.DOUBLE;
      case TEXT, JSON -> PrimitiveTypeName.BINARY;
    };
  }

  @Override
  public void write(JsonNode row) throws IOException {
    writer.write(row);
  }

  @Override
  public void close() throws IOException {
    writer.close();
  }

  private static final class Builder extends ParquetWriter.Builder<JsonNode, Builder> {
    private final List<Column> columns;

    Builder(OutputFile file, List<Column> columns) {
      super(file);
      this.columns = columns;
    }

    @Override
    protected Builder self() {
      return this;
    }

    @Override
    protected WriteSupport<JsonNode> getWriteSupport(Configuration configuration) {
      return new Rows(columns);
    }

    @Override
    protected WriteSupport<JsonNode> getWriteSupport(ParquetConfiguration configuration) {
      return new Rows(columns);
    }
  }

  /** Hands rows to Parquet, value by value. */
  private static final class Rows extends WriteSupport<JsonNode> {
    private final List<Column> columns;
    private @Nullable RecordConsumer consumer;

    Rows(List<Column> columns) {
      this.columns = columns;
    }

    @Override
    public WriteContext init(Configuration configuration) {
      return new WriteContext(schema(columns), Map.of());
    }

    @Override
    public WriteContext init(ParquetConfiguration configuration) {
      return new WriteContext(schema(columns), Map.of());
    }

    @Override
    public void prepareForWrite(RecordConsumer to) {
      consumer = to;
    }

    @Override
    public void write(JsonNode row) {
      RecordConsumer to = consumer;
      if (to == null) {
        throw new IllegalStateException("A row was written before the file was open");
      }
      to.startMessage();
      for (int i = 0; i < columns.size(); i++) {
        Column column = columns.get(i);
        field(to, column.value(row), column.field(), i);
      }
      to.endMessage();
    }

    private static void field(RecordConsumer to, JsonNode value, Field field, int index) {
      if (field.optional() && Values.isNull(value)) {
        return;
      }
      to.startField(field.name(), index);
      value(to, value, field.type());
      to.endField(field.name(), index);
    }

    private static void value(RecordConsumer to, JsonNode value, ColumnType type) {
      if (type instanceof Struct struct) {
        to.startGroup();
        for (int i = 0; i < struct.fields().size(); i++) {
          Field inner = struct.fields().get(i);
          field(to, value.path(inner.name()), inner, i);
        }
        to.endGroup();
      } else if (type instanceof ListOf list) {
        list(to, value, new Field("element", list.element(), list.optional()));
      } else if (type instanceof Decimal decimal) {
        to.addBinary(fixed(Values.unscaled(value, decimal)));
      } else {
        scalar(to, value, (Scalar) type);
      }
    }

    private static void list(RecordConsumer to, JsonNode values, Field element) {
      to.startGroup();
      if (!values.isEmpty()) {
        to.startField("list", 0);
        for (JsonNode value : values) {
          to.startGroup();
          field(to, value, element, 0);
          to.endGroup();
        }
        to.endField("list", 0);
      }
      to.endGroup();
    }

    private static void scalar(RecordConsumer to, JsonNode value, Scalar type) {
      switch (type) {
        case BOOLEAN -> to.addBoolean(value.asBoolean());
        case INT -> to.addInteger((int) Values.number(value));
        case LONG -> to.addLong(Values.number(value));
        case FLOAT -> to.addFloat((float) Values.real(value));
        case DOUBLE -> to.addDouble(Values.real(value));
        case TEXT -> to.addBinary(Binary.fromString(Values.text(value)));
        case JSON -> to.addBinary(Binary.fromString(value.toString()));
        case DATE -> to.addInteger(Values.epochDay(value));
        case MOMENT -> to.addLong(Values.momentMicros(value));
        case CLOCK -> to.addLong(Values.clockMicros(value));
      }
    }

    private static Binary fixed(BigInteger value) {
      byte[] bytes = value.toByteArray();
      byte[] fixed = new byte[DECIMAL_BYTES];
      Arrays.fill(fixed, (byte) (value.signum() < 0 ? -1 : 0));
      System.arraycopy(bytes, 0, fixed, DECIMAL_BYTES - bytes.length, bytes.length);
      return Binary.fromConstantByteArray(fixed);
    }
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
