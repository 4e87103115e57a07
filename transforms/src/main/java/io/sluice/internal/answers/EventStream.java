package io.sluice.internal.answers;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.internal.text.ForeignJson;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A body that came as server-sent events though nobody asked for them (some proxies stream always):
 * folded into the answer that it would have been, of the format that its events have, OpenAI's
 * chunks or Anthropic's events. A stream that ends before it says why is an answer whose finish
 * reason is {@value #BROKEN_OFF}.
 */
final class EventStream {
  /** A finish reason that no provider has. */
  static final String BROKEN_OFF = "stream_broken_off";

  private static final ObjectMapper JSON = ForeignJson.MAPPER;

  private final StringBuilder text = new StringBuilder();
  private final StringBuilder thoughts = new StringBuilder();
  private final StringBuilder refusal = new StringBuilder();
  private final ArrayNode others = JSON.createArrayNode();
  private final ObjectNode usage = JSON.createObjectNode();
  private @Nullable JsonNode error;
  private @Nullable String model;
  private @Nullable String finish;
  private boolean isDone;
  private boolean isOfBlocks;
  private int events;

  private EventStream() {}

  /** Whether a body looks like one. */
  static boolean isOne(String body, String contentType) {
    if (contentType.contains("text/event-stream")) {
      return true;
    }
    int from = 0;
    while (from < body.length()
        && (Character.isWhitespace(body.charAt(from)) || body.charAt(from) == '\uFEFF')) {
      from++;
    }
    return body.startsWith("data:", from)
        || body.startsWith("event:", from)
        || body.startsWith(": ", from)
        || body.startsWith("id:", from)
        || body.startsWith("retry:", from);
  }

  /** The answer that a stream is; null where no event of it can be read. */
  static @Nullable JsonNode fold(String body) {
    EventStream stream = new EventStream();
    for (String data : events(body)) {
      if (data.equals("[DONE]")) {
        stream.isDone = true;
        break;
      }
      try {
        JsonNode event = JSON.readTree(data);
        if (event != null && event.isObject()) {
          stream.events++;
          stream.add(event);
        }
      } catch (JsonProcessingException e) {
        // As a rule the last, cut: the answer has no finish reason then.
      }
    }
    return stream.events == 0 ? null : stream.isOfBlocks ? stream.message() : stream.completion();
  }

  /** The data of each event: lines of one event are joined (the HTML standard). */
  private static List<String> events(String body) {
    List<String> events = new ArrayList<>();
    StringBuilder data = new StringBuilder();
    for (String line : body.split("\r\n|\r|\n", -1)) {
      if (line.isEmpty()) {
        if (data.length() > 0) {
          events.add(data.toString().strip());
          data.setLength(0);
        }
      } else if (line.startsWith("data:")) {
        String value = line.substring("data:".length()).strip();
        // Some servers leave out the empty lines between events.
        if (data.length() > 0 && (value.startsWith("{") || value.equals("[DONE]"))) {
          events.add(data.toString().strip());
          data.setLength(0);
        }
        data.append(value).append('\n');
      }
    }
    if (data.length() > 0) {
      events.add(data.toString().strip());
    }
    return events;
  }

  private void add(JsonNode event) {
    if (event.hasNonNull("error") && error == null) {
      error = event;
    }
    addUsage(event.path("usage"));
    addUsage(event.path("x_groq").path("usage"));
    model = model == null && event.path("model").isTextual() ? event.path("model").asText() : model;
    switch (event.path("type").asText("")) {
      case "message_start" -> {
        isOfBlocks = true;
        JsonNode message = event.path("message");
        model = message.path("model").isTextual() ? message.path("model").asText() : model;
        addUsage(message.path("usage"));
      }
      case "content_block_start" -> block(event.path("content_block"));
      case "content_block_delta" -> block(event.path("delta"));
      case "message_delta" -> finish = textOr(event.path("delta").path("stop_reason"), finish);
      case "message_stop" -> isDone = true;
      default -> choice(event.path("choices").path(0));
    }
  }

  /** Later events count over: each says what there was until then. */
  private void addUsage(JsonNode more) {
    for (Map.Entry<String, JsonNode> field : more.properties()) {
      if (!field.getValue().isNull()) {
        usage.set(field.getKey(), field.getValue());
      }
    }
  }

  private void block(JsonNode block) {
    isOfBlocks = true;
    String type = block.path("type").asText("");
    switch (type) {
      case "text", "text_delta" -> text.append(block.path("text").asText(""));
      case "thinking", "thinking_delta" -> thoughts.append(block.path("thinking").asText(""));
      case "input_json_delta", "signature_delta" -> {}
      default -> others.add(block);
    }
  }

  private void choice(JsonNode choice) {
    if (!choice.isObject() || choice.path("index").asInt(0) != 0) {
      return;
    }
    JsonNode delta = choice.has("delta") ? choice.path("delta") : choice.path("message");
    Content content = Content.of(delta);
    text.append(content.text());
    if (content.refusal() != null) {
      refusal.append(content.refusal());
    }
    for (String name : new String[] {"reasoning_content", "reasoning"}) {
      thoughts.append(delta.path(name).asText(""));
    }
    if (content.hasTools()) {
      others.add(delta);
    }
    addUsage(choice.path("usage"));
    finish = textOr(choice.path("finish_reason"), finish);
  }

  private static @Nullable String textOr(JsonNode node, @Nullable String or) {
    return node.isTextual() && !node.asText().isEmpty() ? node.asText() : or;
  }

  private ObjectNode root() {
    ObjectNode root = JSON.createObjectNode();
    if (error != null) {
      root.set("error", error.get("error"));
    }
    if (model != null) {
      root.put("model", model);
    }
    if (!usage.isEmpty()) {
      root.set("usage", usage);
    }
    return root;
  }

  private String finish() {
    return finish != null ? finish : isDone ? "stop" : BROKEN_OFF;
  }

  private JsonNode completion() {
    ObjectNode root = root();
    ObjectNode choice = root.putArray("choices").addObject();
    choice.put("finish_reason", finish());
    ObjectNode message = choice.putObject("message").put("content", text.toString());
    if (thoughts.length() > 0) {
      message.put("reasoning_content", thoughts.toString());
    }
    if (refusal.length() > 0) {
      message.put("refusal", refusal.toString());
    }
    if (!others.isEmpty()) {
      message.set("tool_calls", others);
    }
    return root;
  }

  private JsonNode message() {
    ObjectNode root = root();
    root.put("type", "message").put("stop_reason", finish == null ? BROKEN_OFF : finish);
    ArrayNode content = root.putArray("content");
    if (thoughts.length() > 0) {
      content.addObject().put("type", "thinking").put("thinking", thoughts.toString());
    }
    content.addObject().put("type", "text").put("text", text.toString());
    content.addAll(others);
    return root;
  }
}
