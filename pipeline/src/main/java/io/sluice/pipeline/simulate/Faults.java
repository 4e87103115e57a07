package io.sluice.pipeline.simulate;

import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/**
 * Which requests fail, and how: drawn by a hash of the request and, for faults that pass, of how
 * often it was sent, so that a rehearsal can be repeated. Immutable.
 */
final class Faults {
  /** What can go wrong; permanent ones befall a request every time. */
  enum Fault {
    RATE(false),
    SERVER(false),
    OVERLOAD(false),
    HANG(false),
    RESET(false),
    HALF(false),
    HTML(false),
    EMPTY(false),
    GARBAGE(false),
    INVALID(false),
    LENGTH(true),
    FILTER(true),
    REFUSAL(true),
    BAD(true);

    final boolean permanent;

    Fault(boolean permanent) {
      this.permanent = permanent;
    }
  }

  static final String NAMES =
      "rate, server, overload, hang, reset, half, html, empty, garbage, invalid (pass when asked"
          + " again), length, filter, refusal, bad (do not)";

  private final Map<Fault, Double> rates;

  private Faults(Map<Fault, Double> rates) {
    this.rates = rates;
  }

  /**
   * Reads {@code server=0.02,hang=0.001}.
   *
   * @throws IllegalArgumentException for an unknown fault or a rate outside 0 to 1
   */
  static Faults parse(String text) {
    Map<Fault, Double> rates = new EnumMap<>(Fault.class);
    for (String part : text.split(",")) {
      if (part.isBlank()) {
        continue;
      }
      String[] pair = part.strip().split("=", 2);
      try {
        Fault fault = Fault.valueOf(pair[0].toUpperCase(Locale.ROOT));
        double rate = Double.parseDouble(pair.length == 2 ? pair[1] : "x");
        if (!(rate >= 0 && rate <= 1)) {
          throw new IllegalArgumentException("outside 0 to 1");
        }
        rates.put(fault, rate);
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            "--faults: expected NAME=RATE with a rate from 0 to 1 and a name of "
                + NAMES
                + ", got \""
                + part
                + "\"",
            e);
      }
    }
    return new Faults(rates);
  }

  /**
   * @param body the request
   * @param attempt how often it was sent before
   * @return null for none
   */
  @org.jspecify.annotations.Nullable
  Fault of(String body, int attempt) {
    for (Map.Entry<Fault, Double> entry : rates.entrySet()) {
      Fault fault = entry.getKey();
      long seed = 31L * body.hashCode() + fault.ordinal() * 0x9E3779B97F4A7C15L;
      if (uniform(fault.permanent ? seed : seed + attempt * 0x632BE59BD9B4E019L)
          < entry.getValue()) {
        return fault;
      }
    }
    return null;
  }

  /** A hash as a number from 0 to 1 (the finalizer of SplitMix64). */
  static double uniform(long seed) {
    long z = seed + 0x9E3779B97F4A7C15L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return ((z ^ (z >>> 31)) >>> 11) * 0x1.0p-53;
  }
}
