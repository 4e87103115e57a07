package io.sluice.simulate.gemini;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import io.sluice.Tier;
import io.sluice.internal.prepare.EncodedTokens;
import io.sluice.simulate.wire.Account;
import io.sluice.simulate.wire.Answers;
import io.sluice.simulate.wire.Capped;
import io.sluice.simulate.wire.Faults;
import io.sluice.simulate.wire.Questions;
import io.sluice.simulate.wire.Reply;
import io.sluice.simulate.wire.Wire;
import io.sluice.spi.TokenCounter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * generateContent, countTokens and batchEmbedContents. The quota is one of input tokens, no header
 * tells it, and a refusal says in its details how long to wait. A model whose name has {@code
 * thinks} thinks as long as it answers.
 */
public final class GeminiWire implements Wire {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int MAX_INPUTS = 100;
  private static final String METHOD = "method of the path";

  private static final String BEARER = "Bearer ";

  /** Vertex knows no such field: a header says it. */
  private static final String TIER = "X-Vertex-AI-LLM-Shared-Request-Type";

  private final Answers answers;
  private final boolean vertex;

  /**
   * @param vertex whether it is Vertex AI's, which takes tokens and tells no quota
   */
  public GeminiWire(Answers answers, boolean vertex) {
    this.answers = answers;
    this.vertex = vertex;
  }

  @Override
  public String provider() {
    return "google";
  }

  @Override
  public String key(Headers headers) {
    String key = headers.getFirst(vertex ? "Authorization" : "x-goog-api-key");
    boolean bearer = vertex && key != null && key.startsWith(BEARER);
    return key == null ? "" : bearer ? key.substring(BEARER.length()) : key;
  }

  /** The model and the method are in the path: {@code /v1beta/models/MODEL:METHOD}. */
  @Override
  public JsonNode request(HttpExchange exchange, JsonNode body) {
    if (!(body instanceof ObjectNode)) {
      return JSON.missingNode();
    }
    String path = exchange.getRequestURI().getPath();
    String last = path.substring(path.lastIndexOf('/') + 1);
    int colon = last.indexOf(':');
    ObjectNode request =
        ofModel(
            colon < 0 ? last : last.substring(0, colon),
            colon < 0 ? "" : last.substring(colon + 1),
            body);
    String tier = vertex ? exchange.getRequestHeaders().getFirst(TIER) : null;
    return tier == null ? request : request.put("serviceTier", tier);
  }

  static ObjectNode ofModel(String model, String method, JsonNode body) {
    ObjectNode request = body.deepCopy();
    return request.put("model", model).put(METHOD, method);
  }

  /** A field in either spelling. */
  static JsonNode field(JsonNode object, String camel) {
    JsonNode found = object.path(camel);
    return found.isMissingNode()
        ? object.path(camel.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT))
        : found;
  }

  @Override
  public @Nullable Reply rejected(Headers headers, String key, JsonNode request) {
    if (vertex && (key.isEmpty() || key.startsWith("bad"))) {
      return error(
          401,
          "UNAUTHENTICATED",
          "Request had invalid authentication credentials. Expected OAuth 2 access token: " + key);
    }
    if (key.isEmpty()) {
      return error(403, "PERMISSION_DENIED", "Method doesn't allow unregistered callers");
    }
    if (key.startsWith("bad")) {
      ObjectNode body = body(400, "INVALID_ARGUMENT", "API key not valid: " + key);
      ObjectNode detail = body.withObject("/error").putArray("details").addObject();
      detail.put("@type", "type.googleapis.com/google.rpc.ErrorInfo");
      detail.put("reason", "API_KEY_INVALID").put("domain", "googleapis.com");
      return Reply.json(400, body);
    }
    if (request.isMissingNode()) {
      return error(400, "INVALID_ARGUMENT", "Invalid JSON payload received.");
    }
    String model = request.path("model").asText();
    if (model.startsWith("unknown")) {
      return error(404, "NOT_FOUND", "models/" + model + " is not found for API version v1beta");
    }
    return null;
  }

  private static boolean isEmbedding(JsonNode request) {
    return request.path(METHOD).asText().equals("batchEmbedContents");
  }

  private static TokenCounter counter(JsonNode request) {
    return EncodedTokens.ofModel(request.path("model").asText());
  }

  private static String text(JsonNode content) {
    StringBuilder text = new StringBuilder();
    content.path("parts").forEach(part -> text.append(part.path("text").asText("")));
    return text.toString();
  }

  private static List<String> inputs(JsonNode request) {
    List<String> inputs = new ArrayList<>();
    request.path("requests").forEach(one -> inputs.add(text(one.path("content"))));
    return inputs;
  }

  @Override
  public long inputTokens(JsonNode request) {
    TokenCounter counter = counter(request);
    if (isEmbedding(request)) {
      return inputs(request).stream().mapToLong(counter::count).sum();
    }
    long tokens =
        counter.chatTokens(null, "") + counter.count(text(field(request, "systemInstruction")));
    for (JsonNode content : request.path("contents")) {
      tokens += counter.count(text(content));
    }
    return tokens;
  }

  @Override
  public @Nullable Tier tier(JsonNode request) {
    return Tier.ofWord(field(request, "serviceTier").asText(""));
  }

  @Override
  public long reservedTokens(JsonNode request) {
    return 0;
  }

  @Override
  public Made make(JsonNode request, String id, long inputTokens, Faults.@Nullable Fault fault) {
    Reply error =
        fault == Faults.Fault.NOROOM
            ? tier(request) == Tier.FLEX
                ? error(503, "UNAVAILABLE", "There is no capacity for flex requests.")
                : null
            : fault == null ? null : error(fault);
    if (error != null) {
      return Made.refused(error);
    }
    if (request.path(METHOD).asText().equals("countTokens")) {
      ObjectNode counted = JSON.createObjectNode().put("totalTokens", inputTokens);
      return Made.refused(Reply.json(200, counted));
    }
    if (isEmbedding(request)) {
      return embeddings(request, inputTokens);
    }
    if (!request.path("contents").isArray() || request.path("contents").isEmpty()) {
      return Made.refused(error(400, "INVALID_ARGUMENT", "contents is not specified"));
    }
    return content(request, id, inputTokens, fault);
  }

  private Made content(JsonNode request, String id, long input, Faults.@Nullable Fault fault) {
    JsonNode contents = request.path("contents");
    JsonNode config = field(request, "generationConfig");
    String text =
        fault == Faults.Fault.INVALID
            ? "no such answer"
            : answers.chat(text(Questions.asked(contents)), field(config, "responseJsonSchema"));
    boolean thinks = request.path("model").asText().contains("thinks");
    Capped answer =
        Capped.of(
            counter(request),
            text,
            thinks ? counter(request).count(text) : 0,
            field(config, "maxOutputTokens"));
    ObjectNode out = JSON.createObjectNode();
    boolean blocked = fault == Faults.Fault.REFUSAL;
    if (blocked) {
      out.putObject("promptFeedback").put("blockReason", "PROHIBITED_CONTENT");
    } else {
      ObjectNode candidate = out.putArray("candidates").addObject();
      ArrayNode parts = candidate.putObject("content").put("role", "model").putArray("parts");
      if (answer.thoughts() > 0) {
        parts.addObject().put("text", "Let me think.").put("thought", true);
      }
      if (fault != Faults.Fault.EMPTY && answer.tokens() > 0) {
        parts.addObject().put("text", answer.text());
      }
      candidate.put("index", 0);
      candidate.put(
          "finishReason",
          fault == Faults.Fault.FILTER
              ? "SAFETY"
              : fault == Faults.Fault.LENGTH || answer.isCut() ? "MAX_TOKENS" : "STOP");
    }
    long output = blocked ? 0 : answer.output();
    out.putObject("usageMetadata")
        .put("promptTokenCount", input)
        .put("candidatesTokenCount", blocked ? 0 : answer.tokens())
        .put("thoughtsTokenCount", blocked ? 0 : answer.thoughts())
        .put("totalTokenCount", input + output);
    out.put("modelVersion", request.path("model").asText()).put("responseId", id);
    Tier tier = tier(request);
    String served = tier == null ? "standard" : tier.word();
    Reply reply = Reply.json(200, out).with(Map.of("x-gemini-service-tier", served));
    if (vertex) {
      String type =
          tier == null || tier == Tier.STANDARD ? "ON_DEMAND" : "ON_DEMAND_" + tier.name();
      out.withObject("/usageMetadata").put("trafficType", type);
      reply = Reply.json(200, out);
    }
    return new Made(fault == Faults.Fault.GARBAGE ? reply.garbled() : reply, output, true);
  }

  private Made embeddings(JsonNode request, long input) {
    List<String> inputs = inputs(request);
    if (inputs.size() > MAX_INPUTS) {
      return Made.refused(
          error(
              400,
              "INVALID_ARGUMENT",
              "* BatchEmbedContentsRequest.requests: at most 100 requests can be in one batch"));
    }
    if (inputs.isEmpty() || inputs.stream().anyMatch(String::isEmpty)) {
      return Made.refused(error(400, "INVALID_ARGUMENT", "content is empty"));
    }
    ObjectNode asked = JSON.createObjectNode();
    int dimensions = field(request.path("requests").path(0), "outputDimensionality").asInt(0);
    if (dimensions > 0) {
      asked.put("dimensions", dimensions);
    }
    ObjectNode out = JSON.createObjectNode();
    ArrayNode embeddings = out.putArray("embeddings");
    for (JsonNode made : answers.embeddings(asked, inputs).path("data")) {
      embeddings.addObject().set("values", made.path("embedding"));
    }
    return new Made(Reply.json(200, out), 0, true);
  }

  private static @Nullable Reply error(Faults.Fault fault) {
    return switch (fault) {
      // Shared capacity: no details say whose limit it is.
      case RATE ->
          error(429, "RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota).");
      case SERVER -> error(500, "INTERNAL", "An internal error has occurred.");
      case OVERLOAD -> error(503, "UNAVAILABLE", "The model is overloaded.");
      case HTML -> new Reply(502, "text/html", "<html><h1>502 Bad Gateway</h1></html>");
      case BAD -> error(400, "INVALID_ARGUMENT", "Request contains an invalid argument.");
      default -> null;
    };
  }

  @Override
  public Reply refused(Account account, Account.Admission admission, long tokens) {
    if (admission.noCredit()) {
      return error(429, "RESOURCE_EXHAUSTED", "Your prepayment credits are depleted.");
    }
    if (admission.tooLarge()) {
      return error(
          400,
          "INVALID_ARGUMENT",
          "The input token count ("
              + tokens
              + ") exceeds the maximum number of tokens allowed ("
              + account.tokensPerMinute()
              + ").");
    }
    if (vertex) {
      // Capacity is shared: no details say whose limit it is.
      return error(429, "RESOURCE_EXHAUSTED", "Resource exhausted. Please try again later.");
    }
    ObjectNode body =
        body(429, "RESOURCE_EXHAUSTED", "You exceeded your current quota, please check your plan.");
    ArrayNode details = body.withObject("/error").putArray("details");
    ObjectNode quota = details.addObject();
    quota.put("@type", "type.googleapis.com/google.rpc.QuotaFailure");
    quota
        .putArray("violations")
        .addObject()
        .put("quotaId", "GenerateRequestsPerMinutePerProjectPerModel");
    details
        .addObject()
        .put("@type", "type.googleapis.com/google.rpc.RetryInfo")
        .put("retryDelay", Math.max(1, admission.waitNanos() / 1_000_000) / 1000.0 + "s");
    return Reply.json(429, body);
  }

  @Override
  public Map<String, String> headers(Account account, Account.Admission admission) {
    return Map.of();
  }

  static Reply error(int status, String code, String message) {
    return Reply.json(status, body(status, code, message));
  }

  private static ObjectNode body(int status, String code, String message) {
    ObjectNode out = JSON.createObjectNode();
    out.putObject("error").put("code", status).put("message", message).put("status", code);
    return out;
  }
}
