package io.sluice.pipeline.words;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Sums of money as a person reads them: cents, and three digits that count of less. */
public final class Usd {
  private static final int DIGITS = 3;
  private static final String UNKNOWN = "unknown";

  private static final int MOST_DIGITS = 100;

  private Usd() {}

  /** A sum without its unit; "unknown" where there is none. */
  public static String words(@Nullable BigDecimal usd) {
    return words(usd, RoundingMode.HALF_UP);
  }

  /** A sum that is not passed, without its unit. */
  public static String atMost(@Nullable BigDecimal usd) {
    return words(usd, RoundingMode.CEILING);
  }

  /** A sum with its unit; "unknown" where it is null. */
  public static String sum(@Nullable BigDecimal usd) {
    return usd == null ? UNKNOWN : words(usd) + " USD";
  }

  /** Whether a number is one to count with: 1e999999999 would be a thousand million digits. */
  public static boolean isOrdinary(BigDecimal number) {
    return number.precision() <= MOST_DIGITS && Math.abs((long) number.scale()) <= MOST_DIGITS;
  }

  private static String words(@Nullable BigDecimal usd, RoundingMode rounding) {
    if (usd == null) {
      return UNKNOWN;
    }
    if (usd.signum() == 0) {
      return "0";
    }
    int whole = usd.precision() - usd.scale();
    int decimals = Math.max(2, DIGITS - whole);
    return String.format(Locale.ROOT, "%,." + decimals + "f", usd.setScale(decimals, rounding));
  }
}
