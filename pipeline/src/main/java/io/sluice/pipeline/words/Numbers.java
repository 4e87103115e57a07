package io.sluice.pipeline.words;

import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Numbers as people read them. */
public final class Numbers {
  private Numbers() {}

  public static String count(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }

  /** A share, 0 to 1; small ones do not become nothing. */
  public static String percent(double share) {
    double percent = 100 * share;
    if (percent > 0 && percent < 0.1) {
      return "< 0.1 %";
    }
    return String.format(Locale.ROOT, "%.1f %%", percent);
  }

  public static String share(long part, long whole) {
    return whole == 0 ? "–" : percent((double) part / whole);
  }

  public static String millis(long millis) {
    return millis < 1_000
        ? millis + " ms"
        : String.format(Locale.ROOT, millis < 10_000 ? "%.2f s" : "%,.0f s", millis / 1000.0);
  }

  /** How many of a thing: its name with an s where they are not one. */
  public static String of(long count, String thing) {
    return count(count) + " " + thing + (count == 1 ? "" : "s");
  }

  /**
   * Dead letters by kind, such as {@code " (3 refusal, 1 timeout)"}; empty where there are none.
   */
  public static String kinds(Map<String, ? extends Number> kinds) {
    String text =
        kinds.entrySet().stream()
            .map(kind -> count(kind.getValue().longValue()) + " " + kind.getKey())
            .collect(Collectors.joining(", "));
    return text.isEmpty() ? "" : " (" + text + ")";
  }
}
