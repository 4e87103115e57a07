package io.sluice.pipeline.words;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Times as a person says them. */
public final class Durations {
  /** What {@link #parse} takes, for messages. */
  public static final String FORM = "a time with its unit, such as 500ms, 30s, 5m or 24h";

  private static final Pattern TIME = Pattern.compile("(\\d+(?:\\.\\d+)?)\\s*(ms|s|m|h|d)");

  private Durations() {}

  /** A time above zero with its unit; empty where it is none. */
  public static Optional<Duration> parse(String text) {
    Matcher matcher = TIME.matcher(text.strip());
    if (!matcher.matches()) {
      return Optional.empty();
    }
    double seconds =
        Double.parseDouble(matcher.group(1))
            * switch (matcher.group(2)) {
              case "ms" -> 0.001;
              case "s" -> 1;
              case "m" -> 60;
              case "h" -> 3600;
              default -> 86_400;
            };
    Duration duration = Duration.ofNanos((long) (seconds * 1e9));
    return duration.isZero() ? Optional.empty() : Optional.of(duration);
  }

  /** A time for a person; one below zero, as a clock that was set back gives, is none. */
  public static String words(double time) {
    double seconds = Math.max(0, time);
    if (seconds < 90) {
      return String.format(Locale.ROOT, "%.0f s", Math.ceil(seconds));
    }
    if (seconds < 5_400) {
      return String.format(Locale.ROOT, "%.0f min", seconds / 60);
    }
    return seconds < 172_800
        ? String.format(Locale.ROOT, "%.1f h", seconds / 3_600)
        : String.format(Locale.ROOT, "%.1f days", seconds / 86_400);
  }
}
