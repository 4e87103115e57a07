package io.sluice.pipeline.table;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.pipeline.table.ColumnType.Decimal;
import io.sluice.pipeline.table.ColumnType.Field;
import io.sluice.pipeline.table.ColumnType.ListOf;
import io.sluice.pipeline.table.ColumnType.Scalar;
import io.sluice.pipeline.table.ColumnType.Struct;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The narrowest type that holds values, found by looking at all of them: JSON says of a value what
 * it is, and of a column nothing. It begins as what a schema says, or as nothing, and each value
 * that does not fit widens it, so that no value is ever lost to its column:
 *
 * <pre>
 * nothing → boolean                                   ┐
 *         → long → double → decimal, by the digits    ├→ text ┐
 *         → list of a shape, object of named shapes   ┴───────┴→ JSON
 * </pre>
 *
 * <p>Long goes to double where a value has a fraction and every number is what a double, written
 * out, is; to a decimal of 38 digits where some number has more of them than a double keeps; and to
 * text where that does not hold it either. What it keeps does not grow with the values: objects of
 * many names and values that lie deep in each other become JSON, and so do objects with names that
 * differ in case alone, which readers take for one. Not thread-safe.
 */
final class Shape {
  private static final int MOST_FIELDS = 200;
  private static final int MOST_DEPTH = 8;

  private enum Kind {
    NOTHING,
    BOOLEAN,
    NUMBER,
    TEXT,
    LIST,
    OBJECT,
    JSON
  }

  private final int depth;
  private Kind kind = Kind.NOTHING;

  /** Whether 5.0 is no whole number, because it is not written as one. */
  private boolean written = true;

  private boolean whole = true;
  private boolean longs = true;
  private boolean doubles = true;
  private int digits;
  private int scale;
  private @Nullable Shape element;
  private final Map<String, Shape> fields = new LinkedHashMap<>();

  /** A type that the file said, for as long as every value fits it. */
  private @Nullable ColumnType said;

  private Shape(int depth) {
    this.depth = depth;
  }

  /** Of no values yet. */
  static Shape unknown() {
    return new Shape(0);
  }

  /** Of values that a file has a type for. */
  static Shape of(InputType type) {
    Shape shape = new Shape(0);
    shape.said = type.column();
    return shape;
  }

  Shape toBoolean() {
    return to(Kind.BOOLEAN);
  }

  Shape toLong() {
    written = false;
    return to(Kind.NUMBER);
  }

  Shape toDouble() {
    whole = false;
    longs = false;
    return to(Kind.NUMBER);
  }

  Shape toText() {
    return to(Kind.TEXT);
  }

  Shape toJson() {
    element = null;
    fields.clear();
    return to(Kind.JSON);
  }

  private Shape to(Kind next) {
    kind = next;
    return this;
  }

  /** Lists of values of a shape. */
  static Shape listOf(Shape element) {
    Shape list = new Shape(0);
    list.toList();
    list.element = element;
    return list;
  }

  /** The shape of elements, where this is a list. */
  Shape toList() {
    kind = Kind.LIST;
    element = new Shape(depth + 1);
    return element;
  }

  /** The shape of a field, where this is an object. */
  Shape toObject(String name) {
    kind = Kind.OBJECT;
    return fields.computeIfAbsent(name, field -> new Shape(depth + 1));
  }

  /** A field whose name differs in case alone; null where there is none. */
  @Nullable String alike(String name) {
    for (String field : fields.keySet()) {
      if (!field.equals(name) && field.equalsIgnoreCase(name)) {
        return field;
      }
    }
    return null;
  }

  boolean isTooDeep() {
    return depth >= MOST_DEPTH;
  }

  /** Widens it by a value. */
  void add(JsonNode value) {
    if (said != null && !Values.fits(value, said)) {
      said = null;
    }
    if (Values.isNull(value) || kind == Kind.JSON) {
      return;
    }
    if (value.isNumber()) {
      number(value);
    } else if (value.isArray()) {
      if (isOther(Kind.LIST) || isTooDeep()) {
        toJson();
        return;
      }
      Shape inner = element == null ? toList() : element;
      value.forEach(inner::add);
    } else if (value.isObject()) {
      object(value);
    } else {
      scalar(value.isBoolean() ? Kind.BOOLEAN : Kind.TEXT);
    }
  }

  private boolean isOther(Kind next) {
    return kind != Kind.NOTHING && kind != next;
  }

  private void scalar(Kind next) {
    kind =
        kind == Kind.NOTHING || kind == next
            ? next
            : kind == Kind.LIST || kind == Kind.OBJECT ? Kind.JSON : Kind.TEXT;
  }

  private void number(JsonNode value) {
    BigDecimal number = Values.decimal(value);
    scalar(number == null && kind != Kind.LIST && kind != Kind.OBJECT ? Kind.TEXT : Kind.NUMBER);
    if (kind != Kind.NUMBER || number == null) {
      return;
    }
    boolean isWhole = written ? value.isIntegralNumber() : Values.isWhole(number);
    whole &= isWhole;
    longs &= isWhole && Values.isLong(number);
    doubles &= Values.isDouble(number);
    BigDecimal plain = isWhole ? number.setScale(0) : number.stripTrailingZeros();
    scale = Math.max(scale, Math.max(plain.scale(), Math.min(number.scale(), 38)));
    digits = Math.max(digits, Math.max(1, plain.precision() - plain.scale()));
  }

  private void object(JsonNode value) {
    if (isOther(Kind.OBJECT) || isTooDeep()) {
      toJson();
      return;
    }
    kind = Kind.OBJECT;
    for (Map.Entry<String, JsonNode> field : value.properties()) {
      Shape inner = fields.get(field.getKey());
      if (inner == null) {
        if (fields.size() == MOST_FIELDS || alike(field.getKey()) != null) {
          toJson();
          return;
        }
        inner = toObject(field.getKey());
      }
      inner.add(field.getValue());
    }
  }

  /** The type that holds all values. */
  ColumnType type() {
    if (said != null) {
      return said;
    }
    return switch (kind) {
      case NOTHING, TEXT -> Scalar.TEXT;
      case BOOLEAN -> Scalar.BOOLEAN;
      case NUMBER -> number();
      case LIST -> new ListOf(element == null ? Scalar.TEXT : element.type(), true);
      case OBJECT -> fields.isEmpty() ? Scalar.JSON : struct();
      case JSON -> Scalar.JSON;
    };
  }

  private ColumnType number() {
    if (longs) {
      return Scalar.LONG;
    }
    if (doubles && !whole) {
      return Scalar.DOUBLE;
    }
    return digits + scale <= ColumnType.MOST_DIGITS ? new Decimal(scale) : Scalar.TEXT;
  }

  private ColumnType struct() {
    List<Field> inner = new ArrayList<>();
    fields.forEach((name, shape) -> inner.add(Field.optional(name, shape.type())));
    return new Struct(inner);
  }
}
