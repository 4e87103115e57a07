package io.sluice.pipeline.output;

import java.util.Arrays;

/** How a run ended, and the exit code that says so. */
public enum RunState {
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

  /** A state by its word; failed where the word is unknown. */
  public static RunState ofCode(String code) {
    return Arrays.stream(values())
        .filter(state -> state.code.equals(code))
        .findFirst()
        .orElse(FAILED);
  }
}
