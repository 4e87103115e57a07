package io.sluice.pipeline.table;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.internal.text.ExactJson;
import io.sluice.pipeline.table.ColumnType.Field;
import io.sluice.pipeline.table.ColumnType.ListOf;
import io.sluice.pipeline.table.ColumnType.Scalar;
import io.sluice.pipeline.table.ColumnType.Struct;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Rows of files of columns, as the lines of results have them: columns of the input under {@code
 * document}, what a csv has flat where it lay, numbers and JSON as such, and what a line leaves out
 * (a fallback that was not asked, no parts) left out. Thread-safe.
 */
public final class TableRows {
  /** The property of a field in Avro that has the column's name as it is. */
  public static final String NAME_IN_AVRO = "column";

  private static final List<String> NUMBERS =
      List.of("costUsd", "attempts", "latencyMs", "fallback");

  /** Texts that are none where a csv has nothing. */
  private static final List<String> OPTIONAL = List.of("finishReason", "key");

  /** Columns of a task that has a use for them, and null in rows that have not. */
  private static final List<String> LEFT_OUT = List.of("provider", "fallback", "parts", "cascade");

  private final boolean isText;
  private final @Nullable ColumnType answer;

  private TableRows(boolean isText, @Nullable ColumnType answer) {
    this.isText = isText;
    this.answer = answer;
  }

  /**
   * @param file its name, which tells the format
   * @param table of the task whose results they are; null where it is not known, then a csv's
   *     answers stay texts but for lists and objects
   */
  public static TableRows of(String file, @Nullable Table table) {
    return new TableRows(
        file.toLowerCase(Locale.ROOT).endsWith(".csv"), table == null ? null : table.answerType());
  }

  /** A row as a line; a line of results stays as it is. */
  public ObjectNode asLine(JsonNode row) {
    ObjectNode line = JsonNodeFactory.instance.objectNode();
    ObjectNode document = JsonNodeFactory.instance.objectNode();
    boolean isOwn = false;
    for (Map.Entry<String, JsonNode> column : row.properties()) {
      String name = column.getKey();
      // A task without a fallback may have a column of the input that is called provider: the
      // input's columns stand before the answer, those of results behind it.
      boolean isFlat = DocumentColumns.isFlat(name, isOwn);
      if (isFlat) {
        put(line, name, column.getValue());
      } else if (DocumentColumns.isOwn(name, isOwn)) {
        line.set(name, column.getValue());
      } else {
        document.set(name, column.getValue());
      }
      isOwn |= isFlat || (!name.equals("id") && DocumentColumns.isOwn(name, false));
    }
    if (line.path("document").isObject()) {
      document.properties().forEach(one -> line.putIfAbsent(one.getKey(), one.getValue()));
    } else if (!document.isEmpty()) {
      line.set("document", document);
    }
    settle(line);
    return line;
  }

  private void put(ObjectNode line, String name, JsonNode value) {
    List<String> path = path(name, name.startsWith("output.") ? answer : null);
    ObjectNode at = line;
    for (String part : path.subList(0, path.size() - 1)) {
      at = at.path(part) instanceof ObjectNode inner ? inner : at.putObject(part);
    }
    at.set(path.get(path.size() - 1), value);
  }

  /** Where a value lay: the names of an answer's fields may have dots of their own. */
  private static List<String> path(String name, @Nullable ColumnType answer) {
    List<String> path = new ArrayList<>();
    int from = 0;
    ColumnType in = answer == null ? null : new Struct(List.of(Field.of("output", answer)));
    while (in instanceof Struct struct) {
      String left = name.substring(from);
      Field next = null;
      for (Field field : struct.fields()) {
        if (left.equals(field.name())
            || (field.type() instanceof Struct && left.startsWith(field.name() + "."))) {
          next = field;
        }
      }
      if (next == null) {
        break;
      }
      path.add(next.name());
      if (left.equals(next.name())) {
        return path;
      }
      from += next.name().length() + 1;
      in = next.type();
    }
    return List.of(name.split("\\.", -1));
  }

  private void settle(ObjectNode line) {
    NUMBERS.forEach(name -> number(line, name));
    if (line.path("usage") instanceof ObjectNode usage) {
      List.of("inputTokens", "cachedInputTokens", "outputTokens")
          .forEach(name -> number(usage, name));
    }
    if (line.path("source") instanceof ObjectNode source) {
      number(source, "position");
    }
    if (line.path("cascade") instanceof ObjectNode small) {
      number(small, "probability");
      if (isNone(small.path("version"))) {
        line.remove("cascade");
      } else if (isNone(small.path("output"))) {
        small.remove("output");
      } else if (isText) {
        small.set("output", parsed(small.path("output")));
      }
    }
    for (String name : LEFT_OUT) {
      if (line.has(name) && isNone(line.path(name))) {
        line.remove(name);
      }
    }
    if (line.has("replaced") && !line.path("replaced").asText().equals("true")) {
      line.remove("replaced");
    }
    if (isText) {
      for (String name : OPTIONAL) {
        if (line.has(name) && isNone(line.path(name))) {
          line.putNull(name);
        }
      }
      for (String name : List.of("parts", "document")) {
        if (line.has(name)) {
          line.set(name, parsed(line.path(name)));
        }
      }
      if (line.has("replaced")) {
        line.put("replaced", true);
      }
      if (line.has("output")) {
        line.set(
            "output",
            answer == null ? untyped(line.path("output")) : typed(line.path("output"), answer));
      }
    }
  }

  private static boolean isNone(JsonNode value) {
    return Values.isNull(value) || value.isTextual() && value.textValue().isEmpty();
  }

  /** Of a csv all are texts, and decimals are everywhere. */
  private static void number(ObjectNode in, String name) {
    JsonNode value = in.path(name);
    if (value.isTextual()) {
      in.set(name, number(value));
    }
  }

  private static JsonNode number(JsonNode text) {
    BigDecimal number = Values.decimal(text);
    if (number == null) {
      return isNone(text) ? JsonNodeFactory.instance.nullNode() : text;
    }
    return Values.isLong(number)
        ? JsonNodeFactory.instance.numberNode(number.longValue())
        : JsonNodeFactory.instance.numberNode(number.stripTrailingZeros());
  }

  /** The list or object that a text is; any other text as it is. */
  private static JsonNode parsed(JsonNode text) {
    String json = text.isTextual() ? text.textValue().strip() : "";
    return json.startsWith("{") || json.startsWith("[") ? json(text) : text;
  }

  private static JsonNode json(JsonNode text) {
    try {
      return ExactJson.read(text.asText());
    } catch (JsonProcessingException e) {
      // The task is another one now, or somebody wrote it by hand.
      return text;
    }
  }

  /**
   * What cells of a csv were that no type is known of, such as fields that an answer has beside
   * those of its schema: lists and objects are such, anything else is a text.
   */
  private static JsonNode untyped(JsonNode cell) {
    if (cell instanceof ObjectNode fields) {
      fields.properties().forEach(field -> field.setValue(untyped(field.getValue())));
      return fields;
    }
    return parsed(cell);
  }

  /** What a cell of a csv was, by the type that the task gives it. */
  private static JsonNode typed(JsonNode cell, ColumnType type) {
    if (type instanceof Struct struct && cell instanceof ObjectNode fields) {
      for (Map.Entry<String, JsonNode> field : fields.properties()) {
        ColumnType known = struct.of(field.getKey());
        JsonNode value = field.getValue();
        field.setValue(known == null ? untyped(value) : typed(value, known));
      }
      return fields;
    }
    if (!cell.isTextual() || type == Scalar.TEXT) {
      return cell;
    }
    if (isNone(cell)) {
      return JsonNodeFactory.instance.nullNode();
    }
    if (type == Scalar.JSON) {
      return json(cell);
    }
    if (type == Scalar.BOOLEAN) {
      return JsonNodeFactory.instance.booleanNode(cell.asText().equals("true"));
    }
    JsonNode value = type instanceof ListOf || type instanceof Struct ? parsed(cell) : number(cell);
    return value instanceof ArrayNode || value.isValueNode() || type instanceof Struct
        ? value
        : cell;
  }
}
