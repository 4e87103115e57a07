package io.sluice.internal.evidence;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A call that was not answered, as far as it says something about the others.
 *
 * @param prior what it looks like
 * @param hint how long the provider asks to wait; null where it does not say
 * @param left what its headers say is left
 * @param said the failure in words, with the address: what a person is shown if the account stops
 * @param worked whether something may have worked on it, and have billed it, as where an answer
 *     took too long or came in part
 */
public record Failure(
    Signature signature,
    Prior prior,
    @Nullable Duration hint,
    Left left,
    String said,
    boolean worked) {
  /** The longest wait that is believed. */
  private static final Duration LONGEST = Duration.ofDays(366);

  /** Nothing worked on it, as far as is known. */
  public Failure(
      Signature signature, Prior prior, @Nullable Duration hint, Left left, String said) {
    this(signature, prior, hint, left, said, false);
  }

  /** Nanoseconds; 0 where the provider does not say. */
  long hintNanos() {
    return nanos(hint);
  }

  /** A wait that a provider asks for in nanoseconds; 0 for none. */
  static long nanos(@Nullable Duration hint) {
    if (hint == null || hint.isNegative()) {
      return 0;
    }
    return hint.compareTo(LONGEST) > 0 ? LONGEST.toNanos() : hint.toNanos();
  }

  /**
   * Whether it looks like the account's: by its words, or by a wait that a job does not sit out.
   */
  boolean isAboutTheAccount() {
    return prior == Prior.ACCOUNT || isTooLong(hint);
  }

  /** Whether a wait is one that a job does not sit out. */
  static boolean isTooLong(@Nullable Duration hint) {
    return nanos(hint) >= Evidence.TOO_LONG.toNanos();
  }

  /** Whether something answered, if only to refuse, and would be expected to do so again. */
  boolean wasAnswered() {
    int status = signature.status();
    return status >= 200
        && status < 500
        && status != 408
        && status != 409
        && status != 425
        && status != 429
        && status != 498
        && status != 499;
  }

  /** Whether nothing that could answer was there. */
  boolean isAway() {
    int status = signature.status();
    return !worked
        && (status == 0 || status == 429 || status == 408 || (status >= 502 && status <= 599));
  }
}
