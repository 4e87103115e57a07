package io.sluice.pipeline.output;

import java.util.Arrays;

/** How a run ended, and the exit code that says so; or that it does not end by itself. */
public enum RunState {
  /** It goes on with files that are still to come. */
  WATCHING("watching", 0),
  SUCCEEDED("succeeded", 0),
  FAILED("failed", 1),
  STOPPED_BY_BUDGET("stoppedByBudget", 3),
  TOO_MANY_FAILURES("tooManyFailures", 4),
  STOPPED_BY_PROVIDER("stoppedByProvider", 5);

  private final String code;
  private final int exitCode;

  RunState(String code, int exitCode) {
    this.code = code;
    this.exitCode = exitCode;
  }

  /** The word in {@code summary.json}. */
  public String code() {
    return code;
  }

  public int exitCode() {
    return exitCode;
  }

  /**
   * How a run has ended in which every row has. Where there were rows and not one was answered, it
   * has failed whatever rate is allowed: the task is wrong, as likely as not, or the input.
   *
   * @param maxFailureRate dead letters per document above which it has failed, 0 to 1
   */
  static RunState of(Tally tally, double maxFailureRate) {
    if (tally.stillToDo() > 0) {
      return stopped(tally);
    }
    boolean nothing = tally.rowsRead > 0 && tally.succeeded == 0;
    // Rows that were lost with others have failed, too.
    return nothing
            || tally.deadLettered + tally.lost > maxFailureRate * (tally.rowsRead + tally.lost)
        ? TOO_MANY_FAILURES
        : SUCCEEDED;
  }

  /** What kept documents from being sent. */
  public static RunState stopped(Tally unsent) {
    return unsent.deadByKind.containsKey("account") ? STOPPED_BY_PROVIDER : STOPPED_BY_BUDGET;
  }

  /** A state by its word; failed where the word is unknown. */
  public static RunState ofCode(String code) {
    return Arrays.stream(values())
        .filter(state -> state.code.equals(code))
        .findFirst()
        .orElse(FAILED);
  }
}
