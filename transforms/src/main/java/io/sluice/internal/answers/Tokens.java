package io.sluice.internal.answers;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.math.RoundingMode;
import org.jspecify.annotations.Nullable;

/**
 * A number of tokens as somebody else wrote it. Fractions are rounded up; numbers may be text. What
 * is no number of tokens (negative, not finite, beyond {@link #MOST}) is unreadable, which is not
 * the same as absent: something was counted, and nobody knows how much.
 */
final class Tokens {
  /** A call takes no more. */
  static final long MOST = 1_000_000_000L;

  static final long ABSENT = -1;
  static final long UNREADABLE = -2;

  private static final int LONGEST = 40;

  private Tokens() {}

  /** 0 or more, {@link #ABSENT} or {@link #UNREADABLE}. */
  static long of(@Nullable JsonNode node) {
    if (node == null || node.isMissingNode() || node.isNull()) {
      return ABSENT;
    }
    if (node.isIntegralNumber() && node.canConvertToLong()) {
      return within(node.longValue());
    }
    if (node.isFloatingPointNumber()) {
      double value = node.doubleValue();
      return value >= 0 && value <= MOST ? within((long) Math.ceil(value)) : UNREADABLE;
    }
    return node.isTextual() ? of(node.textValue()) : UNREADABLE;
  }

  private static long of(String text) {
    String plain = text.strip();
    if (plain.isEmpty()) {
      return ABSENT;
    }
    if (plain.length() > LONGEST) {
      return UNREADABLE;
    }
    try {
      BigDecimal value = new BigDecimal(plain);
      // An exponent in the millions would take the memory of the JVM to write out.
      return value.signum() < 0 || value.compareTo(BigDecimal.valueOf(MOST)) > 0
          ? UNREADABLE
          : value.setScale(0, RoundingMode.CEILING).longValue();
    } catch (NumberFormatException e) {
      return UNREADABLE;
    }
  }

  private static long within(long value) {
    return value >= 0 && value <= MOST ? value : UNREADABLE;
  }
}
