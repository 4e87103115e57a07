package io.sluice.internal.provider.openai;

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
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Tells errors of OpenAI, Azure OpenAI and compatible servers apart, by status and body: what
 * failed, what else the failure concerns, and whether asking again can help. Sources: OpenAI's and
 * Azure's error guides, OpenRouter's and LiteLLM's, vLLM's error envelope, and message texts as
 * servers send them. Unknown fields, types and bodies that are not JSON are classified by status.
 */
final class OpenAiErrors {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final List<String> EXHAUSTED =
      List.of(
          "insufficient_quota",
          "credit_balance_exhausted",
          "organization_spend_limit_exceeded",
          "project_spend_limit_exceeded",
          "organization_usage_limit_exceeded",
          "billing_hard_limit_reached",
          // LiteLLM: the key's budget at the proxy.
          "budget_exceeded");

  private OpenAiErrors() {}

  /** The fields of an error envelope; empty strings where absent. */
  private record Envelope(
      String code,
      String type,
      String message,
      String inner,
      boolean moderated,
      @Nullable Usage usage) {
    boolean isOfApi() {
      return !code.isEmpty() || !type.isEmpty();
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
            error.code.isEmpty() ? error.type : error.code,
            error.isOfApi(),
            error.usage,
            hint,
            RetryHints.rates(headers));
  }

  private static ErrorVerdict verdict(int status, Envelope error, @Nullable Duration hint) {
    if (EXHAUSTED.contains(error.code) || EXHAUSTED.contains(error.type)) {
      return ErrorVerdict.account(ErrorVerdict.NO_CREDIT);
    }
    String lower = error.message.toLowerCase(Locale.ROOT);
    return switch (status) {
      case 402 ->
          // OpenRouter: calls at work hold what is left; with a wait that passes, without one not.
          hint == null ? ErrorVerdict.ofStatus(status) : ErrorVerdict.rateLimited(hint);
      case 403 ->
          error.moderated
              ? ErrorVerdict.row(ErrorKind.CONTENT_FILTER, "")
              : ErrorVerdict.ofStatus(status);
      case 404 -> ErrorVerdict.notFound(error.isOfApi());
      case 429 ->
          lower.contains("request too large")
              ? ErrorVerdict.row(ErrorKind.TOO_LARGE, "; shorten the document or lower max_tokens")
              : ErrorVerdict.rateLimited(hint);
      case 400, 422 -> badRequest(error, lower);
      default -> ErrorVerdict.ofStatus(status);
    };
  }

  private static ErrorVerdict badRequest(Envelope error, String lower) {
    if (error.code.equals("context_length_exceeded")
        || lower.contains("maximum context length")
        || lower.contains("prompt is too long")) {
      return ErrorVerdict.row(ErrorKind.TOO_LARGE, "; shorten the document");
    }
    if (error.code.equals("content_filter")
        || error.inner.equals("ResponsibleAIPolicyViolation")
        || error.code.equals("invalid_prompt")
        || error.code.equals("content_policy_violation")) {
      return ErrorVerdict.row(ErrorKind.CONTENT_FILTER, "");
    }
    if (lower.contains("credit balance is too low")
        || lower.contains("api usage limits")
        || lower.contains("budget has been exceeded")) {
      return ErrorVerdict.account(ErrorVerdict.NO_CREDIT);
    }
    if (error.code.equals("model_not_found") || lower.contains("invalid model name")) {
      return ErrorVerdict.account("; check the task's model");
    }
    return ErrorVerdict.badRequest();
  }

  /** Codes come as strings, numbers (vLLM) or the status as text (Azure); envelopes may be bare. */
  private static Envelope envelope(String body) {
    try {
      JsonNode root = JSON.readTree(body);
      JsonNode error = root.path("error").isObject() ? root.path("error") : root;
      String message =
          root.path("error").isTextual()
              ? root.path("error").asText()
              : error.path("message").asText("");
      return new Envelope(
          error.path("code").asText(""),
          error.path("type").asText(""),
          message,
          error.path("innererror").path("code").asText(""),
          error.path("metadata").hasNonNull("flagged_input"),
          OpenAiAnswers.usage(root.path("usage")));
    } catch (JsonProcessingException e) {
      return new Envelope("", "", "", "", false, null);
    }
  }
}
