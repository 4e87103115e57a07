package io.sluice.simulate.batches;

import io.sluice.simulate.wire.FaultRates;

/** What can go wrong with a batch. */
public enum BatchFault {
  /** OpenAI: the file is refused, after the batch was created. */
  VALIDATION,
  /** Every request fails: with OpenAI there is no output file. */
  NOOUTPUT,
  /** A request is not reached in time. */
  EXPIRED,
  /** A request fails, and may pass in another batch. */
  FAILED,
  /** The results of a batch are out of order. */
  SHUFFLED,
  /** A request's result is there twice. */
  DUPLICATE,
  /** A download of results breaks off in the middle. */
  CUT,
  /** A look at a batch or at the list is answered 500. */
  POLL,
  /** A batch is created, and the connection breaks before the answer. */
  LOST;

  public static final String NAMES =
      "validation, nooutput, shuffled, lost (drawn for each batch), expired, failed, duplicate (for"
          + " each request), cut (for each download), poll (for each look)";

  public static FaultRates<BatchFault> parse(String text) {
    return FaultRates.parse("--batchFaults", BatchFault.class, NAMES, text);
  }
}
