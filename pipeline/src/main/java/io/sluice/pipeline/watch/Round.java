package io.sluice.pipeline.watch;

import io.sluice.pipeline.input.InputFile;
import java.io.Serializable;
import java.util.List;

/**
 * Files whose rows are put in place together.
 *
 * @param number from 1; 0 is a round without files, which a restored source begins with
 */
record Round(int number, List<InputFile> files) implements Serializable {
  Round {
    files = List.copyOf(files);
  }

  long bytes() {
    return files.stream().mapToLong(InputFile::bytes).sum();
  }
}
