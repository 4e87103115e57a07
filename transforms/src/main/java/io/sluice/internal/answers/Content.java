package io.sluice.internal.answers;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.internal.text.Text;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The text of an answer, however it is wrapped: one string; a list of parts, of which those that
 * are text are joined (OpenAI, Mistral, Anthropic's blocks); an object of parts (Gemini). What the
 * model thought, and calls of tools, are no part of it, but are named: an answer that has nothing
 * else is told by them.
 *
 * @param text empty where there is none
 * @param refusal why the model declined; null where it did not
 * @param beside what came beside the text, for messages: "reasoning_content (312 characters)"
 * @param hasTools whether a tool was called
 * @param whole all of it
 */
public record Content(
    String text, @Nullable String refusal, List<String> beside, boolean hasTools, JsonNode whole) {
  /** What is kept of what is no answer. */
  static final int MOST_RAW = 100_000;

  private static final int MOST_DEPTH = 8;
  private static final int MOST_NAMED = 5;
  private static final Set<String> TOOLS = Set.of("tool_calls", "function_call", "tool_use");

  /** Fields beside the content that are told; tools, too. */
  private static final Set<String> NAMED =
      Set.of(
          "reasoning_content",
          "reasoning",
          "reasoning_details",
          "thinking",
          "thoughts",
          "audio",
          "images",
          "tool_calls",
          "function_call",
          "tool_use");

  public Content {
    beside = List.copyOf(beside);
  }

  /**
   * Reads a message.
   *
   * @param message with its {@code content}, and whatever is beside that
   */
  public static Content of(JsonNode message) {
    Reader reader = new Reader();
    JsonNode content = message.isObject() ? message.path("content") : message;
    reader.read(content, 0);
    if (reader.text.isEmpty() && message.path("parts").isArray()) {
      reader.read(message.path("parts"), 0);
    }
    if (message.isObject()) {
      reader.beside(message);
    }
    return new Content(
        Text.whole(reader.text.toString()),
        Text.wholeOrNull(reader.refusal),
        reader.beside,
        reader.hasTools,
        message);
  }

  /** All of it, as JSON, cut: written for what is no answer alone. */
  String raw() {
    return Text.cut(whole.toString(), MOST_RAW);
  }

  /** Whether no word was said. */
  public boolean isEmpty() {
    return text.isBlank();
  }

  /** What came beside the text, in words; empty for nothing. */
  String besides() {
    int more = beside.size() - MOST_NAMED;
    return String.join(", ", beside.subList(0, Math.min(MOST_NAMED, beside.size())))
        + (more > 0 ? " and " + more + " more" : "");
  }

  /** Goes through a message once. */
  private static final class Reader {
    final StringBuilder text = new StringBuilder();
    final List<String> beside = new ArrayList<>();
    @Nullable String refusal;
    boolean hasTools;

    void read(JsonNode content, int depth) {
      if (depth > MOST_DEPTH) {
        beside.add("parts within parts");
      } else if (content.isArray()) {
        content.forEach(part -> read(part, depth + 1));
      } else if (content.isObject()) {
        part(content, depth);
      } else if (!content.isNull() && !content.isMissingNode()) {
        text.append(content.asText());
      }
    }

    private void part(JsonNode part, int depth) {
      String type = part.path("type").asText("");
      JsonNode said = part.path("text");
      if (type.equals("refusal")) {
        refuse(part.path("refusal"));
      } else if (isText(type) || (type.isEmpty() && !part.path("thought").asBoolean(false))) {
        if (said.isMissingNode() && (part.has("parts") || part.has("content"))) {
          read(part.has("parts") ? part.path("parts") : part.path("content"), depth + 1);
        } else if (said.isObject()) {
          text.append(said.path("value").asText(""));
        } else if (!said.isMissingNode() && !said.isNull()) {
          text.append(said.asText());
        } else if (type.isEmpty()) {
          boolean calls = part.has("functionCall") || part.has("function_call");
          hasTools |= calls;
          beside.add(calls ? "a call of a function" : "a part without text");
        }
      } else {
        hasTools |= type.contains("tool") || type.contains("function");
        beside.add(named(type.isEmpty() ? "thought" : type, part));
      }
    }

    private static boolean isText(String type) {
      String plain = type.toLowerCase(Locale.ROOT);
      return plain.equals("text") || plain.equals("output_text") || plain.equals("message");
    }

    void beside(JsonNode message) {
      for (Map.Entry<String, JsonNode> field : message.properties()) {
        JsonNode value = field.getValue();
        String name = field.getKey();
        boolean isThere =
            value.isContainerNode()
                ? !value.isEmpty()
                : value.isTextual() && !value.asText().isEmpty();
        if (name.equals("refusal")) {
          refuse(value);
        } else if (isThere && NAMED.contains(name)) {
          hasTools |= TOOLS.contains(name);
          beside.add(named(name, value));
        }
      }
    }

    private void refuse(JsonNode why) {
      if (why.isTextual() && !why.textValue().isBlank()) {
        refusal = why.textValue();
      }
    }

    private static String named(String name, JsonNode value) {
      String text = value.isTextual() ? value.textValue() : value.toString();
      return Text.cut(name, 60) + " (" + text.length() + " characters)";
    }
  }
}
