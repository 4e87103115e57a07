package io.sluice.pipeline.table;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.Closeable;
import java.io.IOException;

/** Writes rows of results as columns. What was not closed is no file. Not thread-safe. */
public interface TableWriter extends Closeable {

  /**
   * @param row as the lines of results have it
   */
  void write(JsonNode row) throws IOException;
}
