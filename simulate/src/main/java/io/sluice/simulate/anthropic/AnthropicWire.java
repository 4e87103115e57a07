package io.sluice.simulate.anthropic;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.Headers;
import io.sluice.internal.prepare.EncodedTokens;
import io.sluice.simulate.wire.Account;
import io.sluice.simulate.wire.Answers;
import io.sluice.simulate.wire.Capped;
import io.sluice.simulate.wire.Faults;
import io.sluice.simulate.wire.PromptCache;
import io.sluice.simulate.wire.Questions;
import io.sluice.simulate.wire.Reply;
import io.sluice.simulate.wire.Wire;
import io.sluice.spi.TokenCounter;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Anthropic's Messages. The quota is one of input tokens: {@code max_tokens} is not charged, output
 * is not limited. A system text that is marked is cached.
 */
public final class AnthropicWire implements Wire {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long ROUNDED_TO = 1000;

  private final Answers answers;

  public AnthropicWire(Answers answers) {
    this.answers = answers;
  }

  @Override
  public String provider() {
    return "anthropic";
  }

  @Override
  public String key(Headers headers) {
    String key = headers.getFirst("x-api-key");
    return key != null ? key : Wire.super.key(headers);
  }

  @Override
  public @Nullable Reply rejected(Headers headers, String key, JsonNode request) {
    if (key.isEmpty() || key.startsWith("bad")) {
      return error(401, "authentication_error", "invalid x-api-key " + key);
    }
    if (headers.getFirst("anthropic-version") == null) {
      return error(400, "invalid_request_error", "anthropic-version: header is required");
    }
    if (request.isMissingNode()) {
      return error(400, "invalid_request_error", "The request body is not valid JSON");
    }
    String model = request.path("model").asText();
    if (model.startsWith("unknown")) {
      return error(404, "not_found_error", "model: " + model);
    }
    if (!request.path("max_tokens").canConvertToLong()) {
      return error(400, "invalid_request_error", "max_tokens: Field required");
    }
    return null;
  }

  @Override
  public long inputTokens(JsonNode request) {
    TokenCounter counter = counter(request);
    long tokens = counter.chatTokens(null, "");
    for (JsonNode block : request.path("system")) {
      tokens += counter.count(block.path("text").asText());
    }
    for (JsonNode message : request.path("messages")) {
      tokens += counter.count(message.path("content").asText());
    }
    return tokens;
  }

  /** Everything before the last block of the system text that is marked. */
  @Override
  public PromptCache.@Nullable Prefix prefix(JsonNode request) {
    StringBuilder text = new StringBuilder();
    int marked = -1;
    boolean hour = false;
    for (JsonNode block : request.path("system")) {
      text.append(block.path("text").asText());
      JsonNode mark = block.path("cache_control");
      marked = mark.isObject() ? text.length() : marked;
      hour = mark.isObject() ? mark.path("ttl").asText().equals("1h") : hour;
    }
    if (marked < 0) {
      return null;
    }
    String model = request.path("model").asText();
    boolean most = model.contains("haiku-4-5") || model.matches(".*opus-4-[5-8].*");
    long minimum = most ? 4096 : model.contains("sonnet-4-6") ? 2048 : 1024;
    String prefix = text.substring(0, marked);
    return new PromptCache.Prefix(
        model + "\n" + prefix, counter(request).count(prefix), minimum, hour);
  }

  @Override
  public long reservedTokens(JsonNode request) {
    return 0;
  }

  @Override
  public Made make(JsonNode request, String id, long inputTokens, Faults.@Nullable Fault fault) {
    Reply error = fault == null ? null : error(fault);
    if (error != null) {
      return Made.refused(error);
    }
    JsonNode messages = request.path("messages");
    String content =
        fault == Faults.Fault.INVALID
            ? "no such answer"
            : answers.chat(
                Questions.asked(messages).path("content").asText(),
                request.path("output_config").path("format").path("schema"));
    Capped answer = Capped.of(counter(request), content, 0, request.path("max_tokens"));
    boolean refusal = fault == Faults.Fault.REFUSAL || fault == Faults.Fault.FILTER;
    ObjectNode out = JSON.createObjectNode().put("id", "msg_" + id).put("type", "message");
    out.put("role", "assistant").put("model", request.path("model").asText());
    ArrayNode blocks = out.putArray("content");
    if (!refusal && fault != Faults.Fault.EMPTY) {
      blocks.addObject().put("type", "text").put("text", answer.text()).putNull("citations");
    }
    out.put(
        "stop_reason",
        refusal
            ? "refusal"
            : fault == Faults.Fault.LENGTH || answer.isCut() ? "max_tokens" : "end_turn");
    out.putNull("stop_sequence").putNull("stop_details").putNull("container");
    long output = answer.output();
    PromptCache.Found found = PromptCache.Found.in(request);
    out.putObject("usage")
        .put("input_tokens", inputTokens - found.read() - found.written())
        .put("cache_creation_input_tokens", found.written())
        .put("cache_read_input_tokens", found.read())
        .put("output_tokens", output)
        .put("service_tier", "standard")
        .putNull("inference_geo")
        .putNull("server_tool_use");
    out.withObject("/usage/cache_creation")
        .put("ephemeral_5m_input_tokens", found.hour() ? 0 : found.written())
        .put("ephemeral_1h_input_tokens", found.hour() ? found.written() : 0);
    Reply reply = Reply.json(200, out);
    return new Made(fault == Faults.Fault.GARBAGE ? reply.garbled() : reply, output, true);
  }

  private static TokenCounter counter(JsonNode request) {
    return EncodedTokens.ofModel(request.path("model").asText());
  }

  private static @Nullable Reply error(Faults.Fault fault) {
    return switch (fault) {
      case RATE ->
          error(429, "rate_limit_error", "This request would exceed your rate limit")
              .with(Map.of("retry-after", "1"));
      case SERVER -> error(500, "api_error", "Internal server error");
      case OVERLOAD -> error(529, "overloaded_error", "Overloaded");
      case HTML -> new Reply(502, "text/html", "<html><h1>502 Bad Gateway</h1></html>");
      case BAD -> error(400, "invalid_request_error", "messages: Invalid value");
      default -> null;
    };
  }

  @Override
  public Reply refused(Account account, Account.Admission admission, long tokens) {
    if (admission.noCredit()) {
      ObjectNode out = body("rate_limit_error", "You have reached your API usage limits");
      out.withObject("/error/details").put("error_code", "enforced_spend_limit_reached");
      return Reply.json(429, out);
    }
    if (admission.tooLarge()) {
      return error(413, "request_too_large", "Request exceeds " + account.tokensPerMinute());
    }
    return error(429, "rate_limit_error", "This request would exceed your rate limit")
        .with(Map.of("retry-after", String.valueOf(wholeSeconds(admission))));
  }

  private static long wholeSeconds(Account.Admission admission) {
    return (admission.waitNanos() + 999_999_999) / 1_000_000_000;
  }

  @Override
  public Map<String, String> headers(Account account, Account.Admission admission) {
    String reset =
        Instant.now()
            .plusSeconds(wholeSeconds(admission))
            .truncatedTo(ChronoUnit.SECONDS)
            .toString();
    Map<String, String> headers = new LinkedHashMap<>();
    put(headers, "requests", account.requestsPerMinute(), admission.remainingRequests(), reset);
    long left = (admission.remainingTokens() + ROUNDED_TO / 2) / ROUNDED_TO * ROUNDED_TO;
    put(headers, "tokens", account.tokensPerMinute(), left, reset);
    put(headers, "input-tokens", account.tokensPerMinute(), left, reset);
    return headers;
  }

  private static void put(
      Map<String, String> headers, String what, long limit, long remaining, String reset) {
    String prefix = "anthropic-ratelimit-" + what;
    headers.put(prefix + "-limit", String.valueOf(limit));
    headers.put(prefix + "-remaining", String.valueOf(remaining));
    headers.put(prefix + "-reset", reset);
  }

  private static Reply error(int status, String type, String message) {
    return Reply.json(status, body(type, message));
  }

  private static ObjectNode body(String type, String message) {
    ObjectNode out = JSON.createObjectNode().put("type", "error");
    out.putObject("error").put("type", type).put("message", message);
    return out.put("request_id", "req_simulated");
  }
}
