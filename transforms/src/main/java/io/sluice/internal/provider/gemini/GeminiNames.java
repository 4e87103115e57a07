package io.sluice.internal.provider.gemini;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.internal.prepare.CanonicalJson;
import java.util.Map;
import java.util.Set;

/**
 * The two spellings of a field: {@code maxOutputTokens} in JSON, {@code max_output_tokens} in the
 * protocol buffers. Google's servers read both in requests; the lines of a batch's file must have
 * the second.
 */
final class GeminiNames {
  /** What is below these is the user's own: names in a schema, of a function, of a label. */
  private static final Set<String> OWN_BELOW =
      Set.of(
          "response_schema",
          "response_json_schema",
          "parameters",
          "parameters_json_schema",
          "response",
          "args",
          "labels");

  private GeminiNames() {}

  /** {@code max_output_tokens} of {@code maxOutputTokens}; what is spelled so stays. */
  static String proto(String name) {
    StringBuilder out = new StringBuilder(name.length() + 4);
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (c >= 'A' && c <= 'Z') {
        out.append('_').append((char) (c - 'A' + 'a'));
      } else {
        out.append(c);
      }
    }
    return out.toString();
  }

  /** The same with its names as the protocol buffers have them, at every depth. */
  static ObjectNode proto(ObjectNode object) {
    ObjectNode out = CanonicalJson.newObject();
    for (Map.Entry<String, JsonNode> field : object.properties()) {
      String name = proto(field.getKey());
      out.set(name, OWN_BELOW.contains(name) ? field.getValue() : value(field.getValue()));
    }
    return out;
  }

  private static JsonNode value(JsonNode value) {
    if (value instanceof ObjectNode object) {
      return proto(object);
    }
    if (value instanceof ArrayNode array) {
      ArrayNode out = CanonicalJson.newObject().putArray("x");
      array.forEach(element -> out.add(value(element)));
      return out;
    }
    return value;
  }

  /**
   * A field in either spelling.
   *
   * @param name as in JSON
   * @return missing where there is none
   */
  static JsonNode field(JsonNode object, String name) {
    JsonNode camel = object.path(name);
    return camel.isMissingNode() ? object.path(proto(name)) : camel;
  }
}
