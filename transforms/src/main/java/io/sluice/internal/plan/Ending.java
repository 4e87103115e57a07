package io.sluice.internal.plan;

import io.sluice.Fallback.Cause;
import org.jspecify.annotations.Nullable;

/** How an ask ended, as far as a plan has to know. */
public sealed interface Ending {
  /** The answer does not fit. */
  record Misfit(String answer, String reason) implements Ending {}

  /** The answer was cut by the cap on its tokens. */
  record Cut() implements Ending {}

  /**
   * There is none, and asking the same model would not change that.
   *
   * @param cause why, to a fallback; null where no other model would help
   */
  record Failed(@Nullable Cause cause) implements Ending {}

  Ending CUT = new Cut();
  Ending FAILED = new Failed(null);

  /** How it ended, to a fallback; null where no other model would help. */
  default @Nullable Cause toFallback() {
    return this instanceof Failed failed
        ? failed.cause()
        : this instanceof Misfit ? Cause.INVALID_OUTPUT : Cause.TRUNCATED;
  }
}
