package io.sluice.simulate.wire;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which requests fail, and how: drawn by a hash of the request and, for faults that pass, of how
 * often it was sent, so that a rehearsal can be repeated. Immutable.
 */
public final class Faults {
  /** What can go wrong; permanent ones befall a request every time. */
  public enum Fault {
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
    /** An answer that does not fit, until the model is shown that it does not. */
    STUBBORN(true),
    LENGTH(true),
    FILTER(true),
    REFUSAL(true),
    BAD(true),
    /** The tier that was asked for has no room; others do not notice. */
    NOROOM(false);

    final boolean permanent;

    /** Whether it shows in an answer, rather than in how the answer arrives. */
    public boolean isInAnswer() {
      return switch (this) {
        case HANG, RESET, HALF, HTML, GARBAGE -> false;
        default -> true;
      };
    }

    Fault(boolean permanent) {
      this.permanent = permanent;
    }
  }

  public static final String NAMES =
      "rate, server, overload, hang, reset, half, html, empty, garbage, invalid, noroom (in the"
          + " flex tier; pass when asked again), stubborn (does not fit until the"
          + " model is told so), length, filter, refusal, bad (do not); and of the"
          + " provider as a whole: "
          + Trouble.NAMES;

  /** A turn of the model's in a conversation: what is said after it is about its answer. */
  private static final Pattern TURN = Pattern.compile("\"role\"\\s*:\\s*\"(?:assistant|model)\"");

  private final FaultRates<Fault> rates;
  private final Trouble trouble;

  private Faults(FaultRates<Fault> rates, Trouble trouble) {
    this.rates = rates;
    this.trouble = trouble;
  }

  /**
   * @throws IllegalArgumentException for an unknown fault or a rate outside 0 to 1
   */
  public static Faults parse(String text) {
    Trouble trouble = new Trouble();
    List<String> rates = new ArrayList<>();
    for (String part : text.split(",")) {
      if (!trouble.takes(part)) {
        rates.add(part);
      }
    }
    return new Faults(
        FaultRates.parse("--faults", Fault.class, NAMES, String.join(",", rates)), trouble);
  }

  /** What is the matter with the provider as a whole. */
  public Trouble trouble() {
    return trouble;
  }

  /** Whether any request fails by itself. */
  public boolean hasRates() {
    return !rates.isEmpty();
  }

  /**
   * @param question the request by which it was asked first
   * @param body the request
   * @param attempt how often the question was sent before
   * @return null for none
   */
  public @Nullable Fault of(String question, String body, int attempt) {
    for (Fault fault : Fault.values()) {
      long seed = 31L * question.hashCode();
      if (rates.strikes(fault, fault.permanent ? seed : seed + attempt * 0x632BE59BD9B4E019L)) {
        if (fault != Fault.STUBBORN) {
          return fault;
        }
        if (!TURN.matcher(body).find()) {
          return Fault.INVALID;
        }
      }
    }
    return null;
  }
}
