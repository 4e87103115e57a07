package io.sluice.simulate.wire;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import io.sluice.Tier;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One endpoint as a provider words it: requests, answers, errors and headers. Thread-safe. */
public interface Wire {
  /** An answer, or the refusal of what was asked. */
  record Made(Reply reply, long outputTokens, boolean billed) {
    public static Made refused(Reply reply) {
      return new Made(reply, 0, false);
    }
  }

  /** Whose prices hold. */
  String provider();

  /** The API key, as most providers are sent it; empty where there is none. */
  default String key(Headers headers) {
    String authorization = headers.getFirst("Authorization");
    return authorization == null ? "" : authorization.replaceFirst("^Bearer ", "");
  }

  /**
   * The error for a request that no account has to do with; null where there is none.
   *
   * @param request missing where the body is not JSON
   */
  @Nullable Reply rejected(Headers headers, String key, JsonNode request);

  /**
   * A request with what its path and its headers say, where that is more than which endpoint it is.
   *
   * @param body missing where it is not JSON
   */
  default JsonNode request(HttpExchange exchange, JsonNode body) {
    return body;
  }

  long inputTokens(JsonNode request);

  /** The output that the quota is charged with when a request is let in. */
  long reservedTokens(JsonNode request);

  /** What of an answer the quota takes, once it is there. */
  default long quotaTokens(JsonNode request, long outputTokens) {
    return outputTokens;
  }

  /**
   * Makes up the answer.
   *
   * @param request which says, where something was, what was cached: {@link PromptCache.Found}
   * @param id the same for the same request
   */
  Made make(JsonNode request, String id, long inputTokens, Faults.@Nullable Fault fault);

  /** The beginning that a request has kept for others; null where it has none. */
  default PromptCache.@Nullable Prefix prefix(JsonNode request) {
    return null;
  }

  /** The tier that a request is served in, and billed as; null for the standard one. */
  default @Nullable Tier tier(JsonNode request) {
    return null;
  }

  /** What a request is told that was not let in. */
  Reply refused(Account account, Account.Admission admission, long tokens);

  /** The rate-limit headers. */
  Map<String, String> headers(Account account, Account.Admission admission);
}
