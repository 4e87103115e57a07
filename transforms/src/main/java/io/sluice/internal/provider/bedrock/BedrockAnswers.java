package io.sluice.internal.provider.bedrock;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import io.sluice.Usage;
import io.sluice.internal.answers.Answers;
import io.sluice.internal.answers.Answers.Place;
import io.sluice.internal.answers.Answers.Said;
import io.sluice.internal.answers.Content;
import io.sluice.internal.answers.Usages;
import io.sluice.spi.Reply;
import java.util.Map;

/**
 * Where an answer of Converse stands (API reference, Converse): a list of blocks, each a union of
 * one field. Text is joined, thoughts are not; the input of the tool that stands for the answer's
 * schema is the answer.
 */
final class BedrockAnswers {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String WHOLE = "end_turn";

  private BedrockAnswers() {}

  static Reply read(String body, String model, Place place) {
    return Answers.read(body, place, (root, at) -> converse(root, model, at));
  }

  static Reply read(JsonNode root, String model, Place place) {
    return Answers.read(root, place, (node, at) -> converse(node, model, at));
  }

  private static Reply converse(JsonNode root, String model, Place place) {
    Usage usage = Usages.in(root);
    JsonNode message = root.path("output").path("message");
    if (!message.isObject()) {
      return Answers.without("output.message", root, usage, place);
    }
    ArrayNode blocks = JSON.createArrayNode();
    boolean answeredByTool = false;
    for (JsonNode block : message.path("content")) {
      JsonNode tool = block.path("toolUse");
      if (tool.path("name").asText("").equals(BedrockRequests.TOOL)) {
        answeredByTool = true;
        blocks.addObject().put("type", "text").put("text", tool.path("input").toString());
      } else {
        blocks.add(typed(block));
      }
    }
    if (answeredByTool) {
      // What was said on the way to the answer is none of it.
      blocks = only(blocks, message);
    }
    String stop = root.path("stopReason").asText("");
    return Answers.chat(
        new Said(
            Content.of(JSON.createObjectNode().set("content", blocks)),
            answeredByTool && stop.equals("tool_use") ? WHOLE : stop,
            WHOLE,
            root.path("trace").path("promptRouter").path("invokedModelId").asText(model),
            usage,
            ""),
        place);
  }

  private static ArrayNode only(ArrayNode blocks, JsonNode message) {
    ArrayNode out = JSON.createArrayNode();
    int at = 0;
    for (JsonNode block : message.path("content")) {
      JsonNode read = blocks.get(at++);
      if (!block.has("text")) {
        out.add(read);
      }
    }
    return out;
  }

  /** A block as one with a type: that is its field's name. */
  private static JsonNode typed(JsonNode block) {
    if (block.path("text").isTextual()) {
      return JSON.createObjectNode().put("type", "text").set("text", block.path("text"));
    }
    JsonNode cited = block.path("citationsContent").path("content");
    if (cited.isArray()) {
      return JSON.createObjectNode().put("type", "message").set("content", cited);
    }
    for (Map.Entry<String, JsonNode> field : block.properties()) {
      return JSON.createObjectNode()
          .put("type", field.getKey())
          .set(field.getKey(), field.getValue());
    }
    return block;
  }
}
