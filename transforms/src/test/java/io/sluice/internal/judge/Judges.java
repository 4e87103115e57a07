package io.sluice.internal.judge;

import java.util.function.Function;

/** Judges for tests of other packages. */
public final class Judges {
  private Judges() {}

  /** One with a rule of its own. */
  public static AnswerJudge by(Function<String, Verdict> rule) {
    return new AnswerJudge(rule::apply);
  }
}
