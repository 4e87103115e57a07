package io.sluice.internal.http.hints;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Reads how long a text says to wait, whatever way it says so: a number of seconds, a duration as
 * Go writes it ({@code 1h2m3.5s}), as a person does ({@code 2 hours and 5 minutes}) or as ISO 8601
 * does ({@code PT1M}), a number of seconds or milliseconds since 1970, a date of HTTP in its three
 * forms, an instant of ISO 8601. A number is a point in time where it would be more than three
 * years as a duration. Never throws, in time linear to the text; what cannot be read is null, what
 * is past is zero, and what is longer than {@link #LONGEST} is that.
 */
final class Times {
  /** Limits of a month are the longest there are. */
  static final Duration LONGEST = Duration.ofDays(31);

  private static final int LONGEST_TEXT = 200;
  private static final double EPOCH_SECONDS = 1e8;
  private static final double EPOCH_MILLIS = 1e11;
  private static final double EPOCH_MICROS = 1e14;
  private static final double EPOCH_NANOS = 1e17;

  private static final DateTimeFormatter RFC_850 =
      new DateTimeFormatterBuilder()
          .parseCaseInsensitive()
          .appendPattern("EEEE, dd-MMM-")
          .appendValueReduced(ChronoField.YEAR, 2, 2, 1990)
          .appendPattern(" HH:mm:ss zzz")
          .toFormatter(Locale.US);

  private static final DateTimeFormatter ASCTIME =
      new DateTimeFormatterBuilder()
          .parseCaseInsensitive()
          .appendPattern("EEE MMM ppd HH:mm:ss yyyy")
          .toFormatter(Locale.US);

  private static final DateTimeFormatter JAVASCRIPT =
      new DateTimeFormatterBuilder()
          .parseCaseInsensitive()
          .appendPattern("EEE MMM dd yyyy HH:mm:ss 'GMT'xx")
          .toFormatter(Locale.US);

  private Times() {}

  /** A duration that was read, and where it ends in the text. */
  record Read(Duration duration, int end) {}

  /**
   * The wait that a whole text says.
   *
   * @param now by the clock of who said it
   */
  static @Nullable Duration of(@Nullable String text, Instant now) {
    if (text == null) {
      return null;
    }
    String plain = unquoted(text.strip());
    if (plain.isEmpty() || plain.length() > LONGEST_TEXT) {
      return null;
    }
    Double number = number(plain);
    if (number != null) {
      return ofNumber(number, now);
    }
    Read read = duration(plain, 0);
    if (read != null && read.end() == plain.length()) {
      return read.duration();
    }
    if (plain.charAt(0) == 'P' || plain.charAt(0) == 'p') {
      return iso(plain);
    }
    Instant until = instant(plain);
    return until == null ? null : until(until, now);
  }

  /** Seconds, or a point in time where that would be years. */
  static @Nullable Duration ofNumber(double number, Instant now) {
    if (Double.isNaN(number) || Double.isInfinite(number)) {
      return null;
    }
    if (number < EPOCH_SECONDS) {
      return seconds(number);
    }
    double scale =
        number < EPOCH_MILLIS ? 1 : number < EPOCH_MICROS ? 1e3 : number < EPOCH_NANOS ? 1e6 : 1e9;
    return seconds(number / scale - now.getEpochSecond() - now.getNano() / 1e9);
  }

  static Duration seconds(double seconds) {
    if (!(seconds > 0)) {
      return Duration.ZERO;
    }
    return seconds >= LONGEST.toSeconds() ? LONGEST : Duration.ofNanos(Math.round(seconds * 1e9));
  }

  /** A plain decimal number; null for anything else, hexadecimal and names of numbers too. */
  static @Nullable Double number(String text) {
    boolean digit = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      digit |= c >= '0' && c <= '9';
      if ((c < '0' || c > '9') && ".+-eE".indexOf(c) < 0) {
        return null;
      }
    }
    try {
      return digit ? Double.valueOf(text) : null;
    } catch (NumberFormatException e) {
      return null;
    }
  }

  private static String unquoted(String text) {
    boolean quoted =
        text.length() >= 2 && text.charAt(0) == '"' && text.charAt(text.length() - 1) == '"';
    return quoted ? text.substring(1, text.length() - 1).strip() : text;
  }

  /**
   * A duration with units that begins at a place: {@code 1h2m3.5s}, {@code 20 seconds}, {@code 2
   * hours and 5 minutes}.
   */
  static @Nullable Read duration(String text, int from) {
    double seconds = 0;
    int end = from;
    int at = from;
    while (true) {
      int digits = endOfNumber(text, at);
      if (digits == at) {
        break;
      }
      int unit = skipSpaces(text, digits);
      int unitEnd = endOfLetters(text, unit);
      double scale = scale(text.substring(unit, unitEnd));
      Double amount = number(text.substring(at, digits));
      if (scale == 0 || amount == null) {
        break;
      }
      seconds += amount * scale;
      end = unitEnd;
      at = skipJoint(text, unitEnd);
    }
    return end == from ? null : new Read(seconds(seconds), end);
  }

  static int endOfNumber(String text, int from) {
    int at = from;
    boolean point = false;
    while (at < text.length()) {
      char c = text.charAt(at);
      boolean next = at + 1 < text.length() && Character.isDigit(text.charAt(at + 1));
      if (c == '.' && !point && at > from && next) {
        point = true;
      } else if (c < '0' || c > '9') {
        break;
      }
      at++;
    }
    return at;
  }

  private static int skipSpaces(String text, int from) {
    int at = from;
    while (at < text.length() && at < from + 3 && Character.isWhitespace(text.charAt(at))) {
      at++;
    }
    return at;
  }

  private static int endOfLetters(String text, int from) {
    int at = from;
    while (at < text.length() && at < from + 12 && Character.isLetter(text.charAt(at))) {
      at++;
    }
    return at;
  }

  /** Spaces, a comma, "and", where another part of a duration follows. */
  private static int skipJoint(String text, int from) {
    int at = skipSpaces(text, from);
    if (at < text.length() && text.charAt(at) == ',') {
      at = skipSpaces(text, at + 1);
    }
    return text.regionMatches(true, at, "and ", 0, 4) ? skipSpaces(text, at + 4) : at;
  }

  /** Seconds of a unit; 0 where it is none. */
  private static double scale(String unit) {
    return switch (unit.toLowerCase(Locale.ROOT)) {
      case "ns", "nanos", "nanosecond", "nanoseconds" -> 1e-9;
      case "us", "µs", "μs", "micros", "microsecond", "microseconds" -> 1e-6;
      case "ms", "msec", "msecs", "millis", "millisecond", "milliseconds" -> 1e-3;
      case "s", "sec", "secs", "second", "seconds" -> 1;
      case "m", "min", "mins", "minute", "minutes" -> 60;
      case "h", "hr", "hrs", "hour", "hours" -> 3_600;
      case "d", "day", "days" -> 86_400;
      case "w", "week", "weeks" -> 604_800;
      default -> 0;
    };
  }

  private static @Nullable Duration iso(String text) {
    try {
      Duration duration = Duration.parse(text);
      return duration.isNegative()
          ? Duration.ZERO
          : duration.compareTo(LONGEST) > 0 ? LONGEST : duration;
    } catch (DateTimeException | ArithmeticException e) {
      return null;
    }
  }

  private static Duration until(Instant until, Instant now) {
    if (!until.isAfter(now)) {
      return Duration.ZERO;
    }
    return until.isAfter(now.plus(LONGEST)) ? LONGEST : Duration.between(now, until);
  }

  /** A point in time; null for anything else. */
  static @Nullable Instant instant(@Nullable String text) {
    if (text == null || text.length() > LONGEST_TEXT) {
      return null;
    }
    String plain = text.strip();
    int zoneName = plain.indexOf(" (");
    String javascript = zoneName < 0 ? plain : plain.substring(0, zoneName);
    if (plain.isEmpty()) {
      return null;
    }
    // Every answer has a date: forms that it cannot have are not tried.
    List<Form> forms =
        Character.isLetter(plain.charAt(0))
            ? List.of(
                t -> ZonedDateTime.parse(t, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant(),
                t -> ZonedDateTime.parse(t, RFC_850).toInstant(),
                t -> LocalDateTime.parse(t, ASCTIME).toInstant(ZoneOffset.UTC),
                t -> OffsetDateTime.parse(javascript, JAVASCRIPT).toInstant())
            : List.of(
                t -> OffsetDateTime.parse(withT(t)).toInstant(),
                // The day of the week may be left out.
                t -> ZonedDateTime.parse(t, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant(),
                t -> LocalDateTime.parse(withT(t)).toInstant(ZoneOffset.UTC),
                t -> LocalDate.parse(t).atStartOfDay().toInstant(ZoneOffset.UTC));
    for (Form form : forms) {
      try {
        return form.read(plain);
      } catch (DateTimeException | ArithmeticException e) {
        // Another form, then.
      }
    }
    return null;
  }

  private static String withT(String text) {
    return text.replaceFirst(" (?=\\d)", "T");
  }

  private interface Form {
    Instant read(String text);
  }
}
