package io.sluice.pipeline.output;

import java.io.Closeable;
import java.io.IOException;

/** Writes rows of results as columns. What was not closed is no file. Not thread-safe. */
interface ResultWriter extends Closeable {
  /**
   * Cost has so many digits behind the point, of 38 in all; a price of 0.0001 USD per million
   * tokens still has all of them.
   */
  int COST_SCALE = 12;

  int COST_PRECISION = 38;

  void write(ResultRow row) throws IOException;
}
