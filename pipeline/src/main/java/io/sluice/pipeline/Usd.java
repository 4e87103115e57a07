package io.sluice.pipeline;

import java.math.BigDecimal;
import java.math.RoundingMode;
import org.jspecify.annotations.Nullable;

/** Sums of money as a person reads them: cents, and three digits that count of less. */
public final class Usd {
  private static final int DIGITS = 3;

  private Usd() {}

  /** A sum; "unknown" where there is none. */
  public static String words(@Nullable BigDecimal usd) {
    return words(usd, RoundingMode.HALF_UP);
  }

  /** A sum that is not passed. */
  public static String atMost(@Nullable BigDecimal usd) {
    return words(usd, RoundingMode.CEILING);
  }

  private static String words(@Nullable BigDecimal usd, RoundingMode rounding) {
    if (usd == null) {
      return "unknown";
    }
    if (usd.signum() == 0) {
      return "0";
    }
    int whole = usd.precision() - usd.scale();
    int decimals = whole > DIGITS ? 0 : Math.max(2, DIGITS - whole);
    return usd.setScale(decimals, rounding).toPlainString();
  }
}
