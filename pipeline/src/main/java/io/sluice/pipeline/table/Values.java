package io.sluice.pipeline.table;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.pipeline.table.ColumnType.Decimal;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Values of rows as columns hold them. */
final class Values {
  /** The digits of a number with such a text are not counted: it is none that a column holds. */
  private static final int MOST_CHARS = 400;

  private Values() {}

  static boolean isNull(JsonNode value) {
    return value.isNull() || value.isMissingNode();
  }

  /** A text as it is; a number as it is written; JSON of all else. */
  static String text(JsonNode value) {
    return value.isValueNode() ? value.asText() : value.toString();
  }

  /** The number that a value is, or that its text is; null where it is none to count with. */
  static @Nullable BigDecimal decimal(JsonNode value) {
    if (!value.isNumber() && !value.isTextual()) {
      return null;
    }
    String text = value.asText();
    if (text.length() > MOST_CHARS) {
      return null;
    }
    try {
      BigDecimal number = new BigDecimal(text);
      return Math.abs((long) number.scale()) > MOST_CHARS ? null : number;
    } catch (NumberFormatException e) {
      return null;
    }
  }

  /** Whether a double, written out, is the number: it has no more digits than a double keeps. */
  static boolean isDouble(BigDecimal number) {
    double value = number.doubleValue();
    return Double.isFinite(value) && new BigDecimal(Double.toString(value)).compareTo(number) == 0;
  }

  static boolean isLong(BigDecimal number) {
    return isWhole(number) && number.toBigInteger().bitLength() < Long.SIZE;
  }

  static boolean isWhole(BigDecimal number) {
    return number.signum() == 0 || number.stripTrailingZeros().scale() <= 0;
  }

  /** Whether a decimal of so many digits behind the point holds a number without loss. */
  static boolean fits(BigDecimal number, int scale) {
    return number.signum() == 0
        || (number.stripTrailingZeros().scale() <= scale
            && (long) number.precision() - number.scale() + scale <= ColumnType.MOST_DIGITS);
  }

  static BigInteger unscaled(JsonNode value, Decimal type) {
    BigDecimal number = decimal(value);
    return number == null
        ? BigInteger.ZERO
        : number.setScale(type.scale(), RoundingMode.HALF_EVEN).unscaledValue();
  }

  static long number(JsonNode value) {
    BigDecimal number = decimal(value);
    return number == null ? 0 : number.longValue();
  }

  /** Not-a-number and the infinities are texts. */
  static double real(JsonNode value) {
    return value.isTextual() ? Double.parseDouble(value.textValue()) : value.doubleValue();
  }

  static int epochDay(JsonNode value) {
    return (int) LocalDate.parse(value.asText()).toEpochDay();
  }

  static long momentMicros(JsonNode value) {
    return micros(Instant.parse(value.asText()));
  }

  static long clockMicros(JsonNode value) {
    return micros(LocalDateTime.parse(value.asText()).toInstant(ZoneOffset.UTC));
  }

  private static long micros(Instant moment) {
    return Math.addExact(
        Math.multiplyExact(moment.getEpochSecond(), 1_000_000L),
        TimeUnit.NANOSECONDS.toMicros(moment.getNano()));
  }

  /** Whether a column of a type holds a value as it is. */
  static boolean fits(JsonNode value, ColumnType type) {
    if (isNull(value)) {
      return true;
    }
    if (!value.isTextual() && !value.isNumber()) {
      return type == ColumnType.Scalar.BOOLEAN && value.isBoolean();
    }
    try {
      if (type instanceof Decimal decimal) {
        BigDecimal number = decimal(value);
        return number != null && fits(number, decimal.scale());
      }
      BigDecimal number = value.isNumber() ? decimal(value) : null;
      return switch ((ColumnType.Scalar) type) {
        case INT -> number != null && isLong(number) && number.intValue() == number.longValue();
        case LONG -> number != null && isLong(number);
        case DATE -> Math.abs(LocalDate.parse(value.asText()).toEpochDay()) < Integer.MAX_VALUE;
        case MOMENT -> isMicros(Instant.parse(value.asText()));
        case CLOCK -> isMicros(LocalDateTime.parse(value.asText()).toInstant(ZoneOffset.UTC));
        case FLOAT, DOUBLE -> !Double.isNaN(real(value)) || value.asText().equals("NaN");
        default -> false;
      };
    } catch (DateTimeException | ArithmeticException | NumberFormatException e) {
      return false;
    }
  }

  private static boolean isMicros(Instant moment) {
    return micros(moment) != Long.MIN_VALUE && moment.getNano() % 1_000 == 0;
  }
}
