package io.sluice.internal.provider.gemini;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.api.client.http.HttpHeaders;
import io.sluice.ErrorKind;
import io.sluice.internal.http.ErrorVerdict;
import io.sluice.internal.http.Waits;
import io.sluice.spi.RateHeaders;
import io.sluice.spi.Reply;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Tells errors of Google's APIs apart ({@code google.rpc.Status}; guides to rate limits and
 * troubleshooting), by status and details first. The envelope comes wrapped in an array now and
 * then. A 429 whose {@code quotaId} is of a day names a short wait beside it, which is misleading.
 */
final class GeminiErrors {
  private static final ObjectMapper JSON = new ObjectMapper();

  private GeminiErrors() {}

  static Reply.Failed classify(int status, HttpHeaders headers, String body, String what) {
    JsonNode error = envelope(body);
    String message = error.path("message").asText("");
    String code = error.path("status").asText("");
    Waits.Wait wait = Waits.of(map(headers), body, Instant.now());
    Duration hint = wait == null ? null : wait.duration();
    return verdict(status, error, message.toLowerCase(Locale.ROOT), body, hint)
        .toReply(
            status,
            headers,
            what,
            message.isEmpty() ? ErrorVerdict.strip(body) : message,
            code,
            error.isObject() && !error.isEmpty(),
            null,
            hint,
            RateHeaders.NONE);
  }

  private static JsonNode envelope(String body) {
    try {
      JsonNode root = JSON.readTree(body);
      if (root.isArray()) {
        root = root.path(0);
      }
      return root.path("error").isObject() ? root.path("error") : root;
    } catch (JsonProcessingException e) {
      return JSON.missingNode();
    }
  }

  private static ErrorVerdict verdict(
      int status, JsonNode error, String message, String body, @Nullable Duration hint) {
    if (reason(error).startsWith("API_KEY_") || message.contains("api key not valid")) {
      return ErrorVerdict.ofStatus(401);
    }
    return switch (status) {
      case 400 -> badRequest(error, message);
      case 404 -> ErrorVerdict.notFound(error.isObject() && !error.isEmpty());
      case 429 ->
          Waits.isOfADay(body)
              ? ErrorVerdict.account(
                  "; the quota of a day is used up, which ends at midnight Pacific")
              : message.contains("credits are depleted") || message.contains("billing")
                  ? ErrorVerdict.account(ErrorVerdict.NO_CREDIT)
                  : ErrorVerdict.rateLimited(hint);
      case 499 -> ErrorVerdict.ofStatus(500);
      default -> ErrorVerdict.ofStatus(status);
    };
  }

  private static ErrorVerdict badRequest(JsonNode error, String message) {
    if (message.contains("token count") || message.contains("number of tokens")) {
      return ErrorVerdict.row(ErrorKind.TOO_LARGE, "; shorten the document");
    }
    if (error.path("status").asText("").equals("FAILED_PRECONDITION")) {
      return ErrorVerdict.account("; the account may not use this API as it is");
    }
    return ErrorVerdict.badRequest();
  }

  /** {@code reason} of a {@code google.rpc.ErrorInfo}; empty where there is none. */
  private static String reason(JsonNode error) {
    for (JsonNode detail : error.path("details")) {
      if (detail.hasNonNull("reason")) {
        return detail.path("reason").asText("");
      }
    }
    return "";
  }

  private static Map<String, List<String>> map(HttpHeaders headers) {
    Map<String, List<String>> map = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    for (String name : headers.keySet()) {
      map.put(name, headers.getHeaderStringValues(name));
    }
    return map;
  }
}
