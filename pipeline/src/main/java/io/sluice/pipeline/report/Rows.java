package io.sluice.pipeline.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.pipeline.output.OutputPaths;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import org.apache.beam.sdk.io.FileSystems;
import org.apache.beam.sdk.io.fs.ResourceId;

/** Reads a kind of output, row by row. */
final class Rows {
  private static final ObjectMapper JSON = new ObjectMapper();

  private Rows() {}

  /**
   * @param directory of {@code *.jsonl} files
   */
  static void read(String directory, Consumer<JsonNode> row) throws IOException {
    List<ResourceId> files =
        OutputPaths.list(directory + "/*.jsonl").stream()
            .sorted(Comparator.comparing(ResourceId::toString))
            .toList();
    for (ResourceId file : files) {
      try (BufferedReader lines =
          new BufferedReader(Channels.newReader(FileSystems.open(file), StandardCharsets.UTF_8))) {
        String line;
        while ((line = lines.readLine()) != null) {
          if (!line.isBlank()) {
            row.accept(JSON.readTree(line));
          }
        }
      }
    }
  }
}
