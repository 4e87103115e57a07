package io.sluice.pipeline.watch;

import io.sluice.pipeline.output.OutputPaths;
import io.sluice.pipeline.output.Rounds;
import java.io.IOException;

/** The rounds of a watching job, as its book has them. */
record BookRounds(OutputPaths paths, String run) implements Rounds {
  @Override
  public int of(String file) throws IOException {
    return RoundBook.of(paths, run).roundOf(file);
  }
}
