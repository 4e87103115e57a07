package io.sluice.internal.judge;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.internal.text.Text;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Finds what a JSON Schema lets pass and its author did not mean: words that are none of its
 * keywords, and a schema that says nothing. Both are valid, and check nothing: a schema of the
 * shorthand {@code {sentiment: string}} fits every answer.
 *
 * <p>Keywords are those of drafts 4 to 2020-12. Names that begin with {@code x-} are for others,
 * and pass.
 */
final class SchemaWords {
  private static final int MOST = 10;

  /** Keywords whose value is a schema. */
  private static final Set<String> ONE =
      Set.of(
          "additionalItems",
          "additionalProperties",
          "contains",
          "contentSchema",
          "else",
          "if",
          "items",
          "not",
          "propertyNames",
          "then",
          "unevaluatedItems",
          "unevaluatedProperties");

  /** Keywords whose value is a list of schemas. */
  private static final Set<String> LIST = Set.of("allOf", "anyOf", "oneOf", "prefixItems");

  /** Keywords whose value has schemas by names of the author's. */
  private static final Set<String> NAMED =
      Set.of(
          "$defs",
          "definitions",
          "dependencies",
          "dependentSchemas",
          "patternProperties",
          "properties");

  /** Keywords that hold no schema, and that an answer may break. */
  private static final Set<String> CHECKS =
      Set.of(
          "$dynamicRef",
          "$recursiveRef",
          "$ref",
          "const",
          "dependentRequired",
          "enum",
          "exclusiveMaximum",
          "exclusiveMinimum",
          "maxContains",
          "maxItems",
          "maxLength",
          "maxProperties",
          "maximum",
          "minContains",
          "minItems",
          "minLength",
          "minProperties",
          "minimum",
          "multipleOf",
          "pattern",
          "required",
          "type",
          "uniqueItems");

  /** Keywords that no answer can break. */
  private static final Set<String> NOTES =
      Set.of(
          "$anchor",
          "$comment",
          "$dynamicAnchor",
          "$id",
          "$recursiveAnchor",
          "$schema",
          "$vocabulary",
          "contentEncoding",
          "contentMediaType",
          "default",
          "deprecated",
          "description",
          "examples",
          "format",
          "id",
          "readOnly",
          "title",
          "writeOnly");

  private static final Set<String> TYPES =
      Set.of("array", "boolean", "integer", "null", "number", "object", "string");

  private final List<String> problems = new ArrayList<>();

  private SchemaWords() {}

  /** What is wrong with a schema given as text; empty where nothing is, or it is none. */
  static List<String> problems(String schema) {
    JsonNode node;
    try {
      node = StrictJson.parse(schema);
    } catch (JsonProcessingException e) {
      return List.of();
    }
    SchemaWords words = new SchemaWords();
    words.schema("", node);
    if (words.problems.isEmpty() && node.isObject() && !checks(node)) {
      words.problems.add(
          "output.schema says nothing of the answer, so that everything fits: write it as {type:"
              + " object, properties: {NAME: {type: string}}, required: [NAME]}, or leave it out");
    }
    return words.problems.subList(0, Math.min(MOST, words.problems.size()));
  }

  private void schema(String place, JsonNode node) {
    if (node.isTextual() && TYPES.contains(node.textValue())) {
      problems.add(
          "output.schema"
              + place
              + " is \""
              + node.textValue()
              + "\"; a schema is written as {type: "
              + node.textValue()
              + "}");
      return;
    }
    for (Map.Entry<String, JsonNode> field : node.properties()) {
      keyword(place, field.getKey(), field.getValue());
    }
  }

  private void keyword(String place, String word, JsonNode value) {
    String below = place + "/" + word;
    if (LIST.contains(word) || (word.equals("items") && value.isArray())) {
      for (int i = 0; i < value.size(); i++) {
        schema(below + "/" + i, value.get(i));
      }
    } else if (NAMED.contains(word)) {
      value
          .properties()
          .forEach(
              named -> {
                // Old "dependencies" may be lists of names.
                if (!named.getValue().isArray()) {
                  schema(below + "/" + named.getKey(), named.getValue());
                }
              });
    } else if (ONE.contains(word)) {
      schema(below, value);
    } else if (!CHECKS.contains(word) && !NOTES.contains(word) && !word.startsWith("x-")) {
      problems.add(
          "output.schema"
              + place
              + " has \""
              + Text.cut(word, 100)
              + "\", which is no keyword of JSON Schema and checks nothing; "
              + way(word, value));
    }
  }

  /** How it is written. */
  private static String way(String word, JsonNode value) {
    if (word.equals("nullable")) {
      return "write type: [string, \"null\"]";
    }
    if (word.equals("example")) {
      return "write examples: […]";
    }
    if (value.isTextual() || value.isObject() || value.isArray()) {
      String name = Text.cut(word, 100);
      String type =
          value.isTextual() && TYPES.contains(value.textValue())
              ? value.textValue()
              : value.path("type").asText("string");
      return "for a field of the answer write {type: object, properties: {"
          + name
          + ": {type: "
          + type
          + "}}, required: ["
          + name
          + "]}";
    }
    return "leave it out, or let it begin with x-";
  }

  /** Whether there is an answer that does not fit, as far as can be told without trying. */
  private static boolean checks(JsonNode schema) {
    if (!schema.isObject()) {
      return schema.isBoolean() && !schema.booleanValue();
    }
    for (Map.Entry<String, JsonNode> field : schema.properties()) {
      String word = field.getKey();
      JsonNode value = field.getValue();
      boolean checks =
          word.equals("required")
              ? !value.isEmpty()
              : CHECKS.contains(word)
                  || word.equals("not")
                  || (ONE.contains(word) && checks(value))
                  || ((LIST.contains(word) || value.isArray()) && anyChecks(value))
                  || (NAMED.contains(word) && !isStore(word) && anyChecks(value));
      if (checks) {
        return true;
      }
    }
    return false;
  }

  /** Whether schemas lie there that are used by {@code $ref} alone. */
  private static boolean isStore(String word) {
    return word.equals("$defs") || word.equals("definitions");
  }

  private static boolean anyChecks(JsonNode schemas) {
    for (JsonNode schema : schemas) {
      if (schema.isArray() || checks(schema)) {
        return true;
      }
    }
    return false;
  }
}
