package io.sluice.internal.http;

import com.google.api.client.http.HttpHeaders;
import io.sluice.spi.RateHeaders;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads how long a provider asks to wait, and its rate-limit headers. In order: {@code
 * retry-after-ms}, {@code retry-after} (seconds or an HTTP date), the words of the error, the reset
 * headers of what is used up. Resets come last, because they tell when a bucket is full again, not
 * when it has room. Unreadable values count as absent.
 */
public final class RetryHints {
  private static final Pattern UNIT = Pattern.compile("(\\d+(?:\\.\\d+)?)(h|ms|us|µs|ns|m|s)");
  private static final Pattern IN_WORDS =
      Pattern.compile(
          "(?:try again in|retry after)\\s+(\\d+(?:\\.\\d+)?)\\s*(ms|seconds?|s|minutes?|m|h)\\b",
          Pattern.CASE_INSENSITIVE);

  private RetryHints() {}

  public static @Nullable Duration of(HttpHeaders headers, String message) {
    Duration hint = millis(text(headers, "retry-after-ms"));
    if (hint == null) {
      hint = retryAfter(text(headers, "retry-after"), text(headers, "date"));
    }
    if (hint == null) {
      hint = inWords(message);
    }
    return hint == null ? reset(headers) : hint;
  }

  public static RateHeaders rates(HttpHeaders headers) {
    return new RateHeaders(
        number(headers, "x-ratelimit-limit-requests"),
        number(headers, "x-ratelimit-remaining-requests"),
        number(headers, "x-ratelimit-limit-tokens"),
        number(headers, "x-ratelimit-remaining-tokens"));
  }

  /** Go durations (OpenAI) or plain seconds (Azure). */
  public static @Nullable Duration duration(@Nullable String text) {
    if (text == null || text.isBlank()) {
      return null;
    }
    Duration plain = seconds(text);
    if (plain != null) {
      return plain;
    }
    Matcher unit = UNIT.matcher(text.strip());
    double nanos = 0;
    int end = 0;
    while (unit.find()) {
      if (unit.start() != end) {
        return null;
      }
      end = unit.end();
      nanos +=
          Double.parseDouble(unit.group(1))
              * switch (unit.group(2)) {
                case "h" -> 3600e9;
                case "m" -> 60e9;
                case "s" -> 1e9;
                case "ms" -> 1e6;
                case "ns" -> 1;
                default -> 1e3;
              };
    }
    return end == 0 || end != text.strip().length() ? null : Duration.ofNanos((long) nanos);
  }

  private static @Nullable Duration reset(HttpHeaders headers) {
    Duration longest = null;
    for (String what : new String[] {"requests", "tokens"}) {
      if (number(headers, "x-ratelimit-remaining-" + what) == 0) {
        longest = longer(longest, duration(text(headers, "x-ratelimit-reset-" + what)));
      }
    }
    for (String what : new String[] {"requests", "tokens", "input-tokens", "output-tokens"}) {
      String prefix = "anthropic-ratelimit-" + what;
      if (number(headers, prefix + "-remaining") == 0) {
        String reset = text(headers, prefix + "-reset");
        longest = longer(longest, instant(reset, text(headers, "date")));
      }
    }
    return longest;
  }

  private static @Nullable Duration longer(@Nullable Duration one, @Nullable Duration other) {
    return one == null || (other != null && other.compareTo(one) > 0) ? other : one;
  }

  /** An RFC 3339 instant (Anthropic), by the server's clock where it tells the time. */
  private static @Nullable Duration instant(@Nullable String text, @Nullable String date) {
    try {
      return text == null ? null : wait(Instant.parse(text.strip()), date);
    } catch (DateTimeException e) {
      return null;
    }
  }

  private static @Nullable Duration inWords(String message) {
    Matcher words = IN_WORDS.matcher(message);
    if (!words.find()) {
      return null;
    }
    String unit = words.group(2).toLowerCase(java.util.Locale.ROOT);
    double amount = Double.parseDouble(words.group(1));
    double nanos =
        unit.equals("ms")
            ? amount * 1e6
            : unit.startsWith("s")
                ? amount * 1e9
                : unit.startsWith("m") ? amount * 60e9 : amount * 3600e9;
    return Duration.ofNanos((long) nanos);
  }

  private static @Nullable Duration retryAfter(@Nullable String text, @Nullable String date) {
    if (text == null) {
      return null;
    }
    Duration plain = seconds(text);
    if (plain != null) {
      return plain;
    }
    try {
      return wait(httpDate(text), date);
    } catch (DateTimeException e) {
      return null;
    }
  }

  private static Duration wait(Instant until, @Nullable String date) {
    Instant now = date == null ? Instant.now() : httpDate(date);
    Duration wait = Duration.between(now, until);
    return wait.isNegative() ? Duration.ZERO : wait;
  }

  private static Instant httpDate(String text) {
    return ZonedDateTime.parse(text.strip(), DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
  }

  private static @Nullable Duration millis(@Nullable String text) {
    Duration asSeconds = text == null ? null : seconds(text);
    return asSeconds == null ? null : asSeconds.dividedBy(1000);
  }

  private static @Nullable Duration seconds(String text) {
    try {
      double value = Double.parseDouble(text.strip());
      return value >= 0 && value < 1e9 ? Duration.ofNanos((long) (value * 1e9)) : null;
    } catch (NumberFormatException e) {
      return null;
    }
  }

  public static long number(HttpHeaders headers, String name) {
    String text = text(headers, name);
    try {
      return text == null ? RateHeaders.UNKNOWN_VALUE : Long.parseLong(text.strip());
    } catch (NumberFormatException e) {
      return RateHeaders.UNKNOWN_VALUE;
    }
  }

  static @Nullable String text(HttpHeaders headers, String name) {
    return headers.getFirstHeaderStringValue(name);
  }
}
