package io.sluice.internal.provider.bedrock;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.internal.prepare.CanonicalJson;
import java.util.Map;
import java.util.Set;

/**
 * A task's JSON Schema as far as {@code outputConfig} takes it (user guide, structured outputs):
 * objects are closed, and what it refuses is left out, because an answer is held against the whole
 * schema here.
 */
final class BedrockSchema {
  private static final Set<String> REFUSED =
      Set.of(
          "$schema",
          "$id",
          "minimum",
          "maximum",
          "exclusiveMinimum",
          "exclusiveMaximum",
          "multipleOf",
          "minLength",
          "maxLength",
          "minItems",
          "maxItems",
          "uniqueItems",
          "minProperties",
          "maxProperties",
          "patternProperties");

  private static final Set<String> OF_SCHEMAS_BY_NAME =
      Set.of("properties", "$defs", "definitions");
  private static final Set<String> LISTS_OF_SCHEMAS = Set.of("anyOf", "allOf", "oneOf");

  private BedrockSchema() {}

  static ObjectNode strict(ObjectNode schema) {
    ObjectNode out = CanonicalJson.newObject();
    for (Map.Entry<String, JsonNode> field : schema.properties()) {
      String keyword = field.getKey();
      if (!REFUSED.contains(keyword)) {
        out.set(keyword, value(keyword, field.getValue()));
      }
    }
    if (out.path("type").asText("").equals("object") || out.has("properties")) {
      out.put("additionalProperties", false);
    }
    return out;
  }

  private static JsonNode value(String keyword, JsonNode value) {
    if (OF_SCHEMAS_BY_NAME.contains(keyword) && value.isObject()) {
      ObjectNode out = CanonicalJson.newObject();
      value.properties().forEach(named -> out.set(named.getKey(), schema(named.getValue())));
      return out;
    }
    if (LISTS_OF_SCHEMAS.contains(keyword) && value.isArray()) {
      ArrayNode out = CanonicalJson.newObject().putArray("x");
      value.forEach(one -> out.add(schema(one)));
      return out;
    }
    return keyword.equals("items") ? schema(value) : value;
  }

  private static JsonNode schema(JsonNode value) {
    return value instanceof ObjectNode object ? strict(object) : value;
  }
}
