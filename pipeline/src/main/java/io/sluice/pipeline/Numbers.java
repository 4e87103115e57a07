package io.sluice.pipeline;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;

/** Numbers as people read them. */
public final class Numbers {
  private static final MathContext THREE_DIGITS = new MathContext(3);

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

  /** Cents, or three digits of less than a dollar. */
  public static String usd(BigDecimal usd) {
    if (usd.signum() == 0) {
      return "0 USD";
    }
    BigDecimal rounded =
        usd.abs().compareTo(BigDecimal.ONE) < 0
            ? usd.round(THREE_DIGITS)
            : usd.setScale(2, RoundingMode.HALF_UP);
    return String.format(Locale.ROOT, "%,." + Math.max(2, rounded.scale()) + "f USD", rounded);
  }

  /** A sum of the summary; a dash where it is null. */
  public static String usd(JsonNode usd) {
    return usd.isNumber() ? usd(usd.decimalValue()) : "–";
  }
}
