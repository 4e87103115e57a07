package io.sluice.pipeline.table;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.pipeline.table.ColumnType.Decimal;
import io.sluice.pipeline.table.ColumnType.Field;
import io.sluice.pipeline.table.ColumnType.ListOf;
import io.sluice.pipeline.table.ColumnType.Scalar;
import io.sluice.pipeline.table.ColumnType.Struct;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.zip.Deflater;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.file.CodecFactory;
import org.apache.avro.file.DataFileWriter;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.jspecify.annotations.Nullable;

/**
 * Results in an Avro container file. Avro's names are letters, digits and underscores: other
 * characters of a column's name become underscores there, and the name as it is stands beside the
 * field, in {@code column}.
 */
final class AvroTable implements TableWriter {
  private static final String NAMESPACE = "io.sluice";

  private final List<Column> columns;
  private final Schema schema;
  private final DataFileWriter<GenericRecord> writer;

  AvroTable(List<Column> columns, OutputStream out) throws IOException {
    this.columns = columns;
    this.schema = schema(columns);
    this.writer = new DataFileWriter<>(new GenericDatumWriter<>(schema));
    writer.setCodec(CodecFactory.deflateCodec(Deflater.DEFAULT_COMPRESSION));
    writer.create(schema, out);
  }

  static Schema schema(List<Column> columns) {
    return new Naming().record("Result", columns.stream().map(Column::field).toList());
  }

  /** Makes names of records, of which a file has none twice. */
  private static final class Naming {
    private final Set<String> records = new HashSet<>();

    Schema record(String name, List<Field> of) {
      records.add(name);
      Schema record = Schema.createRecord(name, null, NAMESPACE, false);
      List<Schema.Field> fields = new ArrayList<>();
      Set<String> taken = new HashSet<>();
      // Those that are names already keep theirs, whatever stands before them.
      of.stream().map(Field::name).filter(Naming::isName).forEach(taken::add);
      for (Field field : of) {
        String plain = isName(field.name()) ? field.name() : free(plain(field.name()), taken);
        Schema type = type(field.type(), plain);
        Schema.Field made =
            field.optional()
                ? new Schema.Field(
                    plain,
                    Schema.createUnion(Schema.create(Schema.Type.NULL), type),
                    null,
                    Schema.Field.NULL_DEFAULT_VALUE)
                : new Schema.Field(plain, type, null, (Object) null);
        if (!plain.equals(field.name())) {
          made.addProp(TableRows.NAME_IN_AVRO, field.name());
        }
        fields.add(made);
      }
      record.setFields(fields);
      return record;
    }

    private static boolean isName(String name) {
      return name.matches("[A-Za-z_][A-Za-z0-9_]*");
    }

    private static String plain(String name) {
      String plain = name.replaceAll("[^A-Za-z0-9_]", "_");
      return plain.isEmpty() || Character.isDigit(plain.charAt(0)) ? "_" + plain : plain;
    }

    private static String free(String name, Set<String> taken) {
      String free = name;
      for (int i = 2; !taken.add(free); i++) {
        free = name + "_" + i;
      }
      return free;
    }

    private Schema type(ColumnType type, String name) {
      if (type instanceof Struct struct) {
        String record = name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1);
        return record(free(record, records), struct.fields());
      }
      if (type instanceof ListOf list) {
        Schema element = type(list.element(), name);
        return Schema.createArray(
            list.optional()
                ? Schema.createUnion(Schema.create(Schema.Type.NULL), element)
                : element);
      }
      if (type instanceof Decimal decimal) {
        return LogicalTypes.decimal(ColumnType.MOST_DIGITS, decimal.scale())
            .addToSchema(Schema.create(Schema.Type.BYTES));
      }
      return scalar((Scalar) type);
    }

    private static Schema scalar(Scalar type) {
      Schema text = Schema.create(Schema.Type.STRING);
      return switch (type) {
        case BOOLEAN -> Schema.create(Schema.Type.BOOLEAN);
        case INT -> Schema.create(Schema.Type.INT);
        case LONG -> Schema.create(Schema.Type.LONG);
        case FLOAT -> Schema.create(Schema.Type.FLOAT);
        case DOUBLE -> Schema.create(Schema.Type.DOUBLE);
        case TEXT -> text;
        case JSON -> {
          // BigQuery's mark of a string that holds JSON; others pass over it.
          text.addProp("sqlType", "JSON");
          yield text;
        }
        case DATE -> LogicalTypes.date().addToSchema(Schema.create(Schema.Type.INT));
        case MOMENT -> LogicalTypes.timestampMicros().addToSchema(Schema.create(Schema.Type.LONG));
        case CLOCK ->
            LogicalTypes.localTimestampMicros().addToSchema(Schema.create(Schema.Type.LONG));
      };
    }
  }

  @Override
  public void write(JsonNode row) throws IOException {
    GenericRecord out = new GenericData.Record(schema);
    for (int i = 0; i < columns.size(); i++) {
      Column column = columns.get(i);
      out.put(i, value(column.value(row), column.field(), schema.getFields().get(i).schema()));
    }
    writer.append(out);
  }

  private static @Nullable Object value(JsonNode value, Field field, Schema schema) {
    if (field.optional() && Values.isNull(value)) {
      return null;
    }
    return value(value, field.type(), field.optional() ? schema.getTypes().get(1) : schema);
  }

  private static @Nullable Object value(JsonNode value, ColumnType type, Schema schema) {
    if (type instanceof Struct struct) {
      GenericRecord record = new GenericData.Record(schema);
      for (int i = 0; i < struct.fields().size(); i++) {
        Field field = struct.fields().get(i);
        record.put(i, value(value.path(field.name()), field, schema.getFields().get(i).schema()));
      }
      return record;
    }
    if (type instanceof ListOf list) {
      Field element = new Field("", list.element(), list.optional());
      List<@Nullable Object> values = new ArrayList<>(value.size());
      value.forEach(one -> values.add(value(one, element, schema.getElementType())));
      return values;
    }
    if (type instanceof Decimal decimal) {
      return ByteBuffer.wrap(Values.unscaled(value, decimal).toByteArray());
    }
    return switch ((Scalar) type) {
      case BOOLEAN -> value.asBoolean();
      case INT -> (int) Values.number(value);
      case LONG -> Values.number(value);
      case FLOAT -> (float) Values.real(value);
      case DOUBLE -> Values.real(value);
      case TEXT -> Values.text(value);
      case JSON -> Values.json(value);
      case DATE -> Values.epochDay(value);
      case MOMENT -> Values.momentMicros(value);
      case CLOCK -> Values.clockMicros(value);
    };
  }

  @Override
  public void close() throws IOException {
    writer.close();
  }
}
