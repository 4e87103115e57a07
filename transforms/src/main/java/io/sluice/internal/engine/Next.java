package io.sluice.internal.engine;

/** What becomes of a request after a call. */
public sealed interface Next {
  /** Its rows get the answer. */
  record Answered() implements Next {}

  /**
   * It is asked again, as soon as its account may.
   *
   * @param waitNanos not before so long; 0 or more
   */
  record Again(long waitNanos) implements Next {}

  /** Its rows are dead letters. */
  record Refuse() implements Next {}

  /** Nothing more is sent on its account; it is still to do. */
  record StopAccount() implements Next {}

  /** It shared its call with others, one of which may be to blame: asked again with fewer. */
  record Split() implements Next {}

  Next ANSWERED = new Answered();
  Next AT_ONCE = new Again(0);
  Next REFUSE = new Refuse();
  Next STOP_ACCOUNT = new StopAccount();
  Next SPLIT = new Split();

  /** Whether the request is still to do. */
  default boolean isOpen() {
    return !(this instanceof Answered || this instanceof Refuse);
  }
}
