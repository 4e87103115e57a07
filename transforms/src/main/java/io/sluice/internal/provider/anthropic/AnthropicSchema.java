package io.sluice.internal.provider.anthropic;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.internal.prepare.CanonicalJson;
import io.sluice.internal.prepare.JsonSchemas;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A task's JSON Schema as Anthropic's {@code output_config.format}. The server rejects a schema
 * outside its subset of JSON Schema, for every document alike, and has no mode in which the schema
 * is a hint. So objects are closed, limits on values become words of the description, and a schema
 * that even so cannot be expressed is not sent. The answer is validated here in either case,
 * against the schema as it was written.
 */
final class AnthropicSchema {
  private static final Set<String> STRUCTURE =
      Set.of("type", "title", "description", "required", "enum", "const", "$ref");

  /** About the schema, not about the answer. */
  private static final Set<String> LEFT_OUT =
      Set.of("$schema", "$id", "$comment", "default", "examples", "additionalProperties");

  private static final Set<String> LIMITS =
      Set.of(
          "pattern",
          "format",
          "minLength",
          "maxLength",
          "multipleOf",
          "minimum",
          "maximum",
          "exclusiveMinimum",
          "exclusiveMaximum",
          "minItems",
          "maxItems",
          "uniqueItems");

  private AnthropicSchema() {}

  /** The format; null where the schema cannot be expressed. */
  static @Nullable ObjectNode format(ObjectNode schema) {
    if (!schema.path("type").asText().equals("object") || schema.has("anyOf")) {
      return null;
    }
    try {
      ObjectNode format = CanonicalJson.newObject().put("type", "json_schema");
      format.set("schema", closed(schema));
      return format;
    } catch (Inexpressible e) {
      return null;
    }
  }

  private static final class Inexpressible extends Exception {
    private static final long serialVersionUID = 1;
  }

  private static ObjectNode closed(JsonNode schema) throws Inexpressible {
    if (!schema.isObject()
        || (!schema.has("type") && !schema.has("anyOf") && !schema.has("$ref"))) {
      throw new Inexpressible();
    }
    ObjectNode out = CanonicalJson.newObject();
    StringBuilder limits = new StringBuilder();
    for (Map.Entry<String, JsonNode> entry : schema.properties()) {
      String name = entry.getKey();
      JsonNode value = entry.getValue();
      if (STRUCTURE.contains(name)) {
        out.set(name, value);
      } else if (LIMITS.contains(name)) {
        limits.append(limits.isEmpty() ? "" : ", ").append(name).append(": ").append(value);
      } else if (name.equals("items")) {
        out.set(name, closed(value));
      } else if (name.equals("anyOf")) {
        ArrayNode choices = out.putArray(name);
        for (JsonNode choice : value) {
          choices.add(closed(choice));
        }
      } else if (Set.of("properties", "$defs", "definitions").contains(name)) {
        ObjectNode named = out.putObject(name);
        for (Map.Entry<String, JsonNode> property : value.properties()) {
          named.set(property.getKey(), closed(property.getValue()));
        }
      } else if (!LEFT_OUT.contains(name)) {
        throw new Inexpressible();
      }
    }
    if (!limits.isEmpty()) {
      String words = schema.path("description").asText("");
      out.put("description", (words.isEmpty() ? "" : words + " ") + "{" + limits + "}");
    }
    if (JsonSchemas.isOfObjects(schema)) {
      JsonNode additional = schema.path("additionalProperties");
      if (!additional.isMissingNode() && !(additional.isBoolean() && !additional.booleanValue())) {
        throw new Inexpressible();
      }
      out.put("additionalProperties", false);
    }
    return out;
  }
}
