package io.sluice.pipeline.input;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.pipeline.input.rows.Row;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Reads files as a job does, for tests of formats. */
final class Rowing {
  private static final ObjectMapper JSON = new ObjectMapper();

  private Rowing() {}

  static InputFile file(Path file, InputFormat format) throws IOException {
    return new InputFile(file.toString(), Files.size(file), format);
  }

  /** All rows, with their problems. */
  static List<Row> rows(Path file, InputFormat format) throws IOException {
    return rows(file, format, DocumentFields.DEFAULT);
  }

  static List<Row> rows(Path file, InputFormat format, DocumentFields fields) throws IOException {
    List<Row> rows = new ArrayList<>();
    try (RowReader reader = RowReader.open(file(file, format), fields)) {
      for (Row row = reader.next(); row != null; row = reader.next()) {
        rows.add(row);
      }
    }
    return rows;
  }

  static JsonNode json(Row row) throws JsonProcessingException {
    return JSON.readTree(row.text());
  }

  /** JSON with single quotes, as one may write it in Java. */
  static JsonNode json(String quoted) throws JsonProcessingException {
    return JSON.readTree(quoted.replace('\'', '"'));
  }
}
