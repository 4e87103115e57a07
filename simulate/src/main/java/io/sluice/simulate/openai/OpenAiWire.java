package io.sluice.simulate.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.Headers;
import io.sluice.Tier;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** OpenAI's chat completions or embeddings. */
public final class OpenAiWire implements Wire {
  /** Limits of one request for embeddings (OpenAI's API reference). */
  private static final int MAX_INPUTS = 2_048;

  private static final long MAX_TOKENS = 300_000;
  private static final long MAX_INPUT_TOKENS = 8_192;

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Answers answers;
  private final boolean chat;

  /**
   * @param chat false for embeddings
   */
  public OpenAiWire(Answers answers, boolean chat) {
    this.answers = answers;
    this.chat = chat;
  }

  @Override
  public String provider() {
    return "openai";
  }

  @Override
  public @Nullable Reply rejected(Headers headers, String key, JsonNode request) {
    if (key.startsWith("bad")) {
      return error(
          401, "invalid_request_error", "invalid_api_key", "Incorrect API key provided: " + key);
    }
    if (request.isMissingNode()) {
      return error(400, "invalid_request_error", null, "We could not parse the JSON body");
    }
    String model = request.path("model").asText();
    if (model.startsWith("unknown")) {
      return error(
          404,
          "invalid_request_error",
          "model_not_found",
          "The model `" + model + "` does not exist");
    }
    return null;
  }

  @Override
  public long inputTokens(JsonNode request) {
    TokenCounter counter = EncodedTokens.ofModel(request.path("model").asText());
    if (!chat) {
      return Answers.inputs(request).stream().mapToLong(counter::count).sum();
    }
    long tokens = 3;
    for (JsonNode message : request.path("messages")) {
      tokens +=
          3
              + counter.count(message.path("role").asText())
              + counter.count(message.path("content").asText());
    }
    return tokens;
  }

  @Override
  public long reservedTokens(JsonNode request) {
    return chat ? cap(request).asLong(0) : 0;
  }

  private static JsonNode cap(JsonNode request) {
    JsonNode cap = request.path("max_completion_tokens");
    return cap.isNumber() ? cap : request.path("max_tokens");
  }

  /** The first message, as what documents share; it is kept without being asked. */
  @Override
  public PromptCache.@Nullable Prefix prefix(JsonNode request) {
    JsonNode first = request.path("messages").path(0);
    String model = request.path("model").asText();
    return chat && first.path("role").asText().equals("system")
        ? new PromptCache.Prefix(
            model + "\n" + first.path("content").asText(),
            EncodedTokens.ofModel(model).count(first.path("content").asText()),
            1024,
            false)
        : null;
  }

  @Override
  public Made make(JsonNode request, String id, long inputTokens, Faults.@Nullable Fault fault) {
    return chat ? completion(request, id, inputTokens, fault) : embedding(request, inputTokens);
  }

  private Made completion(JsonNode request, String id, long input, Faults.@Nullable Fault fault) {
    Reply error = fault == null ? null : error(fault, request);
    if (error != null) {
      return Made.refused(error);
    }
    Capped answer =
        Capped.of(
            EncodedTokens.ofModel(request.path("model").asText()),
            fault == Faults.Fault.INVALID ? "no such answer" : answer(request),
            0,
            cap(request));
    ObjectNode out = JSON.createObjectNode();
    out.put("id", "chatcmpl-" + id).put("object", "chat.completion");
    out.put("created", System.currentTimeMillis() / 1000);
    out.put("model", request.path("model").asText());
    out.put("service_tier", served(request));
    ObjectNode choice = out.putArray("choices").addObject().put("index", 0);
    String finish =
        fault == Faults.Fault.FILTER
            ? "content_filter"
            : fault == Faults.Fault.LENGTH || answer.isCut() ? "length" : "stop";
    choice.put("finish_reason", finish).putNull("logprobs");
    ObjectNode message = choice.putObject("message").put("role", "assistant");
    message.put("content", fault == Faults.Fault.REFUSAL ? null : answer.text());
    message.put("refusal", fault == Faults.Fault.REFUSAL ? "I cannot help with that." : null);
    if (fault == Faults.Fault.EMPTY) {
      out.putArray("choices");
    }
    long output = answer.output();
    out.putObject("usage")
        .put("prompt_tokens", input)
        .put("completion_tokens", output)
        .put("total_tokens", input + output);
    PromptCache.Found found = PromptCache.Found.in(request);
    out.withObject("/usage/prompt_tokens_details")
        .put("cached_tokens", found.read())
        .put("cache_write_tokens", found.written());
    Reply reply = Reply.json(200, out);
    return new Made(fault == Faults.Fault.GARBAGE ? reply.garbled() : reply, output, true);
  }

  private String answer(JsonNode request) {
    JsonNode messages = request.path("messages");
    return answers.chat(
        Questions.asked(messages).path("content").asText(),
        request.path("response_format").path("json_schema").path("schema"));
  }

  /** Its word for the tier that serves a request: what nobody asked for is the default. */
  static String served(JsonNode request) {
    String asked = request.path("service_tier").asText("auto");
    return asked.equals("auto") ? "default" : asked;
  }

  @Override
  public @Nullable Tier tier(JsonNode request) {
    return chat ? Tier.ofWord(served(request)) : null;
  }

  static @Nullable Reply error(Faults.Fault fault, JsonNode request) {
    return switch (fault) {
      case NOROOM ->
          served(request).equals("flex")
              ? error(429, "invalid_request_error", "resource_unavailable", "Resource Unavailable")
              : null;
      case RATE ->
          error(
              429,
              "requests",
              "rate_limit_exceeded",
              "Rate limit reached. Please try again in 50ms");
      case SERVER -> error(500, "server_error", null, "The server had an error");
      case OVERLOAD -> error(503, "server_error", "server_is_overloaded", "Slow Down");
      case HTML -> new Reply(502, "text/html", "<html><h1>502 Bad Gateway</h1></html>");
      case BAD -> error(400, "invalid_request_error", "invalid_value", "Invalid value");
      default -> null;
    };
  }

  private Made embedding(JsonNode request, long input) {
    List<String> inputs = Answers.inputs(request);
    if (inputs.isEmpty() || inputs.stream().anyMatch(OpenAiWire::isRefused)) {
      return Made.refused(
          error(400, "invalid_request_error", null, "'$.input' is invalid: it must have text"));
    }
    if (inputs.size() > MAX_INPUTS || input > MAX_TOKENS) {
      return Made.refused(
          error(400, "invalid_request_error", null, "'$.input' is invalid: it is too large"));
    }
    TokenCounter counter = EncodedTokens.ofModel(request.path("model").asText());
    if (inputs.stream().anyMatch(text -> counter.count(text) > MAX_INPUT_TOKENS)) {
      return Made.refused(
          error(
              400,
              "invalid_request_error",
              null,
              "This model's maximum context length is 8192 tokens; reduce the length of the input"));
    }
    ObjectNode out = answers.embeddings(request, inputs);
    out.putObject("usage").put("prompt_tokens", input).put("total_tokens", input);
    return new Made(Reply.json(200, out), 0, true);
  }

  /**
   * Providers do not say what they refuse beside the empty text; control characters, among others.
   */
  private static boolean isRefused(String text) {
    return text.isEmpty() || text.indexOf('\0') >= 0;
  }

  @Override
  public Reply refused(Account account, Account.Admission admission, long tokens) {
    if (admission.noCredit()) {
      return error(
          429,
          "insufficient_quota",
          "insufficient_quota",
          "You exceeded your current quota, please check your plan and billing details.");
    }
    if (admission.tooLarge()) {
      return error(
          429,
          "tokens",
          "rate_limit_exceeded",
          "Request too large: Limit " + account.tokensPerMinute() + ", Requested " + tokens);
    }
    long millis = Math.max(1, admission.waitNanos() / 1_000_000);
    return error(
            429,
            "requests",
            "rate_limit_exceeded",
            "Rate limit reached. Please try again in " + millis + "ms")
        .with(
            Map.of(
                "retry-after-ms",
                String.valueOf(millis),
                "retry-after",
                String.valueOf((millis + 999) / 1000)));
  }

  @Override
  public Map<String, String> headers(Account account, Account.Admission admission) {
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("x-ratelimit-limit-requests", String.valueOf(account.requestsPerMinute()));
    headers.put("x-ratelimit-remaining-requests", String.valueOf(admission.remainingRequests()));
    headers.put("x-ratelimit-limit-tokens", String.valueOf(account.tokensPerMinute()));
    headers.put("x-ratelimit-remaining-tokens", String.valueOf(admission.remainingTokens()));
    headers.put("x-ratelimit-reset-requests", admission.waitNanos() / 1_000_000 + "ms");
    headers.put("x-ratelimit-reset-tokens", admission.waitNanos() / 1_000_000 + "ms");
    return headers;
  }

  static Reply error(int status, String type, @Nullable String code, String message) {
    ObjectNode out = JSON.createObjectNode();
    out.putObject("error")
        .put("message", message)
        .put("type", type)
        .putNull("param")
        .put("code", code);
    return Reply.json(status, out);
  }
}
