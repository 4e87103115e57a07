package io.sluice.internal.provider.gemini;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.internal.prepare.CanonicalJson;
import java.util.Map;
import java.util.Set;

/**
 * A task's JSON Schema as far as {@code responseJsonSchema} takes it (API reference,
 * GenerationConfig). Other keywords may be refused, and are left out: an answer is held against the
 * whole schema here.
 */
final class GeminiSchema {
  private static final Set<String> KEYWORDS =
      Set.of(
          "$id",
          "$defs",
          "$ref",
          "$anchor",
          "type",
          "format",
          "title",
          "description",
          "enum",
          "items",
          "prefixItems",
          "minItems",
          "maxItems",
          "minimum",
          "maximum",
          "anyOf",
          "oneOf",
          "properties",
          "additionalProperties",
          "required",
          "propertyOrdering");

  private static final Set<String> OF_SCHEMAS_BY_NAME = Set.of("properties", "$defs");
  private static final Set<String> LISTS_OF_SCHEMAS = Set.of("prefixItems", "anyOf", "oneOf");
  private static final Set<String> SCHEMAS = Set.of("items", "additionalProperties");

  private GeminiSchema() {}

  static ObjectNode reduced(ObjectNode schema) {
    ObjectNode out = CanonicalJson.newObject();
    for (Map.Entry<String, JsonNode> field : schema.properties()) {
      String keyword = field.getKey();
      if (KEYWORDS.contains(keyword)) {
        out.set(keyword, value(keyword, field.getValue()));
      }
    }
    return out;
  }

  private static JsonNode value(String keyword, JsonNode value) {
    if (SCHEMAS.contains(keyword)) {
      return schema(value);
    }
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
    return value;
  }

  private static JsonNode schema(JsonNode value) {
    return value instanceof ObjectNode object ? reduced(object) : value;
  }
}
