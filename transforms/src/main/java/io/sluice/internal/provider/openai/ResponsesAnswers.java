package io.sluice.internal.provider.openai;

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
import java.util.Set;

/**
 * Where an answer of the Responses API stands (OpenAI's API reference, the response object): in the
 * messages among its output, whichever items there are beside them; where messages have phases, in
 * those of the final answer alone. A response can be {@code failed} or {@code incomplete} inside a
 * 200, also in a batch.
 */
final class ResponsesAnswers {
  private static final String FINAL = "final_answer";

  /** Calls that wait for what the caller is to do; those of hosted tools are over. */
  private static final Set<String> CALLS = Set.of("function_call", "custom_tool_call");

  private static final ObjectMapper JSON = new ObjectMapper();

  private ResponsesAnswers() {}

  static Reply read(JsonNode root, Place place) {
    Usage usage = Usages.in(root);
    JsonNode output = root.path("output");
    if (!output.isArray()) {
      return Answers.without("output", root, usage, place);
    }
    boolean phased = false;
    boolean calls = false;
    for (JsonNode item : output) {
      phased |= isMessage(item) && item.path("phase").isTextual();
      calls |= CALLS.contains(item.path("type").asText(""));
    }
    ArrayNode said = JSON.createArrayNode();
    for (JsonNode item : output) {
      boolean comments = phased && isMessage(item) && !item.path("phase").asText("").equals(FINAL);
      // Named beside an answer, and no part of it.
      said.add(comments ? JSON.createObjectNode().put("type", "commentary") : item);
    }
    Content content = Content.of(said);
    return Answers.chat(
        new Said(
            new Content(
                content.text(), content.refusal(), content.beside(), content.hasTools(), output),
            calls ? "tool_calls" : finish(root),
            "completed",
            root.path("model").asText(""),
            usage,
            ""),
        place);
  }

  private static boolean isMessage(JsonNode item) {
    return item.path("type").asText("message").equals("message");
  }

  private static String finish(JsonNode root) {
    String status = root.path("status").asText("");
    String reason = root.path("incomplete_details").path("reason").asText("");
    return status.equals("incomplete") && !reason.isEmpty() ? reason : status;
  }
}
