package io.sluice.internal.provider.anthropic;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.ErrorKind;
import io.sluice.Usage;
import io.sluice.internal.http.ErrorVerdict;
import io.sluice.internal.http.NoAnswer;
import io.sluice.spi.RateHeaders;
import io.sluice.spi.Reply;
import org.jspecify.annotations.Nullable;

/**
 * Reads the body of a 200 from Anthropic's Messages: an answer, or one of the ways in which a 200
 * is none. Unknown blocks, stop reasons and fields are expected, as is missing usage.
 */
final class AnthropicAnswers {
  private static final ObjectMapper JSON = new ObjectMapper();

  private AnthropicAnswers() {}

  static Reply read(String body, RateHeaders rates, String what) {
    JsonNode root;
    try {
      root = JSON.readTree(body);
    } catch (JsonProcessingException e) {
      return NoAnswer.unreadable(
          what + " was answered 200 with a body that is not JSON", null, rates);
    }
    return read(root, rates, what);
  }

  static Reply read(JsonNode root, RateHeaders rates, String what) {
    Usage usage = usage(root.path("usage"));
    if (root.hasNonNull("error")) {
      String message = root.path("error").path("message").asText(root.path("error").asText());
      return NoAnswer.unreadable(
          what + " was answered 200 with an error: " + ErrorVerdict.cut(message), usage, rates);
    }
    if (!root.path("content").isArray()) {
      return NoAnswer.unreadable(what + " was answered 200 without content", usage, rates);
    }
    String text = text(root.path("content"));
    String stop = root.path("stop_reason").asText("end_turn");
    return switch (stop) {
      case "max_tokens" ->
          NoAnswer.unusable(
              ErrorKind.TRUNCATED,
              "The answer was cut at the output limit; raise max_tokens",
              usage,
              text,
              rates);
      case "model_context_window_exceeded" ->
          NoAnswer.unusable(
              ErrorKind.TRUNCATED,
              "The answer was cut where the model's context ends; shorten the document",
              usage,
              text,
              rates);
      case "refusal" -> NoAnswer.unusable(ErrorKind.REFUSAL, refusal(root), usage, text, rates);
      case "tool_use", "pause_turn" ->
          NoAnswer.unusable(
              ErrorKind.INVALID_OUTPUT,
              "The model stopped for a tool where an answer was expected; remove tools from"
                  + " parameters",
              usage,
              root.path("content").toString(),
              rates);
      default ->
          text.isEmpty()
              ? NoAnswer.empty(usage, rates)
              : new Reply.Answered(text, root.path("model").asText(""), stop, usage, rates);
    };
  }

  /** Models that think put blocks of other types before the answer. */
  private static String text(JsonNode content) {
    StringBuilder text = new StringBuilder();
    for (JsonNode block : content) {
      if (block.path("type").asText().equals("text")) {
        text.append(block.path("text").asText(""));
      }
    }
    return text.toString();
  }

  private static String refusal(JsonNode root) {
    String why = root.path("stop_details").path("explanation").asText("");
    return "The model refused" + (why.isEmpty() ? "" : ": " + ErrorVerdict.cut(why));
  }

  /** The provider counts as input only what the cache had no part in. */
  static @Nullable Usage usage(JsonNode usage) {
    if (!usage.isObject()) {
      return null;
    }
    long read = usage.path("cache_read_input_tokens").asLong();
    long written = usage.path("cache_creation_input_tokens").asLong();
    return new Usage(
        usage.path("input_tokens").asLong() + written + read,
        read,
        usage.path("output_tokens").asLong(),
        written);
  }
}
