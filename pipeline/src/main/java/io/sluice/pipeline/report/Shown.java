package io.sluice.pipeline.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.pipeline.output.DeadLetterRow;
import io.sluice.pipeline.output.ResultRow;
import io.sluice.pipeline.words.Numbers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Rows as the report shows them: cut to a size that a page can bear. */
final class Shown {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int ID = 80;
  private static final int TEXT = 700;
  private static final int FIELDS = 12;
  private static final int NUMBERS = 6;

  /** A document's field. */
  record Field(String name, String value) {}

  /**
   * @param output what the model answered, as text
   * @param source the file and the row
   * @param document empty where the results do not hold it
   */
  record AnswerRow(String id, String output, String source, List<Field> document) {}

  /**
   * @param said what the model said; empty for nothing
   */
  record DeadRow(String id, String message, String said, String source, List<Field> document) {}

  private Shown() {}

  static AnswerRow answer(ResultRow row) {
    return new AnswerRow(
        Texts.clip(row.id(), ID),
        output(row.output()),
        source(row.source()),
        document(row.document()));
  }

  static DeadRow dead(DeadLetterRow row) {
    String said = row.answer();
    return new DeadRow(
        Texts.clip(row.id(), ID),
        Texts.clip(row.error().message(), TEXT),
        said == null ? "" : Texts.clip(said, TEXT),
        source(row.source()),
        document(row.document()));
  }

  /** The file's name is enough: its directory is the same for all and says where the job ran. */
  private static String source(ResultRow.Source source) {
    String file = source.file();
    if (file.isEmpty()) {
      return "";
    }
    return Texts.clip(file.substring(file.lastIndexOf('/') + 1), ID)
        + ", row "
        + Numbers.count(source.position());
  }

  private static String output(JsonNode output) {
    if (isVector(output)) {
      StringBuilder numbers = new StringBuilder();
      for (int i = 0; i < Math.min(NUMBERS, output.size()); i++) {
        numbers.append(i == 0 ? "" : ", ").append(output.path(i).asText());
      }
      return numbers + " … (" + output.size() + " numbers)";
    }
    if (output.isContainerNode()) {
      try {
        return Texts.clip(
            JSON.writerWithDefaultPrettyPrinter().writeValueAsString(output), 2 * TEXT);
      } catch (JsonProcessingException e) {
        throw new IllegalStateException("A JSON tree can be written", e);
      }
    }
    return Texts.clip(Texts.of(output), 2 * TEXT);
  }

  static boolean isVector(JsonNode output) {
    return output.isArray() && output.path(0).isNumber();
  }

  private static List<Field> document(JsonNode document) {
    List<Field> fields = new ArrayList<>();
    for (Map.Entry<String, JsonNode> field : document.properties()) {
      if (fields.size() == FIELDS) {
        fields.add(new Field("…", (document.size() - FIELDS) + " more fields"));
        break;
      }
      fields.add(
          new Field(Texts.clip(field.getKey(), ID), Texts.clip(Texts.of(field.getValue()), TEXT)));
    }
    return fields;
  }
}
