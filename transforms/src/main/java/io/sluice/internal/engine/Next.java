package io.sluice.internal.engine;

import io.sluice.internal.plan.Ask;

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

  /** Its rows' plan asks something else because of what came. */
  record Otherwise() implements Next {}

  Next OTHERWISE = new Otherwise();
  Next ANSWERED = new Answered();
  Next AT_ONCE = new Again(0);
  Next REFUSE = new Refuse();
  Next STOP_ACCOUNT = new StopAccount();
  Next SPLIT = new Split();

  /** Whether this very request is still to do. */
  default boolean isOpen() {
    return !(this instanceof Answered || this instanceof Refuse || this instanceof Otherwise);
  }

  /** Whether its rows are still to be asked about, by this request or another. */
  default boolean goesOn() {
    return isOpen() || this instanceof Otherwise;
  }

  /**
   * What is decided of a request, where its rows' plan has more to ask. An answer without a word is
   * not told what does not fit in it: it is asked for as any other that says nothing.
   *
   * @param isEnough whether there are no attempts left
   */
  static Next planned(Next next, Outcome outcome, Ask.Follows follows, boolean isEnough) {
    boolean misfit = outcome instanceof Outcome.Misfit && follows.misfit() && !outcome.isEmpty();
    boolean cut = outcome.isCut() && follows.cut();
    return (misfit || cut) && !isEnough ? OTHERWISE : next;
  }
}
