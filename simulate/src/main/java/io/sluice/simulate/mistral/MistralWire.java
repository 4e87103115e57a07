package io.sluice.simulate.mistral;

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
import io.sluice.simulate.wire.Reply;
import io.sluice.simulate.wire.Wire;
import io.sluice.spi.TokenCounter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Mistral's chat completions or embeddings. Models whose name begins with {@code magistral} send
 * their content in chunks, what they thought first.
 */
final class MistralWire implements Wire {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int MAX_INPUTS = 256;
  private static final String THOUGHT = "Let me see.";

  private final Answers answers;
  private final boolean chat;

  /**
   * @param chat false for embeddings
   */
  MistralWire(Answers answers, boolean chat) {
    this.answers = answers;
    this.chat = chat;
  }

  @Override
  public String provider() {
    return "mistral";
  }

  @Override
  public @Nullable Reply rejected(Headers headers, String key, JsonNode request) {
    if (key.startsWith("bad") || key.isEmpty()) {
      return Reply.json(401, JSON.createObjectNode().put("detail", "Invalid API Key"));
    }
    if (request.isMissingNode()) {
      return invalid("json_invalid", "JSON decode error", "body");
    }
    if (request.has("max_completion_tokens") || request.has("seed")) {
      return invalid("extra_forbidden", "Extra inputs are not permitted", "body");
    }
    return request.path("model").asText().startsWith("unknown")
        ? error(400, "invalid_model", "1500", "Invalid model: " + request.path("model").asText())
        : null;
  }

  /** Whatever does not fit the description of a request. */
  private static Reply invalid(String type, String message, String where) {
    ObjectNode out = JSON.createObjectNode();
    ObjectNode detail = out.putArray("detail").addObject().put("type", type).put("msg", message);
    detail.putArray("loc").add(where);
    return Reply.json(422, out);
  }

  static Reply error(int status, String type, String code, String message) {
    return Reply.json(
        status,
        JSON.createObjectNode()
            .put("object", "error")
            .put("message", message)
            .put("type", type)
            .putNull("param")
            .put("code", code));
  }

  @Override
  public long inputTokens(JsonNode request) {
    TokenCounter counter = EncodedTokens.ofModel(request.path("model").asText());
    if (!chat) {
      return Answers.inputs(request).stream().mapToLong(counter::count).sum();
    }
    long tokens = 3;
    for (JsonNode message : request.path("messages")) {
      tokens += 3 + counter.count(message.path("content").asText());
    }
    return tokens;
  }

  @Override
  public long reservedTokens(JsonNode request) {
    return chat ? request.path("max_tokens").asLong(0) : 0;
  }

  @Override
  public Made make(JsonNode request, String id, long inputTokens, Faults.@Nullable Fault fault) {
    Reply error = fault == null ? null : error(fault);
    if (error != null) {
      return Made.refused(error);
    }
    return chat ? completion(request, id, inputTokens, fault) : embedding(request, inputTokens);
  }

  private static @Nullable Reply error(Faults.Fault fault) {
    return switch (fault) {
      case RATE -> error(429, "rate_limited", "1300", "Rate limit exceeded");
      case SERVER -> error(500, "internal_server_error", "3000", "Internal server error");
      case OVERLOAD -> error(503, "service_unavailable", "3505", "Service unavailable.");
      case HTML -> new Reply(502, "text/html", "<html><h1>502 Bad Gateway</h1></html>");
      case BAD -> invalid("value_error", "Value error", "body");
      default -> null;
    };
  }

  private Made completion(JsonNode request, String id, long input, Faults.@Nullable Fault fault) {
    String model = request.path("model").asText();
    JsonNode messages = request.path("messages");
    String content =
        fault == Faults.Fault.INVALID
            ? "no such answer"
            : answers.chat(
                messages.path(messages.size() - 1).path("content").asText(),
                request.path("response_format").path("json_schema").path("schema"));
    TokenCounter counter = EncodedTokens.ofModel(model);
    boolean thinks = model.startsWith("magistral");
    Capped answer =
        Capped.of(
            counter, content, thinks ? counter.count(THOUGHT) : 0, request.path("max_tokens"));
    ObjectNode out = JSON.createObjectNode().put("id", id).put("object", "chat.completion");
    out.put("created", System.currentTimeMillis() / 1000).put("model", model);
    ObjectNode choice = out.putArray("choices").addObject().put("index", 0);
    choice.put(
        "finish_reason",
        fault == Faults.Fault.FILTER
            ? "content_filter"
            : fault == Faults.Fault.LENGTH || answer.isCut() ? "length" : "stop");
    ObjectNode message = choice.putObject("message").put("role", "assistant");
    message.putNull("tool_calls");
    if (fault == Faults.Fault.EMPTY || fault == Faults.Fault.REFUSAL) {
      message.put("content", "");
    } else if (thinks) {
      ArrayNode chunks = message.putArray("content");
      ObjectNode thought = chunks.addObject().put("type", "thinking");
      thought.putArray("thinking").addObject().put("type", "text").put("text", THOUGHT);
      if (answer.tokens() > 0) {
        chunks.addObject().put("type", "text").put("text", answer.text());
      }
    } else {
      message.put("content", answer.text());
    }
    long output = answer.output();
    usage(out, input, output);
    Reply reply = Reply.json(200, out);
    return new Made(fault == Faults.Fault.GARBAGE ? reply.garbled() : reply, output, true);
  }

  private static void usage(ObjectNode out, long input, long output) {
    out.putObject("usage")
        .put("prompt_tokens", input)
        .put("completion_tokens", output)
        .put("total_tokens", input + output);
  }

  private Made embedding(JsonNode request, long input) {
    List<String> inputs = Answers.inputs(request);
    if (inputs.isEmpty() || inputs.stream().anyMatch(String::isEmpty)) {
      return Made.refused(invalid("string_too_short", "String should have text", "input"));
    }
    if (inputs.size() > MAX_INPUTS) {
      return Made.refused(
          error(
              400,
              "invalid_request_error",
              "3210",
              "Batch size must be at most " + MAX_INPUTS + " inputs"));
    }
    ObjectNode asked = request.deepCopy();
    if (request.has("output_dimension")) {
      asked.set("dimensions", request.path("output_dimension"));
    }
    ObjectNode out = answers.embeddings(asked, inputs).put("id", "embd");
    usage(out, input, 0);
    return new Made(Reply.json(200, out), 0, true);
  }

  @Override
  public Reply refused(Account account, Account.Admission admission, long tokens) {
    if (admission.noCredit()) {
      return error(429, "rate_limited", "1300", "Rate limit exceeded")
          .with(Map.of("x-ratelimit-limit-tokens-month", "0"));
    }
    if (admission.tooLarge()) {
      return error(
          400,
          "invalid_request_error",
          "3051",
          "Prompt contains " + tokens + " tokens, too large for the limit");
    }
    long seconds = Math.max(1, (admission.waitNanos() + 999_999_999) / 1_000_000_000);
    return error(429, "rate_limited", "1300", "Rate limit exceeded")
        .with(Map.of("retry-after", String.valueOf(seconds)));
  }

  @Override
  public Map<String, String> headers(Account account, Account.Admission admission) {
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("x-ratelimit-limit-req-minute", String.valueOf(account.requestsPerMinute()));
    headers.put("x-ratelimit-remaining-req-minute", String.valueOf(admission.remainingRequests()));
    headers.put("x-ratelimit-limit-tokens-minute", String.valueOf(account.tokensPerMinute()));
    headers.put("x-ratelimit-remaining-tokens-minute", String.valueOf(admission.remainingTokens()));
    headers.put("x-ratelimit-limit-tokens-month", "1000000000");
    headers.put("x-ratelimit-remaining-tokens-month", "999999999");
    headers.put("x-ratelimit-tokens-query-cost", "1");
    return headers;
  }
}
