package io.sluice.pipeline;

import java.util.Locale;

/** Times as a person says them. */
public final class Durations {
  private Durations() {}

  public static String words(double seconds) {
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
