package io.sluice.internal.completions;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.internal.prepare.CanonicalJson;
import io.sluice.internal.prepare.JsonSchemas;
import java.util.Set;

/**
 * A task's JSON Schema as OpenAI's {@code response_format} or {@code text.format}. With {@code strict: true} the server
 * rejects a schema outside its subset of JSON Schema, so strictness is asked for only where the
 * schema is inside; otherwise the schema is a hint, and the answer is validated here in either
 * case. Source: OpenAI's guide to structured outputs, <i>Supported schemas</i>.
 */
public final class StrictSchema {
  private static final int MAX_NAME = 64;

  private static final Set<String> KEYWORDS =
      Set.of(
          "$schema",
          "$defs",
          "definitions",
          "$ref",
          "type",
          "title",
          "description",
          "properties",
          "required",
          "additionalProperties",
          "items",
          "anyOf",
          "enum",
          "const",
          "pattern",
          "format",
          "multipleOf",
          "maximum",
          "exclusiveMaximum",
          "minimum",
          "exclusiveMinimum",
          "minItems",
          "maxItems");

  private static final Set<String> FORMATS =
      Set.of("date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid");

  private StrictSchema() {}

  /** Of chat completions. */
  public static ObjectNode responseFormat(String taskName, ObjectNode schema) {
    ObjectNode format = CanonicalJson.newObject();
    format.put("type", "json_schema");
    describe(format.putObject("json_schema"), taskName, schema);
    return format;
  }

  /** Of the Responses API, where it is flat. */
  public static ObjectNode textFormat(String taskName, ObjectNode schema) {
    ObjectNode format = CanonicalJson.newObject();
    format.put("type", "json_schema");
    describe(format, taskName, schema);
    return format;
  }

  private static void describe(ObjectNode format, String taskName, ObjectNode schema) {
    format.put("name", nameOf(taskName));
    format.put("strict", isStrict(schema));
    format.set("schema", schema);
  }

  /** A name of 1 to 64 letters, digits, {@code _} and {@code -}. */
  static String nameOf(String taskName) {
    String name = taskName.replaceAll("[^A-Za-z0-9_-]", "_");
    return name.isEmpty() ? "answer" : name.substring(0, Math.min(MAX_NAME, name.length()));
  }

  /** Whether a server that enforces schemas accepts this one. */
  static boolean isStrict(ObjectNode root) {
    return root.path("type").asText().equals("object") && !root.has("anyOf") && fits(root);
  }

  private static boolean fits(JsonNode schema) {
    if (!schema.isObject()
        || !schema.propertyStream().allMatch(e -> KEYWORDS.contains(e.getKey()))) {
      return false;
    }
    if (!schema.has("type") && !schema.has("anyOf") && !schema.has("$ref")) {
      return false;
    }
    if (schema.has("format") && !FORMATS.contains(schema.path("format").asText())) {
      return false;
    }
    return objectIsClosed(schema)
        && (!schema.has("items") || fits(schema.path("items")))
        && schema.path("anyOf").valueStream().allMatch(StrictSchema::fits)
        && schema.path("properties").valueStream().allMatch(StrictSchema::fits)
        && schema.path("$defs").valueStream().allMatch(StrictSchema::fits)
        && schema.path("definitions").valueStream().allMatch(StrictSchema::fits);
  }

  private static boolean objectIsClosed(JsonNode schema) {
    if (!JsonSchemas.isOfObjects(schema)) {
      return true;
    }
    JsonNode additional = schema.path("additionalProperties");
    return additional.isBoolean()
        && !additional.booleanValue()
        && schema
            .path("properties")
            .propertyStream()
            .allMatch(
                property ->
                    schema
                        .path("required")
                        .valueStream()
                        .anyMatch(name -> name.asText().equals(property.getKey())));
  }
}
