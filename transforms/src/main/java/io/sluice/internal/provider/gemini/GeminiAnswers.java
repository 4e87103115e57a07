package io.sluice.internal.provider.gemini;

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
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Reads the body of a 200 (API reference, GenerateContentResponse): the text is that of all parts
 * which are no thoughts; a prompt that was blocked has no candidates. Names come in either
 * spelling.
 */
final class GeminiAnswers {
  private static final ObjectMapper JSON = new ObjectMapper();

  private GeminiAnswers() {}

  static Reply read(String body, Operation operation, RateHeaders rates, String what) {
    JsonNode root;
    try {
      root = JSON.readTree(body);
    } catch (JsonProcessingException e) {
      return NoAnswer.unreadable(
          what + " was answered 200 with a body that is not JSON", null, rates);
    }
    return operation == Operation.EMBED
        ? GeminiEmbeddings.readOne(root, rates, what)
        : read(root, rates, what);
  }

  static Reply read(JsonNode root, RateHeaders rates, String what) {
    Usage usage = usage(GeminiNames.field(root, "usageMetadata"));
    if (root.hasNonNull("error")) {
      String message = root.path("error").path("message").asText(root.path("error").asText());
      return NoAnswer.unreadable(
          what + " was answered 200 with an error: " + ErrorVerdict.cut(message), usage, rates);
    }
    JsonNode candidate = root.path("candidates").path(0);
    if (!candidate.isObject()) {
      JsonNode feedback = GeminiNames.field(root, "promptFeedback");
      String blocked = GeminiNames.field(feedback, "blockReason").asText("");
      return blocked.isEmpty()
          ? NoAnswer.unreadable(what + " was answered 200 without candidates", usage, rates)
          : NoAnswer.unusable(
              ErrorKind.CONTENT_FILTER,
              "The provider blocked the prompt: " + ErrorVerdict.cut(blocked),
              usage,
              feedback.toString(),
              rates);
    }
    return ended(candidate, GeminiNames.field(root, "modelVersion").asText(""), usage, rates, what);
  }

  private static Reply ended(
      JsonNode candidate, String model, @Nullable Usage usage, RateHeaders rates, String what) {
    String reason =
        GeminiNames.field(candidate, "finishReason").asText("STOP").toUpperCase(Locale.ROOT);
    String text = text(candidate);
    return switch (reason.replaceFirst("^FINISH_REASON_", "")) {
      case "STOP" -> {
        if (!text.isEmpty()) {
          yield new Reply.Answered(text, model, reason, usage, rates);
        }
        yield candidate.toString().contains("unctionCall")
                || candidate.toString().contains("function_call")
            ? tool(candidate, usage, rates)
            : NoAnswer.empty(usage, rates);
      }
      case "MAX_TOKENS" ->
          NoAnswer.unusable(
              ErrorKind.TRUNCATED,
              "The answer was cut at the output limit, in which thoughts count; raise"
                  + " maxOutputTokens",
              usage,
              text,
              rates);
      case "SAFETY",
          "RECITATION",
          "LANGUAGE",
          "BLOCKLIST",
          "PROHIBITED_CONTENT",
          "SPII",
          "IMAGE_SAFETY",
          "IMAGE_PROHIBITED_CONTENT",
          "IMAGE_RECITATION",
          "MODEL_ARMOR" ->
          NoAnswer.unusable(
              ErrorKind.CONTENT_FILTER,
              "The provider's filter stopped the answer: " + reason,
              usage,
              text,
              rates);
      case "MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS" ->
          tool(candidate, usage, rates);
      default ->
          NoAnswer.unreadable(
              what + " ended with finishReason " + ErrorVerdict.cut(reason), usage, rates);
    };
  }

  private static Reply tool(JsonNode candidate, @Nullable Usage usage, RateHeaders rates) {
    return NoAnswer.unusable(
        ErrorKind.INVALID_OUTPUT,
        "The model called a tool where an answer was expected; remove tools from parameters",
        usage,
        candidate.toString(),
        rates);
  }

  private static String text(JsonNode candidate) {
    StringBuilder text = new StringBuilder();
    for (JsonNode part : candidate.path("content").path("parts")) {
      if (!part.path("thought").asBoolean(false)) {
        text.append(part.path("text").asText(""));
      }
    }
    return text.toString();
  }

  /**
   * Prompt tokens include cached ones; thoughts are beside the candidates' tokens and billed as
   * output (API reference, UsageMetadata). Where the total says more, it counts.
   */
  static @Nullable Usage usage(JsonNode usage) {
    if (!usage.isObject()) {
      return null;
    }
    long input = count(usage, "promptTokenCount") + count(usage, "toolUsePromptTokenCount");
    long output = count(usage, "candidatesTokenCount") + count(usage, "thoughtsTokenCount");
    long rest = count(usage, "totalTokenCount") - input;
    return new Usage(input, count(usage, "cachedContentTokenCount"), Math.max(output, rest));
  }

  private static long count(JsonNode usage, String name) {
    return Math.max(0, Math.min(GeminiNames.field(usage, name).asLong(0), 1_000_000_000_000L));
  }
}
