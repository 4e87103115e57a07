package io.sluice.internal.provider;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.api.client.http.HttpHeaders;
import io.sluice.ErrorKind;
import io.sluice.ModelTask.Operation;
import io.sluice.spi.RateHeaders;
import io.sluice.spi.Reply;
import io.sluice.spi.Reply.Billing;
import io.sluice.spi.Reply.Scope;
import java.util.Locale;

/**
 * Reads a line of a batch's results as the reply that the same request would have had in real time
 * (OpenAI's guide to the Batch API, request output; Anthropic's API reference, message batch
 * results). What a batch did not get to is {@link ErrorKind#EXPIRED} and may be asked again.
 */
public final class BatchReplies {
  private static final String WHAT = "The batch's request";
  private static final RateHeaders NONE = RateHeaders.NONE;

  private BatchReplies() {}

  /** A line of OpenAI's output or error file. */
  public static Reply openAi(JsonNode line, Operation operation) {
    JsonNode response = line.path("response");
    if (response.isObject()) {
      int status = response.path("status_code").asInt(0);
      JsonNode body = response.path("body");
      if (status == 200) {
        return OpenAiAnswers.read(body, operation, NONE, WHAT);
      }
      if (status > 0) {
        String text = body.isTextual() ? body.asText() : body.toString();
        return OpenAiErrors.classify(status, new HttpHeaders(), text, WHAT);
      }
    }
    JsonNode error = line.path("error");
    return error.isObject()
        ? notAnswered(error.path("code").asText(""), error.path("message").asText(""))
        : NoAnswer.unreadable(WHAT + " came back without an answer or an error", null, NONE);
  }

  /** A line of Anthropic's results. */
  public static Reply anthropic(JsonNode line) {
    JsonNode result = line.path("result");
    String type = result.path("type").asText("");
    return switch (type) {
      case "succeeded" -> AnthropicAnswers.read(result.path("message"), NONE, WHAT);
      case "errored" -> {
        JsonNode envelope = result.path("error");
        int status = status(envelope.path("error").path("type").asText(""));
        yield AnthropicErrors.classify(status, new HttpHeaders(), envelope.toString(), WHAT);
      }
      default -> notAnswered(type, "");
    };
  }

  /**
   * The status that an error has in real time. A time-out is not a 504 here: it is known not to be
   * billed, as everything that did not succeed.
   */
  private static int status(String errorType) {
    return switch (errorType) {
      case "invalid_request_error" -> 400;
      case "authentication_error" -> 401;
      case "billing_error" -> 402;
      case "permission_error" -> 403;
      case "not_found_error" -> 404;
      case "request_too_large" -> 413;
      case "rate_limit_error" -> 429;
      case "overloaded_error" -> 529;
      default -> 500;
    };
  }

  /** The batch ended before the request was answered, or broke on it. */
  private static Reply.Failed notAnswered(String code, String message) {
    String lower = code.toLowerCase(Locale.ROOT);
    boolean expired = lower.contains("expired");
    boolean cancelled = lower.contains("cancel");
    String why =
        expired
            ? "The batch expired before this request was answered"
            : cancelled
                ? "The batch was cancelled before this request was answered"
                : WHAT + " failed with " + (code.isEmpty() ? "no code" : code);
    return new Reply.Failed(
        expired || cancelled ? ErrorKind.EXPIRED : ErrorKind.SERVER_ERROR,
        Scope.ROW,
        true,
        why + (message.isEmpty() ? "" : ": " + ErrorVerdict.cut(message)),
        null,
        code.isEmpty() ? null : code,
        null,
        expired || cancelled ? Billing.NOT_BILLED : Billing.UNKNOWN,
        null,
        null,
        NONE);
  }
}
