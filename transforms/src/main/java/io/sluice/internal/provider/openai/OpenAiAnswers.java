package io.sluice.internal.provider.openai;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.ErrorKind;
import io.sluice.ModelTask.Operation;
import io.sluice.Usage;
import io.sluice.internal.http.ErrorVerdict;
import io.sluice.internal.http.NoAnswer;
import io.sluice.spi.RateHeaders;
import io.sluice.spi.Reply;
import org.jspecify.annotations.Nullable;

/**
 * Reads the body of a 200: an answer, or one of the many ways in which a 200 is none (OpenAI's API
 * reference; vLLM's finish reasons). Null content, missing usage and unknown fields are expected.
 */
final class OpenAiAnswers {
  private static final ObjectMapper JSON = new ObjectMapper();

  private OpenAiAnswers() {}

  static Reply read(String body, Operation operation, RateHeaders rates, String what) {
    JsonNode root;
    try {
      root = JSON.readTree(body);
    } catch (JsonProcessingException e) {
      return NoAnswer.unreadable(
          what + " was answered 200 with a body that is not JSON", null, rates);
    }
    return read(root, operation, rates, what);
  }

  static Reply read(JsonNode root, Operation operation, RateHeaders rates, String what) {
    Usage usage = usage(root.path("usage"));
    if (root.hasNonNull("error")) {
      String message = root.path("error").path("message").asText(root.path("error").asText());
      return NoAnswer.unreadable(
          what + " was answered 200 with an error: " + ErrorVerdict.cut(message), usage, rates);
    }
    String model = root.path("model").asText("");
    return operation == Operation.EMBED
        ? embedding(root, model, usage, rates, what)
        : chat(root, model, usage, rates, what);
  }

  private static Reply chat(
      JsonNode root, String model, @Nullable Usage usage, RateHeaders rates, String what) {
    JsonNode choice = root.path("choices").path(0);
    if (!choice.isObject()) {
      return NoAnswer.unreadable(what + " was answered 200 without choices", usage, rates);
    }
    JsonNode message = choice.path("message");
    String content = message.path("content").asText("");
    String finish = choice.path("finish_reason").asText("stop");
    if (message.hasNonNull("refusal") && !message.path("refusal").asText().isEmpty()) {
      String refusal = message.path("refusal").asText();
      return NoAnswer.unusable(
          ErrorKind.REFUSAL,
          "The model refused: " + ErrorVerdict.cut(refusal),
          usage,
          refusal,
          rates);
    }
    return switch (finish) {
      case "length" ->
          NoAnswer.unusable(
              ErrorKind.TRUNCATED,
              "The answer was cut at the output limit; raise max_tokens",
              usage,
              content,
              rates);
      case "content_filter" ->
          NoAnswer.unusable(
              ErrorKind.CONTENT_FILTER,
              "The provider's filter stopped the answer",
              usage,
              content,
              rates);
      case "tool_calls", "function_call" ->
          NoAnswer.unusable(
              ErrorKind.INVALID_OUTPUT,
              "The model called a tool where an answer was expected; remove tools from parameters",
              usage,
              message.toString(),
              rates);
      case "abort", "error" ->
          NoAnswer.unreadable(what + " ended with finish_reason " + finish, usage, rates);
      default ->
          content.isEmpty()
              ? NoAnswer.empty(usage, rates)
              : new Reply.Answered(content, model, finish, usage, rates);
    };
  }

  private static Reply embedding(
      JsonNode root, String model, @Nullable Usage usage, RateHeaders rates, String what) {
    for (JsonNode entry : root.path("data")) {
      String vector = entry.path("index").asInt(0) == 0 ? OpenAiEmbeddings.vector(entry) : null;
      if (vector != null) {
        return new Reply.Answered(vector, model, "stop", usage, rates);
      }
    }
    return NoAnswer.unreadable(what + " was answered 200 without an embedding", usage, rates);
  }

  static @Nullable Usage usage(JsonNode usage) {
    if (!usage.isObject()) {
      return null;
    }
    JsonNode details = usage.path("prompt_tokens_details");
    return new Usage(
        usage.path("prompt_tokens").asLong(),
        details.path("cached_tokens").asLong(),
        usage.path("completion_tokens").asLong(),
        details.path("cache_write_tokens").asLong());
  }
}
