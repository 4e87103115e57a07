package io.sluice.internal.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.DateTimeException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Numbers and times from outside, within bounds in which everybody may calculate with them. Never
 * throws.
 */
public final class Bounded {
  /** Far more requests than any batch has. */
  private static final long MOST = 1_000_000_000L;

  /** The year 2255: nanoseconds since 1970 still fit. */
  private static final Instant LATEST = Instant.ofEpochSecond(9_000_000_000L);

  private Bounded() {}

  /** A count, which some write as a text; 0 for none and for what is none. */
  public static long count(JsonNode node) {
    String text = node.isTextual() ? node.asText().strip() : "";
    boolean isDigits = !text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9');
    double count = isDigits ? Double.parseDouble(text) : node.isNumber() ? node.asDouble(0) : 0;
    return Math.max(0, (long) Math.min(MOST, count));
  }

  /** Seconds since 1970; null for none and for what is none. */
  public static @Nullable Instant seconds(JsonNode node) {
    double seconds = node.isNumber() ? node.asDouble() : -1;
    return seconds >= 0 && seconds <= LATEST.getEpochSecond()
        ? Instant.ofEpochSecond((long) seconds)
        : null;
  }

  /** An instant of ISO 8601; null for none and for what is none. */
  public static @Nullable Instant instant(JsonNode node) {
    try {
      Instant instant = node.isTextual() ? Instant.parse(node.asText()) : null;
      return instant == null || instant.isBefore(Instant.EPOCH) || instant.isAfter(LATEST)
          ? null
          : instant;
    } catch (DateTimeException e) {
      return null;
    }
  }
}
