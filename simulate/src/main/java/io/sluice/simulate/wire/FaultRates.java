package io.sluice.simulate.wire;

import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/** Faults by rate, as a flag gives them: {@code server=0.02,hang=0.001}. Immutable. */
public final class FaultRates<F extends Enum<F>> {
  private final Map<F, Double> rates;

  private FaultRates(Map<F, Double> rates) {
    this.rates = rates;
  }

  /**
   * @param names of the faults, for messages
   * @throws IllegalArgumentException for an unknown fault or a rate outside 0 to 1
   */
  public static <F extends Enum<F>> FaultRates<F> parse(
      String flag, Class<F> kind, String names, String text) {
    Map<F, Double> rates = new EnumMap<>(kind);
    for (String part : text.split(",")) {
      if (part.isBlank()) {
        continue;
      }
      String[] pair = part.strip().split("=", 2);
      try {
        F fault = Enum.valueOf(kind, pair[0].toUpperCase(Locale.ROOT));
        double rate = Double.parseDouble(pair.length == 2 ? pair[1] : "x");
        if (!(rate >= 0 && rate <= 1)) {
          throw new IllegalArgumentException("outside 0 to 1");
        }
        rates.put(fault, rate);
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            flag
                + ": expected NAME=RATE with a rate from 0 to 1 and a name of "
                + names
                + ", got \""
                + part
                + "\"",
            e);
      }
    }
    return new FaultRates<>(rates);
  }

  public boolean isEmpty() {
    return rates.isEmpty();
  }

  /** Whether a fault strikes; always the same for the same seed. */
  public boolean strikes(F fault, long seed) {
    Double rate = rates.get(fault);
    return rate != null && uniform(seed + fault.ordinal() * 0x9E3779B97F4A7C15L) < rate;
  }

  /** A hash as a number from 0 to 1 (the finalizer of SplitMix64). */
  public static double uniform(long seed) {
    long z = seed + 0x9E3779B97F4A7C15L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return ((z ^ (z >>> 31)) >>> 11) * 0x1.0p-53;
  }
}
