package io.sluice.pipeline.table;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The type of a column, or of what lies in one. */
sealed interface ColumnType {
  /** Decimals have so many digits at most, as everywhere that they are read. */
  int MOST_DIGITS = 38;

  /** A type without parts. */
  enum Scalar implements ColumnType {
    BOOLEAN,
    INT,
    LONG,
    FLOAT,
    DOUBLE,
    TEXT,
    /** A text that holds JSON, and is marked so. */
    JSON,
    DATE,
    /** A moment, in microseconds. */
    MOMENT,
    /** What a clock showed somewhere, in microseconds. */
    CLOCK
  }

  /**
   * @param scale digits behind the point, of {@link #MOST_DIGITS} in all
   */
  record Decimal(int scale) implements ColumnType {}

  /**
   * @param optional whether an element may be null
   */
  record ListOf(ColumnType element, boolean optional) implements ColumnType {}

  /**
   * @param fields at least one
   */
  record Struct(List<Field> fields) implements ColumnType {
    public Struct {
      fields = List.copyOf(fields);
    }

    /** The type of a field; null where there is none of that name. */
    @Nullable ColumnType of(String name) {
      for (Field field : fields) {
        if (field.name().equals(name)) {
          return field.type();
        }
      }
      return null;
    }
  }

  /**
   * @param optional whether it may be null, as where a row does not have it
   */
  record Field(String name, ColumnType type, boolean optional) {
    static Field of(String name, ColumnType type) {
      return new Field(name, type, false);
    }

    static Field optional(String name, ColumnType type) {
      return new Field(name, type, true);
    }
  }
}
