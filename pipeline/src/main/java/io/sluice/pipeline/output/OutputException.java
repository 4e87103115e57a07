package io.sluice.pipeline.output;

import io.sluice.internal.text.FileReason;
import java.io.IOException;

/** The outputs cannot be written. The message names the file and what to do. */
public final class OutputException extends IOException {
  private static final long serialVersionUID = 1L;

  public OutputException(String file, IOException cause) {
    super(
        "Write "
            + file
            + ": "
            + FileReason.of(cause)
            + "; make room or allow writing there, then run the same command again: what was"
            + " answered is in the ledger",
        cause);
  }
}
