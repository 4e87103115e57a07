package io.sluice.simulate.wire;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.internal.text.Text;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;

/** Makes up answers: the same for the same request, and of the shape that was asked for. */
public final class Answers {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int DIMENSIONS = 1536;

  private final List<String> labels;

  /**
   * @param labels answer with one of these; empty echoes the prompt
   */
  public Answers(List<String> labels) {
    this.labels = labels;
  }

  /**
   * @param schema what the answer must fit; missing for text
   */
  public String chat(String prompt, JsonNode schema) {
    if (schema.isObject()) {
      return value(schema, prompt.hashCode()).toString();
    }
    if (!labels.isEmpty()) {
      String lower = prompt.toLowerCase(Locale.ROOT);
      return labels.stream()
          .filter(label -> lower.contains(label.toLowerCase(Locale.ROOT)))
          .findFirst()
          .orElse(labels.get(Math.floorMod(prompt.hashCode(), labels.size())));
    }
    return "Echo: " + Text.cut(prompt, 200);
  }

  private JsonNode value(JsonNode schema, int seed) {
    JsonNodeFactory nodes = JsonNodeFactory.instance;
    if (schema.path("enum").isArray() && !schema.path("enum").isEmpty()) {
      return schema.path("enum").get(Math.floorMod(seed, schema.path("enum").size()));
    }
    JsonNode type = schema.path("type");
    String name = type.isArray() ? type.path(0).asText() : type.asText("object");
    return switch (name) {
      case "string" -> nodes.textNode("text " + Math.floorMod(seed, 1000));
      case "integer", "number" -> {
        int low = schema.path("minimum").asInt(1);
        int high = schema.path("maximum").asInt(low + 4);
        yield nodes.numberNode(low + Math.floorMod(seed, high - low + 1));
      }
      case "boolean" -> nodes.booleanNode((seed & 1) == 0);
      case "null" -> nodes.nullNode();
      case "array" -> {
        ArrayNode array = nodes.arrayNode();
        array.add(value(schema.path("items"), seed + 1));
        yield array;
      }
      default -> {
        ObjectNode object = nodes.objectNode();
        schema
            .path("properties")
            .fields()
            .forEachRemaining(
                field ->
                    object.set(
                        field.getKey(),
                        value(field.getValue(), 31 * seed + field.getKey().hashCode())));
        yield object;
      }
    };
  }

  /** The texts of a request for embeddings as OpenAI has it: one, or a list of them. */
  public static List<String> inputs(JsonNode request) {
    List<String> inputs = new ArrayList<>();
    JsonNode input = request.path("input");
    if (input.isArray()) {
      input.forEach(text -> inputs.add(text.asText()));
    } else if (input.isTextual()) {
      inputs.add(input.asText());
    }
    return inputs;
  }

  /** Unit vectors, one an input. */
  public ObjectNode embeddings(JsonNode request, List<String> inputs) {
    int dimensions = request.path("dimensions").asInt(DIMENSIONS);
    boolean base64 = request.path("encoding_format").asText().equals("base64");
    ObjectNode out = JSON.createObjectNode().put("object", "list");
    out.put("model", request.path("model").asText());
    ArrayNode data = out.putArray("data");
    for (int index = 0; index < inputs.size(); index++) {
      ObjectNode entry = data.addObject().put("object", "embedding").put("index", index);
      float[] vector = vector(inputs.get(index), dimensions);
      if (base64) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * dimensions).order(ByteOrder.LITTLE_ENDIAN);
        for (float x : vector) {
          bytes.putFloat(x);
        }
        entry.put("embedding", Base64.getEncoder().encodeToString(bytes.array()));
      } else {
        ArrayNode array = entry.putArray("embedding");
        for (float x : vector) {
          array.add(x);
        }
      }
    }
    return out;
  }

  private static float[] vector(String text, int dimensions) {
    float[] vector = new float[dimensions];
    double square = 0;
    for (int i = 0; i < dimensions; i++) {
      double x = FaultRates.uniform(31L * text.hashCode() + i) - 0.5;
      vector[i] = (float) x;
      square += x * x;
    }
    float length = (float) Math.sqrt(square);
    for (int i = 0; i < dimensions; i++) {
      vector[i] /= length;
    }
    return vector;
  }
}
