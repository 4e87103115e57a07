package io.sluice.simulate.batches;

/**
 * How batches go.
 *
 * @param seconds from a batch's creation to its end; 0 ends it at the first look
 * @param enqueuedTokens how many input tokens an account's open batches may have together (OpenAI)
 * @param faults {@link BatchFault#NAMES} by rate
 */
public record BatchOptions(double seconds, long enqueuedTokens, String faults) {
  /** The names of faults, and when each is drawn. */
  public static final String FAULTS = BatchFault.NAMES;

  public static final BatchOptions DEFAULT = new BatchOptions(5, Long.MAX_VALUE, "");

  /**
   * @throws IllegalArgumentException for an unknown fault or a rate outside 0 to 1
   */
  public BatchOptions {
    BatchFault.parse(faults);
  }
}
