package io.sluice.pipeline.output;

import java.io.IOException;
import java.io.Serializable;

/** Which rows of a job are put in place together, by the input file that they are of. */
@FunctionalInterface
public interface Rounds extends Serializable {
  /** All of them, as where the input has an end. */
  Rounds ONE = file -> 0;

  /** The number of the round that a file's rows belong to. */
  int of(String file) throws IOException;
}
