package io.sluice.internal.plan;

/** What a plan does next. */
public sealed interface Then {
  /** It asks. */
  record Asks(Ask ask) implements Then {}

  /** The row has no answer. */
  record Dead() implements Then {}

  Then DEAD = new Dead();
}
