package io.sluice.pipeline.input.columnar;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.pipeline.input.rows.Row;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.DateLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.DecimalLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.EnumLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.Float16LogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.IntLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.IntervalLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.JsonLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.ListLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.MapKeyValueTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.MapLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.StringLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimeLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimestampLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.UUIDLogicalTypeAnnotation;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.parquet.schema.Type;
import org.jspecify.annotations.Nullable;

/**
 * Parquet's records as JSON: lists and maps in the shapes that writers give them, values of logical
 * types as {@link JsonValues} writes them.
 *
 * <p>A list is a group of one repeated field. Whether that field is the element or holds it, older
 * writers leave open; the rules are those of the format's description (LogicalTypes, "Lists").
 */
public final class ParquetJson {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  /** The Julian day that INT96 counts from, as of 1970-01-01. */
  private static final long EPOCH_JULIAN_DAY = 2_440_588;

  private static final long SECONDS_A_DAY = 86_400;

  private final boolean bytesAreText;

  /**
   * @param bytesAreText whether a column of bytes that says no more holds text
   */
  ParquetJson(boolean bytesAreText) {
    this.bytesAreText = bytesAreText;
  }

  private final Unfit unfit = new Unfit();

  Row row(long position, Group record) {
    return unfit.row(position, of(record));
  }

  private ObjectNode of(Group record) {
    GroupType type = record.getType();
    ObjectNode fields = NODES.objectNode();
    for (int i = 0; i < type.getFieldCount(); i++) {
      fields.set(type.getFieldName(i), field(record, i));
    }
    return fields;
  }

  private JsonNode field(Group record, int field) {
    Type type = record.getType().getType(field);
    int count = record.getFieldRepetitionCount(field);
    if (type.isRepetition(Type.Repetition.REPEATED)) {
      ArrayNode array = NODES.arrayNode(count);
      for (int i = 0; i < count; i++) {
        array.add(value(record, field, i));
      }
      return array;
    }
    return count == 0 ? NODES.nullNode() : value(record, field, 0);
  }

  private JsonNode value(Group record, int field, int index) {
    Type type = record.getType().getType(field);
    if (type.isPrimitive()) {
      return primitive(type.asPrimitiveType(), record, field, index);
    }
    Group group = record.getGroup(field, index);
    LogicalTypeAnnotation logical = type.getLogicalTypeAnnotation();
    if (logical instanceof ListLogicalTypeAnnotation) {
      return list(group);
    }
    return logical instanceof MapLogicalTypeAnnotation
            || logical instanceof MapKeyValueTypeAnnotation
        ? map(group)
        : of(group);
  }

  private JsonNode list(Group list) {
    GroupType type = list.getType();
    if (type.getFieldCount() != 1 || !type.getType(0).isRepetition(Type.Repetition.REPEATED)) {
      return of(list);
    }
    boolean wrapped = isWrapper(type.getName(), type.getType(0));
    int count = list.getFieldRepetitionCount(0);
    ArrayNode array = NODES.arrayNode(count);
    for (int i = 0; i < count; i++) {
      array.add(wrapped ? field(list.getGroup(0, i), 0) : value(list, 0, i));
    }
    return array;
  }

  private static boolean isWrapper(String list, Type repeated) {
    if (repeated.isPrimitive() || repeated.asGroupType().getFieldCount() != 1) {
      return false;
    }
    return !repeated.asGroupType().getType(0).isRepetition(Type.Repetition.REPEATED)
        && !repeated.getName().equals("array")
        && !repeated.getName().equals(list + "_tuple");
  }

  private JsonNode map(Group map) {
    GroupType type = map.getType();
    if (type.getFieldCount() != 1
        || type.getType(0).isPrimitive()
        || type.getType(0).asGroupType().getFieldCount() != 2) {
      return of(map);
    }
    ObjectNode entries = NODES.objectNode();
    for (int i = 0; i < map.getFieldRepetitionCount(0); i++) {
      Group entry = map.getGroup(0, i);
      JsonNode key = field(entry, 0);
      String name = key.isTextual() ? key.asText() : key.toString();
      if (entries.replace(name, field(entry, 1)) != null) {
        unfit.add(type.getName(), name, new IllegalArgumentException("a key that comes twice"));
      }
    }
    return entries;
  }

  private JsonNode primitive(PrimitiveType type, Group record, int field, int index) {
    try {
      return known(type, record, field, index);
    } catch (ArithmeticException | DateTimeException | NumberFormatException e) {
      String stored = record.getValueToString(field, index);
      unfit.add(type.getName(), stored, e);
      return NODES.textNode(stored);
    }
  }

  private JsonNode known(PrimitiveType type, Group record, int field, int index) {
    LogicalTypeAnnotation logical = type.getLogicalTypeAnnotation();
    return switch (type.getPrimitiveTypeName()) {
      case BOOLEAN -> NODES.booleanNode(record.getBoolean(field, index));
      case INT32 -> integer(logical, record.getInteger(field, index));
      case INT64 -> integer(logical, record.getLong(field, index));
      case FLOAT -> JsonValues.number(record.getFloat(field, index));
      case DOUBLE -> JsonValues.number(record.getDouble(field, index));
      case INT96 -> int96(record.getInt96(field, index));
      case BINARY, FIXED_LEN_BYTE_ARRAY -> binary(type, record.getBinary(field, index));
    };
  }

  private static JsonNode integer(@Nullable LogicalTypeAnnotation logical, long value) {
    if (logical instanceof DateLogicalTypeAnnotation) {
      return JsonValues.date(value);
    }
    if (logical instanceof DecimalLogicalTypeAnnotation decimal) {
      return JsonValues.decimal(BigInteger.valueOf(value), decimal.getScale());
    }
    if (logical instanceof TimeLogicalTypeAnnotation time) {
      return JsonValues.time(value, unit(time.getUnit()));
    }
    if (logical instanceof TimestampLogicalTypeAnnotation timestamp) {
      return JsonValues.timestamp(value, unit(timestamp.getUnit()), timestamp.isAdjustedToUTC());
    }
    if (logical instanceof IntLogicalTypeAnnotation unsigned && !unsigned.isSigned()) {
      return unsigned.getBitWidth() < 64
          ? NODES.numberNode(value & (1L << unsigned.getBitWidth()) - 1)
          : NODES.numberNode(new BigInteger(Long.toUnsignedString(value)));
    }
    return NODES.numberNode(value);
  }

  private static TimeUnit unit(LogicalTypeAnnotation.TimeUnit unit) {
    return switch (unit) {
      case MILLIS -> TimeUnit.MILLISECONDS;
      case MICROS -> TimeUnit.MICROSECONDS;
      case NANOS -> TimeUnit.NANOSECONDS;
    };
  }

  /** Nanoseconds of the day and a Julian day, as Impala, Hive and Spark have written moments. */
  private static JsonNode int96(Binary value) {
    ByteBuffer bytes = value.toByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    long nanos = bytes.getLong(bytes.position());
    long day = bytes.getInt(bytes.position() + Long.BYTES) - EPOCH_JULIAN_DAY;
    return JsonValues.timestamp(Instant.ofEpochSecond(day * SECONDS_A_DAY, nanos), true);
  }

  private static JsonNode text(@Nullable LogicalTypeAnnotation logical, Binary value) {
    try {
      return NODES.textNode(JsonValues.text(value.toByteBuffer()));
    } catch (NumberFormatException e) {
      if (logical == null) {
        // Nothing says that it is text.
        return JsonValues.base64(value.getBytes());
      }
      throw e;
    }
  }

  private JsonNode binary(PrimitiveType type, Binary value) {
    LogicalTypeAnnotation logical = type.getLogicalTypeAnnotation();
    if (logical instanceof StringLogicalTypeAnnotation
        || logical instanceof EnumLogicalTypeAnnotation
        || logical == null
            && bytesAreText
            && type.getPrimitiveTypeName() == PrimitiveType.PrimitiveTypeName.BINARY) {
      return text(logical, value);
    }
    if (logical instanceof JsonLogicalTypeAnnotation) {
      return JsonValues.json(JsonValues.text(value.toByteBuffer()));
    }
    if (logical instanceof DecimalLogicalTypeAnnotation decimal) {
      return JsonValues.decimal(new BigInteger(value.getBytes()), decimal.getScale());
    }
    if (logical instanceof UUIDLogicalTypeAnnotation) {
      return JsonValues.uuid(value.toByteBuffer());
    }
    if (logical instanceof IntervalLogicalTypeAnnotation) {
      return JsonValues.interval(value.toByteBuffer());
    }
    if (logical instanceof Float16LogicalTypeAnnotation) {
      return JsonValues.number(Float.parseFloat(type.stringifier().stringify(value)));
    }
    return JsonValues.base64(value.getBytes());
  }
}
