package io.sluice.pipeline.input.columnar;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.pipeline.input.rows.Row;
import io.sluice.pipeline.unfold.AvroDecoder;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.time.DateTimeException;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.avro.LogicalType;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericFixed;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.util.Utf8;
import org.jspecify.annotations.Nullable;

/** Avro's values as JSON: those of logical types as {@link JsonValues} writes them. */
public final class AvroJson {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  /** Without conversions, so that a logical type's value comes as it is stored. */
  private final GenericData model = new GenericData();

  private final Unfit unfit = new Unfit();

  /** The property of a field that has its name as it is; empty for none. */
  private final String named;

  AvroJson(String named) {
    this.named = named;
  }

  Row row(long position, GenericRecord record) {
    return unfit.row(position, of(record));
  }

  private ObjectNode of(GenericRecord record) {
    ObjectNode fields = NODES.objectNode();
    for (Schema.Field field : record.getSchema().getFields()) {
      Object value = record.get(field.pos());
      String name = named.isEmpty() ? null : field.getProp(named);
      fields.set(name == null ? field.name() : name, value(field.name(), field.schema(), value));
    }
    return fields;
  }

  /** Older versions of Avro know no uuid that is fixed. */
  private static boolean isUuid(Schema schema) {
    return schema.getType() == Schema.Type.FIXED
        && schema.getFixedSize() == 16
        && "uuid".equals(schema.getProp("logicalType"));
  }

  private JsonNode value(String column, Schema schema, @Nullable Object value) {
    if (value == null) {
      return NODES.nullNode();
    }
    if (schema.getType() == Schema.Type.UNION) {
      return value(column, schema.getTypes().get(model.resolveUnion(schema, value)), value);
    }
    LogicalType logical = schema.getLogicalType();
    if (isUuid(schema)) {
      return JsonValues.uuid(ByteBuffer.wrap(((GenericFixed) value).bytes()));
    }
    try {
      JsonNode known = logical == null ? null : logical(logical, value);
      return known == null ? plain(column, schema, value) : known;
    } catch (ArithmeticException | DateTimeException | NumberFormatException | IOException e) {
      unfit.add(column, value, e);
      return value instanceof ByteBuffer bytes
          ? JsonValues.base64(JsonValues.bytes(bytes))
          : NODES.textNode(String.valueOf(value));
    }
  }

  /** An unscaled number as bytes, and its scale: whatever each value has. */
  private static JsonNode bigDecimal(ByteBuffer value) throws IOException {
    AvroDecoder in = AvroDecoder.of(JsonValues.bytes(value));
    BigInteger unscaled = new BigInteger(JsonValues.bytes(in.readBytes(null)));
    return JsonValues.decimal(unscaled, in.readInt());
  }

  private static String text(Object value) {
    return value instanceof Utf8 text
        ? JsonValues.text(ByteBuffer.wrap(text.getBytes(), 0, text.getByteLength()))
        : value.toString();
  }

  /** Null for a type that is written as what it is stored as. */
  private static @Nullable JsonNode logical(LogicalType type, Object value) throws IOException {
    return switch (type.getName()) {
      case "date" -> JsonValues.date((Integer) value);
      case "time-millis" -> JsonValues.time((Integer) value, TimeUnit.MILLISECONDS);
      case "time-micros" -> JsonValues.time((Long) value, TimeUnit.MICROSECONDS);
      case "timestamp-millis" -> JsonValues.timestamp((Long) value, TimeUnit.MILLISECONDS, true);
      case "timestamp-micros" -> JsonValues.timestamp((Long) value, TimeUnit.MICROSECONDS, true);
      case "timestamp-nanos" -> JsonValues.timestamp((Long) value, TimeUnit.NANOSECONDS, true);
      case "local-timestamp-millis" ->
          JsonValues.timestamp((Long) value, TimeUnit.MILLISECONDS, false);
      case "local-timestamp-micros" ->
          JsonValues.timestamp((Long) value, TimeUnit.MICROSECONDS, false);
      case "local-timestamp-nanos" ->
          JsonValues.timestamp((Long) value, TimeUnit.NANOSECONDS, false);
      case "decimal" ->
          JsonValues.decimal(
              new BigInteger(
                  value instanceof GenericFixed fixed
                      ? fixed.bytes()
                      : JsonValues.bytes((ByteBuffer) value)),
              ((LogicalTypes.Decimal) type).getScale());
      case "big-decimal" -> bigDecimal((ByteBuffer) value);
      case "duration" -> JsonValues.interval(ByteBuffer.wrap(((GenericFixed) value).bytes()));
      default -> null;
    };
  }

  private JsonNode plain(String column, Schema schema, Object value) {
    return switch (schema.getType()) {
      case RECORD -> of((GenericRecord) value);
      case ARRAY -> {
        ArrayNode array = NODES.arrayNode();
        ((Collection<?>) value)
            .forEach(element -> array.add(value(column, schema.getElementType(), element)));
        yield array;
      }
      case MAP -> {
        ObjectNode map = NODES.objectNode();
        ((Map<?, ?>) value)
            .forEach(
                (key, element) ->
                    map.set(text(key), value(column, schema.getValueType(), element)));
        yield map;
      }
      case STRING ->
          // BigQuery's mark of a column that holds JSON.
          "JSON".equals(schema.getProp("sqlType"))
              ? JsonValues.json(text(value))
              : NODES.textNode(text(value));
      case ENUM -> NODES.textNode(value.toString());
      case BYTES -> JsonValues.base64(JsonValues.bytes((ByteBuffer) value));
      case FIXED -> JsonValues.base64(((GenericFixed) value).bytes());
      case INT -> NODES.numberNode((Integer) value);
      case LONG -> NODES.numberNode((Long) value);
      case FLOAT -> JsonValues.number((Float) value);
      case DOUBLE -> JsonValues.number((Double) value);
      case BOOLEAN -> NODES.booleanNode((Boolean) value);
      case NULL -> NODES.nullNode();
      case UNION -> throw new IllegalStateException("a union is resolved before");
    };
  }
}
