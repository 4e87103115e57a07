package io.sluice.pipeline.report;

import io.sluice.pipeline.input.InputRows;
import io.sluice.pipeline.output.OutputPaths;
import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import org.apache.beam.sdk.io.fs.ResourceId;

/** Reads a kind of output, row by row. */
final class Rows {
  private Rows() {}

  /**
   * @param directory of files in any format that outputs have
   * @param type the record that a row is
   */
  static <T> void read(String directory, Class<T> type, Consumer<T> row) throws IOException {
    for (ResourceId file : files(directory)) {
      InputRows.read(file.toString(), type, row);
    }
  }

  /** The files of a kind of output, in the order of their names. */
  static List<ResourceId> files(String directory) throws IOException {
    return OutputPaths.rows(directory).stream()
        .sorted(Comparator.comparing(ResourceId::toString))
        .toList();
  }
}
