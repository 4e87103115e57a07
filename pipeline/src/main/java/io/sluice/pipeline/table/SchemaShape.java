package io.sluice.pipeline.table;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a JSON Schema says of the types of its values. Where it leaves them open, or several fit,
 * they are JSON; where each that was left so is listed.
 */
final class SchemaShape {
  private final JsonNode root;
  private final List<String> open = new ArrayList<>();
  private final Set<String> within = new HashSet<>();

  private SchemaShape(JsonNode root) {
    this.root = root;
  }

  /** The shape of what fits a schema, before any value was seen. */
  static Shape of(JsonNode schema) {
    Shape shape = Shape.unknown();
    new SchemaShape(schema).read(schema, shape, "output");
    return shape;
  }

  /** Where a schema has no one type, each with why; none where it is a table's all over. */
  static List<String> open(JsonNode schema) {
    SchemaShape reading = new SchemaShape(schema);
    reading.read(schema, Shape.unknown(), "output");
    return reading.open;
  }

  private void open(Shape to, String path, String why) {
    open.add(path + " " + why);
    to.toJson();
  }

  private void read(JsonNode schema, Shape to, String path) {
    if (schema.path("$ref").isTextual()) {
      refer(schema.path("$ref").textValue(), to, path);
      return;
    }
    for (String word : List.of("anyOf", "oneOf", "allOf")) {
      if (schema.path(word).isArray()) {
        choose(schema.path(word), to, path, word);
        return;
      }
    }
    Set<String> types = types(schema);
    types.remove("null");
    if (types.contains("number")) {
      types.remove("integer");
    }
    if (types.size() != 1) {
      open(to, path, types.isEmpty() ? "has no type" : "may be " + String.join(" or ", types));
      return;
    }
    switch (types.iterator().next()) {
      case "string" -> to.toText();
      case "integer" -> to.toLong();
      case "number" -> to.toDouble();
      case "boolean" -> to.toBoolean();
      case "array" -> array(schema, to, path);
      case "object" -> object(schema, to, path);
      default -> open(to, path, "has no type that is known");
    }
  }

  private void refer(String reference, Shape to, String path) {
    JsonNode target = reference.startsWith("#") ? root.at(pointer(reference)) : root.path("");
    if (target.isMissingNode() || !within.add(reference)) {
      open(
          to,
          path,
          target.isMissingNode() ? "is " + reference : "is within itself (" + reference + ")");
      return;
    }
    read(target, to, path);
    within.remove(reference);
  }

  private static String pointer(String reference) {
    String pointer = reference.substring(1);
    return pointer.isEmpty() || pointer.startsWith("/") ? pointer : "/$nowhere";
  }

  /** One of several, of which all but one are null, or all have one type without parts. */
  private void choose(JsonNode choices, Shape to, String path, String word) {
    List<JsonNode> left = new ArrayList<>();
    Set<String> types = new TreeSet<>();
    for (JsonNode choice : choices) {
      Set<String> own = types(choice);
      if (!own.equals(Set.of("null"))) {
        left.add(choice);
        types.addAll(own.isEmpty() ? Set.of("") : own);
      }
    }
    types.remove("null");
    if (left.size() == 1) {
      read(left.get(0), to, path);
    } else if (types.equals(Set.of("string"))) {
      to.toText();
    } else if (types.equals(Set.of("integer"))) {
      to.toLong();
    } else if (types.equals(Set.of("boolean"))) {
      to.toBoolean();
    } else if (types.equals(Set.of("number")) || types.equals(Set.of("integer", "number"))) {
      to.toDouble();
    } else {
      open(to, path, "is " + word + " of several");
    }
  }

  /** As {@code type} says, or the values that it lists. */
  private static Set<String> types(JsonNode schema) {
    Set<String> types = new TreeSet<>();
    JsonNode type = schema.path("type");
    if (type.isTextual()) {
      types.add(type.textValue());
    }
    type.forEach(one -> types.add(one.asText()));
    if (types.isEmpty()) {
      schema.path("enum").forEach(value -> types.add(typeOf(value)));
      if (schema.has("const")) {
        types.add(typeOf(schema.path("const")));
      }
    }
    if (types.isEmpty() && schema.path("properties").isObject()) {
      types.add("object");
    }
    return types;
  }

  private static String typeOf(JsonNode value) {
    return switch (value.getNodeType()) {
      case STRING -> "string";
      case BOOLEAN -> "boolean";
      case NUMBER -> value.isIntegralNumber() ? "integer" : "number";
      case NULL -> "null";
      case ARRAY -> "array";
      default -> "object";
    };
  }

  private void array(JsonNode schema, Shape to, String path) {
    JsonNode items = schema.path("items");
    if (!items.isObject() || schema.path("prefixItems").isArray()) {
      open(to, path, "is a list of what its schema does not say (items)");
    } else if (to.isTooDeep()) {
      open(to, path, "lies too deep");
    } else {
      read(items, to.toList(), path + "[]");
    }
  }

  private void object(JsonNode schema, Shape to, String path) {
    JsonNode properties = schema.path("properties");
    if (!properties.isObject() || properties.isEmpty()) {
      open(to, path, "is an object whose schema does not name its fields (properties)");
    } else if (to.isTooDeep()) {
      open(to, path, "lies too deep");
    } else {
      for (Map.Entry<String, JsonNode> field : properties.properties()) {
        String alike = to.alike(field.getKey());
        if (alike != null) {
          open(
              to,
              path + "." + field.getKey(),
              "differs from " + path + "." + alike + " in case alone");
          return;
        }
        read(field.getValue(), to.toObject(field.getKey()), path + "." + field.getKey());
      }
    }
  }
}
