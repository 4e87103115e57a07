package io.sluice.pipeline.input.columnar;

import io.sluice.pipeline.table.InputType;
import io.sluice.pipeline.table.InputType.Kind;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.DateLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.DecimalLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.IntLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimestampLogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.parquet.schema.Type;
import org.jspecify.annotations.Nullable;

/**
 * The types that a file says its columns have; those that are text, or have parts, are left out.
 */
final class ColumnTypes {
  private ColumnTypes() {}

  static Map<String, InputType> of(MessageType schema) {
    Map<String, InputType> types = new HashMap<>();
    for (Type field : schema.getFields()) {
      InputType type =
          field.isPrimitive() && !field.isRepetition(Type.Repetition.REPEATED)
              ? of(field.asPrimitiveType())
              : null;
      if (type != null) {
        types.put(field.getName(), type);
      }
    }
    return types;
  }

  private static @Nullable InputType of(PrimitiveType type) {
    LogicalTypeAnnotation logical = type.getLogicalTypeAnnotation();
    if (logical instanceof DecimalLogicalTypeAnnotation decimal) {
      return new InputType(Kind.DECIMAL, decimal.getScale());
    }
    if (logical instanceof DateLogicalTypeAnnotation) {
      return InputType.of(Kind.DATE);
    }
    if (logical instanceof TimestampLogicalTypeAnnotation timestamp) {
      return timestamp(timestamp.isAdjustedToUTC());
    }
    if (logical != null && !(logical instanceof IntLogicalTypeAnnotation)) {
      return null;
    }
    return switch (type.getPrimitiveTypeName()) {
      case BOOLEAN -> InputType.of(Kind.BOOLEAN);
      case INT32 ->
          InputType.of(
              logical instanceof IntLogicalTypeAnnotation whole && !whole.isSigned()
                  ? Kind.LONG
                  : Kind.INT);
      case INT64 -> InputType.of(Kind.LONG);
      case INT96 -> timestamp(true);
      case FLOAT -> InputType.of(Kind.FLOAT);
      case DOUBLE -> InputType.of(Kind.DOUBLE);
      case BINARY, FIXED_LEN_BYTE_ARRAY -> null;
    };
  }

  private static InputType timestamp(boolean utc) {
    return InputType.of(utc ? Kind.TIMESTAMP : Kind.LOCAL_TIMESTAMP);
  }

  static Map<String, InputType> of(Schema schema) {
    Map<String, InputType> types = new HashMap<>();
    for (Schema.Field field : schema.getFields()) {
      InputType type = ofField(field.schema());
      if (type != null) {
        types.put(field.name(), type);
      }
    }
    return types;
  }

  private static @Nullable InputType ofField(Schema schema) {
    if (schema.getType() == Schema.Type.UNION) {
      List<Schema> left =
          schema.getTypes().stream().filter(one -> one.getType() != Schema.Type.NULL).toList();
      return left.size() == 1 ? ofField(left.get(0)) : null;
    }
    if (schema.getLogicalType() instanceof LogicalTypes.Decimal decimal) {
      return new InputType(Kind.DECIMAL, decimal.getScale());
    }
    String logical = schema.getLogicalType() == null ? "" : schema.getLogicalType().getName();
    if (!logical.isEmpty()) {
      return logical.equals("date")
          ? InputType.of(Kind.DATE)
          : logical.startsWith("timestamp-")
              ? timestamp(true)
              : logical.startsWith("local-timestamp-") ? timestamp(false) : null;
    }
    return switch (schema.getType()) {
      case BOOLEAN -> InputType.of(Kind.BOOLEAN);
      case INT -> InputType.of(Kind.INT);
      case LONG -> InputType.of(Kind.LONG);
      case FLOAT -> InputType.of(Kind.FLOAT);
      case DOUBLE -> InputType.of(Kind.DOUBLE);
      default -> null;
    };
  }
}
