package io.sluice.internal.provider.anthropic;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.api.client.http.HttpHeaders;
import io.sluice.ErrorKind;
import io.sluice.Usage;
import io.sluice.internal.http.ErrorVerdict;
import io.sluice.internal.http.RetryHints;
import io.sluice.spi.Reply;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Tells Anthropic's errors apart, by status and body: what failed, what else the failure concerns,
 * and whether asking again can help. Sources: Anthropic's guides to errors and rate limits. Unknown
 * fields, types and bodies that are not JSON are classified by status.
 */
final class AnthropicErrors {
  private static final ObjectMapper JSON = new ObjectMapper();

  private AnthropicErrors() {}

  /** The fields of an error envelope; empty strings where absent. */
  private record Envelope(String type, String message, String detail, @Nullable Usage usage) {
    boolean isOfApi() {
      return !type.isEmpty();
    }
  }

  static Reply.Failed classify(int status, HttpHeaders headers, String body, String what) {
    Envelope error = envelope(body);
    Duration hint = RetryHints.of(headers, error.message);
    return verdict(status, error, hint)
        .toReply(
            status,
            headers,
            what,
            error.message.isEmpty() ? ErrorVerdict.strip(body) : error.message,
            error.detail.isEmpty() ? error.type : error.detail,
            error.isOfApi(),
            error.usage,
            hint,
            AnthropicRates.of(headers));
  }

  private static ErrorVerdict verdict(int status, Envelope error, @Nullable Duration hint) {
    if (isSpent(error)) {
      return ErrorVerdict.account(ErrorVerdict.NO_CREDIT);
    }
    if (error.type.equals("overloaded_error")) {
      return ErrorVerdict.overloaded();
    }
    return switch (status) {
      case 404 -> ErrorVerdict.notFound(error.isOfApi());
      case 429 -> ErrorVerdict.rateLimited(hint);
      case 400, 422 ->
          error.message.toLowerCase(Locale.ROOT).contains("prompt is too long")
              ? ErrorVerdict.row(ErrorKind.TOO_LARGE, "; shorten the document")
              : ErrorVerdict.badRequest();
      default -> ErrorVerdict.ofStatus(status);
    };
  }

  /**
   * A spending limit comes as a 429 like any rate limit, or as a 400; no credit as a 402 or 400.
   */
  private static boolean isSpent(Envelope error) {
    String lower = error.message.toLowerCase(Locale.ROOT);
    return error.type.equals("billing_error")
        || error.detail.equals("enforced_spend_limit_reached")
        || lower.contains("api usage limits")
        || lower.contains("credit balance is too low");
  }

  private static Envelope envelope(String body) {
    try {
      JsonNode root = JSON.readTree(body);
      JsonNode error = root.path("error");
      return new Envelope(
          error.path("type").asText(""),
          error.path("message").asText(""),
          error.path("details").path("error_code").asText(""),
          AnthropicAnswers.usage(root.path("usage")));
    } catch (JsonProcessingException e) {
      return new Envelope("", "", "", null);
    }
  }
}
