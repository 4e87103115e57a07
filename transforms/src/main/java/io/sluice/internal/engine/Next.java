package io.sluice.internal.engine;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What becomes of a request after a call ({@link RetryPolicy}). */
public sealed interface Next {
  /** Its rows get the answer. */
  record Answered() implements Next {}

  /**
   * It is asked again.
   *
   * @param isAttempt whether the call that has ended counts against {@code retry.maxAttempts}
   * @param backsOff whether it waits for itself, by {@link io.sluice.internal.http.Backoff};
   *     otherwise for nothing but the limits of its account
   * @param hint how long the provider asks to wait; null where it does not say
   */
  record Again(boolean isAttempt, boolean backsOff, @Nullable Duration hint) implements Next {}

  /** Its rows are dead letters. */
  record Refuse() implements Next {}

  /** Nothing more is sent on its account; it is still to do. */
  record StopAccount() implements Next {}

  /** It shared its call with others, one of which may be to blame: asked again with fewer. */
  record Split() implements Next {}

  Next ANSWERED = new Answered();
  Next REFUSE = new Refuse();
  Next STOP_ACCOUNT = new StopAccount();
  Next SPLIT = new Split();

  /** Whether the request is still to do. */
  default boolean isOpen() {
    return !(this instanceof Answered || this instanceof Refuse);
  }
}
