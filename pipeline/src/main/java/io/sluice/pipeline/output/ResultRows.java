package io.sluice.pipeline.output;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.pipeline.input.InputRows;
import io.sluice.pipeline.json.Json;
import io.sluice.pipeline.table.TableRows;
import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import org.apache.beam.sdk.io.fs.ResourceId;

/** Reads the rows of results, of any format that they have. */
public final class ResultRows {
  /** Takes rows. */
  @FunctionalInterface
  public interface To {
    void take(ResultRow row) throws IOException;
  }

  private ResultRows() {}

  /** The files of a kind of output, in the order of their names. */
  public static List<ResourceId> files(String directory) throws IOException {
    return OutputPaths.rows(directory).stream()
        .sorted(Comparator.comparing(ResourceId::toString))
        .toList();
  }

  /** Reads the rows of a directory, file by file. */
  public static void read(String directory, To to) throws IOException {
    for (ResourceId file : files(directory)) {
      String name = file.toString();
      if (name.endsWith("." + OutputFormat.JSONL.extension())) {
        InputRows.read(name, ResultRow.class, to::take);
      } else {
        TableRows rows = TableRows.of(name, null);
        InputRows.read(
            name, JsonNode.class, row -> to.take(Json.of(rows.asLine(row), ResultRow.class)));
      }
    }
  }
}
