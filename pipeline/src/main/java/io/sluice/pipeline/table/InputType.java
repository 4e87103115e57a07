package io.sluice.pipeline.table;

import io.sluice.pipeline.table.ColumnType.Scalar;
import java.io.Serializable;

/**
 * The type that a column of the input has by its file's schema. Rows carry values of types that
 * JSON does not have as text.
 *
 * @param scale of a decimal, 0 to 38
 */
public record InputType(Kind kind, int scale) implements Serializable {
  /** What a file's schema may say. */
  public enum Kind {
    BOOLEAN,
    INT,
    LONG,
    DECIMAL,
    DATE,
    /** A moment. */
    TIMESTAMP,
    /** What a clock showed somewhere. */
    LOCAL_TIMESTAMP,
    FLOAT,
    DOUBLE
  }

  /** Of no digits behind the point. */
  public static InputType of(Kind kind) {
    return new InputType(kind, 0);
  }

  ColumnType column() {
    return switch (kind) {
      case BOOLEAN -> Scalar.BOOLEAN;
      case INT -> Scalar.INT;
      case LONG -> Scalar.LONG;
      case DECIMAL -> new ColumnType.Decimal(scale);
      case DATE -> Scalar.DATE;
      case TIMESTAMP -> Scalar.MOMENT;
      case LOCAL_TIMESTAMP -> Scalar.CLOCK;
      case FLOAT -> Scalar.FLOAT;
      case DOUBLE -> Scalar.DOUBLE;
    };
  }
}
