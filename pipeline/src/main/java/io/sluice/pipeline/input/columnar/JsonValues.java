package io.sluice.pipeline.input.columnar;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.util.RawValue;
import io.sluice.internal.text.ExactJson;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/**
 * What JSON has no type for, as strings that keep every digit: times as ISO 8601, decimals as they
 * are written, bytes as base64.
 */
public final class JsonValues {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  /** A number with more digits, or more zeros, is none that anybody has written. */
  private static final int MOST_DIGITS = 10_000;

  private static final int MOST_BITS = (int) (MOST_DIGITS / Math.log10(2));

  private static final double LEAST_PLAIN = 1e-7;
  private static final double FIRST_WITH_EXPONENT = 1e21;

  private JsonValues() {}

  static JsonNode date(long epochDay) {
    return NODES.textNode(LocalDate.ofEpochDay(epochDay).toString());
  }

  static JsonNode time(long sinceMidnight, TimeUnit unit) {
    LocalTime time = LocalTime.ofNanoOfDay(unit.toNanos(sinceMidnight));
    return NODES.textNode(DateTimeFormatter.ISO_LOCAL_TIME.format(time));
  }

  /**
   * @param utc whether it is a moment; otherwise what a clock showed somewhere
   */
  static JsonNode timestamp(long sinceEpoch, TimeUnit unit, boolean utc) {
    long perSecond = unit.convert(1, TimeUnit.SECONDS);
    return timestamp(
        Instant.ofEpochSecond(
            Math.floorDiv(sinceEpoch, perSecond),
            unit.toNanos(Math.floorMod(sinceEpoch, perSecond))),
        utc);
  }

  static JsonNode timestamp(Instant moment, boolean utc) {
    return NODES.textNode(
        utc
            ? moment.toString()
            : DateTimeFormatter.ISO_LOCAL_DATE_TIME.format(moment.atOffset(ZoneOffset.UTC)));
  }

  /**
   * @param bytes of which there are 16
   */
  static JsonNode uuid(ByteBuffer bytes) {
    ByteBuffer read = bytes.duplicate();
    return NODES.textNode(new UUID(read.getLong(), read.getLong()).toString());
  }

  /**
   * @throws NumberFormatException if it would have more digits than a number has: one byte and a
   *     scale of thousands of millions are gigabytes of zeros
   */
  static JsonNode decimal(BigInteger unscaled, int scale) {
    if (Math.abs((long) scale) > MOST_DIGITS) {
      throw new NumberFormatException("its scale is " + scale);
    }
    if (unscaled.bitLength() > MOST_BITS) {
      throw new NumberFormatException("it has more than " + MOST_DIGITS + " digits");
    }
    return NODES.textNode(new BigDecimal(unscaled, scale).toPlainString());
  }

  /**
   * Months, days and milliseconds, which are three numbers: no month has a number of days.
   *
   * @param bytes 12 of them, as Parquet's interval and Avro's duration have them
   */
  static JsonNode interval(ByteBuffer bytes) {
    ByteBuffer read = bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    long months = Integer.toUnsignedLong(read.getInt());
    long days = Integer.toUnsignedLong(read.getInt());
    BigDecimal seconds = BigDecimal.valueOf(Integer.toUnsignedLong(read.getInt()), 3);
    return NODES.textNode(
        "P"
            + months
            + "M"
            + days
            + "DT"
            + (seconds.signum() == 0 ? "0" : seconds.stripTrailingZeros().toPlainString())
            + "S");
  }

  /**
   * A text.
   *
   * @throws NumberFormatException where the bytes are no UTF-8: a reader that replaces them would
   *     change what is asked
   */
  static String text(ByteBuffer bytes) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(bytes.duplicate()).toString();
    } catch (CharacterCodingException e) {
      throw new NumberFormatException("its bytes are not UTF-8");
    }
  }

  static JsonNode base64(byte[] bytes) {
    return NODES.textNode(Base64.getEncoder().encodeToString(bytes));
  }

  /**
   * @param bytes are left as they are
   */
  static byte[] bytes(ByteBuffer bytes) {
    byte[] copy = new byte[bytes.remaining()];
    bytes.duplicate().get(copy);
    return copy;
  }

  /**
   * A number with all its digits, and without an exponent where people write none: those of
   * JavaScript's numbers. What JSON has no number for is a string.
   */
  static JsonNode number(double value) {
    return Double.isFinite(value)
        ? digits(Double.toString(value), Math.abs(value))
        : NODES.textNode(Double.toString(value));
  }

  /** As {@link #number(double)}, with the digits that a float has. */
  static JsonNode number(float value) {
    return Float.isFinite(value)
        ? digits(Float.toString(value), Math.abs(value))
        : NODES.textNode(Float.toString(value));
  }

  private static JsonNode digits(String text, double size) {
    String written = text;
    if (text.indexOf('E') >= 0 && size >= LEAST_PLAIN && size < FIRST_WITH_EXPONENT) {
      String plain = new BigDecimal(text).toPlainString();
      written = plain.indexOf('.') < 0 ? plain + ".0" : plain;
    }
    return NODES.rawValueNode(new RawValue(written));
  }

  /** A column that says it is JSON holds what it says, digit by digit; what is not stays text. */
  static JsonNode json(String text) {
    try {
      return ExactJson.read(text);
    } catch (JsonProcessingException e) {
      return NODES.textNode(text);
    }
  }
}
