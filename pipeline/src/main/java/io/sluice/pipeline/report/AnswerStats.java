package io.sluice.pipeline.report;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.pipeline.output.ResultRow;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What the answers are like, from the rows of the results. Not thread-safe. */
final class AnswerStats {
  private static final int EXAMPLES = 10;
  private static final int DISTINCT = 500;
  private static final int FIELDS = 100;
  private static final int FIELD_VALUES = 50;
  private static final int DEPTH = 3;

  /** One field of the answers, dots between the names of nested ones. */
  static final class FieldStats {
    final CappedCounter values = new CappedCounter(FIELD_VALUES);
    long filled;
  }

  final CappedCounter texts = new CappedCounter(DISTINCT);
  final CappedCounter dimensions = new CappedCounter(FIELDS);
  final LogHistogram lengths = new LogHistogram();
  final Map<String, FieldStats> fields = new LinkedHashMap<>();
  private final Reservoir<Shown.AnswerRow> examples = new Reservoir<>(EXAMPLES);
  long answers;
  long objects;

  void add(ResultRow row) {
    answers++;
    JsonNode output = row.output();
    if (output.isObject()) {
      objects++;
      addFields("", output, 1);
    } else if (Shown.isVector(output)) {
      dimensions.add(String.valueOf(output.size()));
    } else {
      String text = Texts.of(output);
      texts.add(text);
      lengths.add(text.length());
    }
    examples.add(() -> Shown.answer(row));
  }

  private void addFields(String prefix, JsonNode object, int depth) {
    for (Map.Entry<String, JsonNode> field : object.properties()) {
      String name = prefix + field.getKey();
      JsonNode value = field.getValue();
      if (value.isObject() && !value.isEmpty() && depth < DEPTH) {
        addFields(name + ".", value, depth + 1);
      } else if (fields.containsKey(name) || fields.size() < FIELDS) {
        FieldStats stats = fields.computeIfAbsent(name, key -> new FieldStats());
        if (isFilled(value)) {
          stats.filled++;
          stats.values.add(Texts.of(value));
        }
      }
    }
  }

  private static boolean isFilled(JsonNode value) {
    if (value.isNull()) {
      return false;
    }
    return value.isContainerNode() ? !value.isEmpty() : !value.asText().isBlank();
  }

  /** Whether text answers are a few that come again and again, as labels are. */
  boolean fewTexts() {
    return !texts.overflowed()
        && (texts.distinct() <= 12 || texts.distinct() * 4L <= texts.total());
  }

  List<Shown.AnswerRow> examples() {
    return examples.kept();
  }
}
