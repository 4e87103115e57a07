package io.sluice.internal.prepare;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Set;
import java.util.TreeSet;

/** JSON whose equal contents are equal text: sorted keys, numbers digit by digit as written. */
public final class CanonicalJson {
  /** Settings whose order means something: a model writes an object's fields in schema order. */
  private static final Set<String> KEPT_AS_WRITTEN =
      Set.of("response_format", "output_config", "tools", "functions");

  private static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
          .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
          .build();

  private CanonicalJson() {}

  public static ObjectNode newObject() {
    return MAPPER.createObjectNode();
  }

  /**
   * Parses an object.
   *
   * @throws IllegalArgumentException where the text is not one JSON object; the message says why
   */
  public static ObjectNode parseObject(String what, String json) {
    JsonNode node;
    try {
      node = MAPPER.readTree(json);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          what + " must be a JSON object, but is not JSON: " + e.getOriginalMessage(), e);
    }
    if (node instanceof ObjectNode object) {
      return object;
    }
    throw new IllegalArgumentException(
        what + " must be a JSON object, but is " + node.getNodeType());
  }

  public static String write(JsonNode node) {
    try {
      return MAPPER.writeValueAsString(node);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("A JSON tree could not be written", e);
    }
  }

  /** The same object with its keys in order at every depth. */
  public static ObjectNode sorted(ObjectNode object) {
    ObjectNode result = newObject();
    for (String key : sortedKeys(object)) {
      JsonNode value = object.path(key);
      result.set(key, KEPT_AS_WRITTEN.contains(key) ? value : sortedValue(value));
    }
    return result;
  }

  private static JsonNode sortedValue(JsonNode value) {
    if (value instanceof ObjectNode object) {
      ObjectNode result = newObject();
      for (String key : sortedKeys(object)) {
        result.set(key, sortedValue(object.path(key)));
      }
      return result;
    }
    if (value instanceof ArrayNode array) {
      ArrayNode result = MAPPER.createArrayNode();
      array.forEach(element -> result.add(sortedValue(element)));
      return result;
    }
    return value;
  }

  private static Set<String> sortedKeys(ObjectNode object) {
    Set<String> keys = new TreeSet<>();
    object.fieldNames().forEachRemaining(keys::add);
    return keys;
  }
}
