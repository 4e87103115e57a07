package io.sluice.pipeline.show;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.Usage;
import io.sluice.internal.text.ExactJson;
import io.sluice.internal.text.Text;
import io.sluice.pipeline.words.Numbers;
import io.sluice.pipeline.words.SideBySide;
import io.sluice.pipeline.words.Usd;
import java.math.BigDecimal;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A document and what became of it, on a terminal. */
public final class RowText {
  private static final int FIELD_CHARS = 300;
  private static final int NUMBERS = 6;

  private RowText() {}

  /**
   * What asking took.
   *
   * @param costUsd null where the price is not known
   */
  public record Took(Usage usage, @Nullable BigDecimal costUsd, long latencyMs) {
    String words() {
      return Numbers.count(usage.inputTokens())
          + " in, "
          + Numbers.count(usage.outputTokens())
          + " out  "
          + (costUsd == null ? "cost unknown" : Usd.sum(costUsd))
          + String.format(Locale.ROOT, "  %.1f s", latencyMs / 1000.0);
    }
  }

  /**
   * Lines with line ends.
   *
   * @param document as JSON; null where it is not known
   * @param said the answer, or why there is none
   * @param took null where that is not known
   */
  public static String of(String id, @Nullable String document, String said, @Nullable Took took) {
    return SideBySide.ends(id, took == null ? "no answer" : took.words())
        + (document == null ? SideBySide.alone(said) : SideBySide.of(fields(document), said));
  }

  /** An output as a person reads it. */
  public static String output(String json) {
    JsonNode output;
    try {
      output = ExactJson.read(json);
    } catch (JsonProcessingException e) {
      return json;
    }
    if (output.isTextual()) {
      return output.textValue();
    }
    if (output.isArray() && output.path(0).isNumber()) {
      StringBuilder numbers = new StringBuilder();
      for (int i = 0; i < Math.min(NUMBERS, output.size()); i++) {
        numbers.append(i == 0 ? "" : ", ").append(output.path(i).asText());
      }
      return numbers + (output.size() > NUMBERS ? ", … (" + output.size() + " numbers)" : "");
    }
    return output.isObject() ? fields(json) : json;
  }

  /** A field a line. */
  private static String fields(String json) {
    JsonNode object;
    try {
      object = ExactJson.read(json);
    } catch (JsonProcessingException e) {
      return json;
    }
    if (!object.isObject()) {
      return json;
    }
    StringBuilder lines = new StringBuilder();
    for (Map.Entry<String, JsonNode> field : object.properties()) {
      String value =
          field.getValue().isTextual() ? field.getValue().textValue() : field.getValue().toString();
      lines
          .append(lines.length() == 0 ? "" : "\n")
          .append(Text.cut(field.getKey(), FIELD_CHARS))
          .append(": ")
          .append(Text.cut(value, FIELD_CHARS))
          .append(value.length() > FIELD_CHARS ? "…" : "");
    }
    return lines.toString();
  }
}
