package io.sluice.internal.provider.gemini;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.internal.answers.Errors;
import io.sluice.spi.RateHeaders;
import io.sluice.spi.Reply;
import org.apache.hc.core5.http.MessageHeaders;

/**
 * Errors of Google's APIs ({@code google.rpc.Status}): in the lines of batches their status is a
 * {@code google.rpc.Code}. No header tells the limits.
 */
final class GeminiErrors {
  /** A line that was given up. */
  static final int CANCELLED = 499;

  private GeminiErrors() {}

  static Reply.Failed classify(int status, MessageHeaders headers, String body, String what) {
    return Errors.classify(status, headers, body, what, RateHeaders.NONE);
  }

  /** The HTTP status of an error within a batch, by its code. */
  static int status(JsonNode error) {
    int code = error.path("code").asInt(0);
    return switch (code) {
      case 1 -> CANCELLED;
      case 3, 9, 11 -> 400;
      case 4 -> 504;
      case 5 -> 404;
      case 6, 10 -> 409;
      case 7 -> 403;
      case 8 -> 429;
      case 12 -> 501;
      case 14 -> 503;
      case 16 -> 401;
      default -> code >= 400 && code < 600 ? code : 500;
    };
  }
}
