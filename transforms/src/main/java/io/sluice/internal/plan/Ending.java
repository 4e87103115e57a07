package io.sluice.internal.plan;

/** How an ask ended, as far as a plan has to know. */
public sealed interface Ending {
  /** The answer does not fit. */
  record Misfit(String answer, String reason) implements Ending {}

  /** The answer was cut by the cap on its tokens. */
  record Cut() implements Ending {}

  /** There is none, and no other ask would change that. */
  record Failed() implements Ending {}

  Ending CUT = new Cut();
  Ending FAILED = new Failed();
}
