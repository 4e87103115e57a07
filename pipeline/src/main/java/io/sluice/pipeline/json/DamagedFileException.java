package io.sluice.pipeline.json;

import java.io.IOException;

/** A file that Sluice wrote for itself, and that is not what it wrote. Its message names it. */
public final class DamagedFileException extends IOException {
  private static final long serialVersionUID = 1L;

  /**
   * @param why after a colon
   */
  public DamagedFileException(String file, String why) {
    super(
        file
            + " is damaged: "
            + why
            + ". What was paid for is in the ledger; delete the file, and run the same command"
            + " again");
  }
}
