package io.sluice.provider;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.api.client.http.HttpHeaders;
import io.sluice.ErrorKind;
import io.sluice.provider.Reply.Billing;
import io.sluice.provider.Reply.Scope;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Tells errors of OpenAI, Azure OpenAI and compatible servers apart, by status and body: what
 * failed, what else the failure concerns, and whether asking again can help. Sources: OpenAI's and
 * Azure's error guides, vLLM's error envelope, and message texts as servers send them. Unknown
 * fields, types and bodies that are not JSON are classified by status.
 */
final class OpenAiErrors {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int SHOWN = 500;

  /** A wait this long is not a rate limit that a job can sit out. */
  private static final Duration TOO_LONG = Duration.ofHours(1);

  private static final List<String> EXHAUSTED =
      List.of(
          "insufficient_quota",
          "credit_balance_exhausted",
          "organization_spend_limit_exceeded",
          "project_spend_limit_exceeded",
          "organization_usage_limit_exceeded",
          "billing_hard_limit_reached");

  private OpenAiErrors() {}

  /** The fields of an error envelope; empty strings where absent. */
  private record Envelope(String code, String type, String message, String inner) {}

  static Reply.Failed classify(int status, HttpHeaders headers, String body, String what) {
    Envelope error = envelope(body);
    String lower = error.message.toLowerCase(Locale.ROOT);
    Duration hint = RetryHints.of(headers, error.message);
    RateHeaders rates = RetryHints.rates(headers);
    String shown = error.message.isEmpty() ? strip(body) : error.message;
    String message = what + " was answered " + status + (shown.isEmpty() ? "" : ": " + cut(shown));
    String code = error.code.isEmpty() ? (error.type.isEmpty() ? null : error.type) : error.code;
    Verdict verdict = verdict(status, error, lower, hint);
    boolean retryable = verdict.retryable;
    String should = RetryHints.text(headers, "x-should-retry");
    if (should != null && (verdict.scope == Scope.ROW || verdict.scope == Scope.LOAD)) {
      retryable = Boolean.parseBoolean(should);
    }
    return new Reply.Failed(
        verdict.kind,
        verdict.scope,
        retryable,
        message + verdict.advice,
        status,
        code,
        retryable ? hint : null,
        status == 504 ? Billing.UNKNOWN : Billing.NOT_BILLED,
        null,
        null,
        rates);
  }

  private record Verdict(ErrorKind kind, Scope scope, boolean retryable, String advice) {}

  private static Verdict verdict(
      int status, Envelope error, String lower, @Nullable Duration hint) {
    if (EXHAUSTED.contains(error.code) || EXHAUSTED.contains(error.type)) {
      return account("; the account has no credit or has reached its spending limit");
    }
    return switch (status) {
      case 401 -> account("; check the API key that the task names");
      case 402 -> account("; the account must be paid up");
      case 403 -> account("; the key may not use this model, endpoint or region");
      case 404 ->
          error.code.isEmpty() && error.type.isEmpty()
              ? account("; nothing answers at this address: check provider.baseUrl")
              : account("; check the task's model (or deployment) and provider.baseUrl");
      case 413 -> new Verdict(ErrorKind.TOO_LARGE, Scope.ROW, false, "; shorten the document");
      case 429 -> tooMany(lower, hint);
      case 400, 422 -> badRequest(error, lower);
      case 503, 529 -> new Verdict(ErrorKind.SERVER_ERROR, Scope.LOAD, true, "");
      case 504 -> new Verdict(ErrorKind.TIMEOUT, Scope.LOAD, true, "");
      case 408, 409 -> new Verdict(ErrorKind.SERVER_ERROR, Scope.ROW, true, "");
      default ->
          status >= 500
              ? new Verdict(ErrorKind.SERVER_ERROR, Scope.ROW, true, "")
              : new Verdict(
                  ErrorKind.BAD_REQUEST, Scope.ROW, false, "; an answer of this kind is unknown");
    };
  }

  private static Verdict tooMany(String lower, @Nullable Duration hint) {
    if (lower.contains("request too large")) {
      return new Verdict(
          ErrorKind.TOO_LARGE, Scope.ROW, false, "; shorten the document or lower max_tokens");
    }
    if (hint != null && hint.compareTo(TOO_LONG) >= 0) {
      return account("; the provider asks to wait " + hint + ": the account's quota is used up");
    }
    return new Verdict(ErrorKind.RATE_LIMITED, Scope.RATE, true, "");
  }

  private static Verdict badRequest(Envelope error, String lower) {
    if (error.code.equals("context_length_exceeded")
        || lower.contains("maximum context length")
        || lower.contains("prompt is too long")) {
      return new Verdict(ErrorKind.TOO_LARGE, Scope.ROW, false, "; shorten the document");
    }
    if (error.code.equals("content_filter")
        || error.inner.equals("ResponsibleAIPolicyViolation")
        || error.code.equals("invalid_prompt")
        || error.code.equals("content_policy_violation")) {
      return new Verdict(ErrorKind.CONTENT_FILTER, Scope.ROW, false, "");
    }
    if (lower.contains("credit balance is too low") || lower.contains("api usage limits")) {
      return account("; the account has no credit or has reached its spending limit");
    }
    if (error.code.equals("model_not_found")) {
      return account("; check the task's model");
    }
    return new Verdict(
        ErrorKind.BAD_REQUEST, Scope.ROW, false, "; check the task's parameters and the document");
  }

  private static Verdict account(String advice) {
    return new Verdict(ErrorKind.ACCOUNT, Scope.ACCOUNT, false, advice);
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
          error.path("innererror").path("code").asText(""));
    } catch (JsonProcessingException e) {
      return new Envelope("", "", "", "");
    }
  }

  private static String strip(String body) {
    return body.replaceAll("<[^>]*>", " ").replaceAll("\\s+", " ").strip();
  }

  static String cut(String text) {
    return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "…";
  }
}
