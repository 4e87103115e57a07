package io.sluice.simulate.bedrock;

import com.fasterxml.jackson.core.JsonProcessingException;
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
import io.sluice.simulate.wire.PromptCache;
import io.sluice.simulate.wire.Reply;
import io.sluice.simulate.wire.Wire;
import io.sluice.spi.TokenCounter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Converse and InvokeModel of Titan's and Cohere's embeddings. The quota takes output as often as
 * Bedrock does, no header tells it, and a refusal does not say how long to wait. Who signs is known
 * by the access key's id; signatures are not checked. A model whose name has {@code thinks} thinks
 * before it answers, for as long as it answers, in what is billed as output.
 */
public final class BedrockWire implements Wire {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int MOST_TEXTS = 96;
  private static final String METHOD = "method of the path";
  private static final Pattern SIGNED = Pattern.compile("AWS4-HMAC-SHA256 Credential=([^/,]+)/.*");

  /** Claude 3.7 and later. */
  private static final Pattern BURNS_FIVE = Pattern.compile("claude-(3-7|[a-z]+-[4-9])");

  private final Answers answers;

  public BedrockWire(Answers answers) {
    this.answers = answers;
  }

  @Override
  public String provider() {
    return "bedrock";
  }

  @Override
  public String key(Headers headers) {
    String authorization = headers.getFirst("Authorization");
    if (authorization == null) {
      return "";
    }
    Matcher signed = SIGNED.matcher(authorization);
    return signed.matches() ? signed.group(1) : authorization.replaceFirst("^Bearer +", "");
  }

  /** The model is in the path, an ARN with its slash: {@code /model/MODEL/METHOD}. */
  @Override
  public JsonNode request(HttpExchange exchange, JsonNode body) {
    if (!(body instanceof ObjectNode)) {
      return JSON.missingNode();
    }
    String path = exchange.getRequestURI().getPath();
    int last = path.lastIndexOf('/');
    String model = path.substring(Math.min(last, Bedrock.MODELS.length() + 1), last);
    return ofModel(model, path.substring(last + 1), body);
  }

  static ObjectNode ofModel(String model, String method, JsonNode body) {
    ObjectNode request = body.deepCopy();
    return request.put("model", model).put(METHOD, method);
  }

  @Override
  public @Nullable Reply rejected(Headers headers, String key, JsonNode request) {
    if (key.isEmpty()) {
      return error(403, "MissingAuthenticationTokenException", "Missing Authentication Token");
    }
    if (key.startsWith("bad")) {
      return error(
          403,
          "UnrecognizedClientException",
          "The security token included in the request is invalid: " + key);
    }
    if (request.isMissingNode()) {
      return error(400, "SerializationException", "Unable to parse the request's body");
    }
    return request.path("model").asText().startsWith("unknown")
        ? error(400, "ValidationException", "The provided model identifier is invalid.")
        : null;
  }

  private static boolean isEmbedding(JsonNode request) {
    return request.path(METHOD).asText().equals("invoke");
  }

  private static TokenCounter counter(JsonNode request) {
    return EncodedTokens.ofModel(request.path("model").asText());
  }

  private static String text(JsonNode blocks) {
    StringBuilder text = new StringBuilder();
    blocks.forEach(block -> text.append(block.path("text").asText("")));
    return text.toString();
  }

  private static List<String> inputs(JsonNode request) {
    List<String> inputs = new ArrayList<>();
    if (request.has("inputText")) {
      inputs.add(request.path("inputText").asText());
    }
    request.path("texts").forEach(one -> inputs.add(one.asText()));
    return inputs;
  }

  @Override
  public long inputTokens(JsonNode request) {
    TokenCounter counter = counter(request);
    if (isEmbedding(request)) {
      return inputs(request).stream().mapToLong(counter::count).sum();
    }
    long tokens = counter.chatTokens(null, "") + counter.count(text(request.path("system")));
    for (JsonNode message : request.path("messages")) {
      tokens += counter.count(text(message.path("content")));
    }
    return tokens;
  }

  /** The system text, where a cache point stands behind it. */
  @Override
  public PromptCache.@Nullable Prefix prefix(JsonNode request) {
    StringBuilder text = new StringBuilder();
    for (JsonNode block : request.path("system")) {
      JsonNode point = block.path("cachePoint");
      if (point.isObject()) {
        String prefix = text.toString();
        return new PromptCache.Prefix(
            request.path("model").asText() + "\n" + prefix,
            counter(request).count(prefix),
            1024,
            point.path("ttl").asText().equals("1h"));
      }
      text.append(block.path("text").asText(""));
    }
    return null;
  }

  private static int weight(JsonNode request) {
    return BURNS_FIVE.matcher(request.path("model").asText()).find() ? 5 : 1;
  }

  /** The field that a request has says what serves it. */
  @Override
  public @Nullable Tier tier(JsonNode request) {
    return Tier.ofWord(request.path("serviceTier").path("type").asText(""));
  }

  @Override
  public long reservedTokens(JsonNode request) {
    return isEmbedding(request)
        ? 0
        : weight(request) * request.path("inferenceConfig").path("maxTokens").asLong(4_096);
  }

  @Override
  public long quotaTokens(JsonNode request, long outputTokens) {
    return weight(request) * outputTokens;
  }

  @Override
  public Made make(JsonNode request, String id, long inputTokens, Faults.@Nullable Fault fault) {
    Reply error =
        fault == Faults.Fault.NOROOM
            ? tier(request) == Tier.FLEX
                ? error(
                    503, "ServiceUnavailableException", "There is no capacity for flex requests")
                : null
            : fault == null ? null : error(fault);
    if (error != null) {
      return Made.refused(error);
    }
    if (isEmbedding(request)) {
      return embeddings(request, inputTokens);
    }
    JsonNode messages = request.path("messages");
    if (!messages.isArray() || messages.isEmpty()) {
      return Made.refused(
          error(400, "ValidationException", "1 validation error detected: messages is missing"));
    }
    return converse(request, inputTokens, fault);
  }

  private Made converse(JsonNode request, long input, Faults.@Nullable Fault fault) {
    JsonNode messages = request.path("messages");
    JsonNode tool = request.path("toolConfig").path("tools").path(0).path("toolSpec");
    boolean calls = request.path("toolConfig").path("toolChoice").has("tool");
    String text =
        fault == Faults.Fault.INVALID
            ? calls ? "{}" : "no such answer"
            : answers.chat(
                text(messages.path(messages.size() - 1).path("content")), schema(request, tool));
    boolean thinks = request.path("model").asText().contains("thinks");
    Capped answer =
        Capped.of(
            counter(request),
            text,
            thinks ? counter(request).count(text) : 0,
            request.path("inferenceConfig").path("maxTokens"));
    ObjectNode out = JSON.createObjectNode();
    ObjectNode message = out.putObject("output").putObject("message").put("role", "assistant");
    ArrayNode content = message.putArray("content");
    if (thinks) {
      content
          .addObject()
          .putObject("reasoningContent")
          .putObject("reasoningText")
          .put("text", "Let me think.");
    }
    // A call of a tool that was cut has no arguments to be read.
    if (fault != Faults.Fault.EMPTY && calls && !answer.isCut()) {
      content
          .addObject()
          .putObject("toolUse")
          .put("toolUseId", "tooluse_1")
          .put("name", tool.path("name").asText())
          .set("input", parse(text));
    } else if (fault != Faults.Fault.EMPTY && !calls && answer.tokens() > 0) {
      content.addObject().put("text", answer.text());
    }
    out.put("stopReason", stopReason(fault, calls, answer.isCut()));
    long output = answer.output();
    PromptCache.Found found = PromptCache.Found.in(request);
    ObjectNode usage =
        out.putObject("usage").put("inputTokens", input - found.read() - found.written());
    if (found.read() + found.written() > 0) {
      usage.put("cacheReadInputTokens", found.read());
      usage.put("cacheWriteInputTokens", found.written());
      usage
          .putArray("cacheDetails")
          .addObject()
          .put("ttl", found.hour() ? "1h" : "5m")
          .put("inputTokens", found.written());
    }
    usage.put("outputTokens", output).put("totalTokens", input + output);
    out.putObject("metrics").put("latencyMs", 10);
    if (request.has("serviceTier")) {
      out.set("serviceTier", request.path("serviceTier"));
    }
    Reply reply = Reply.json(200, out);
    return new Made(fault == Faults.Fault.GARBAGE ? reply.garbled() : reply, output, true);
  }

  private static String stopReason(Faults.@Nullable Fault fault, boolean calls, boolean isCut) {
    if (fault == Faults.Fault.FILTER || fault == Faults.Fault.REFUSAL) {
      return "guardrail_intervened";
    }
    return fault == Faults.Fault.LENGTH || isCut ? "max_tokens" : calls ? "tool_use" : "end_turn";
  }

  /** Where a request holds its answer to a schema: in a field, in a tool, or in words. */
  private static JsonNode schema(JsonNode request, JsonNode tool) {
    JsonNode field =
        request
            .path("outputConfig")
            .path("textFormat")
            .path("structure")
            .path("jsonSchema")
            .path("schema");
    if (field.isTextual()) {
      return parse(field.asText());
    }
    if (tool.isObject()) {
      return tool.path("inputSchema").path("json");
    }
    String system = text(request.path("system"));
    int words = system.indexOf("JSON Schema");
    int begin = words < 0 ? -1 : system.indexOf('{', words);
    return begin < 0 ? JSON.missingNode() : parse(system.substring(begin));
  }

  static JsonNode parse(String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      return JSON.missingNode();
    }
  }

  private Made embeddings(JsonNode request, long input) {
    List<String> inputs = inputs(request);
    if (inputs.isEmpty() || inputs.size() > MOST_TEXTS) {
      return Made.refused(
          error(
              400,
              "ValidationException",
              "Malformed input request: expected 1 to 96 texts, please reformat your input"));
    }
    ObjectNode asked = JSON.createObjectNode();
    int dimensions = request.path("dimensions").asInt(request.path("output_dimension").asInt(0));
    asked.put("dimensions", dimensions > 0 ? dimensions : 1_024);
    JsonNode data = answers.embeddings(asked, inputs).path("data");
    ObjectNode out = JSON.createObjectNode();
    if (request.has("texts")) {
      ArrayNode vectors = out.put("response_type", "embeddings_floats").putArray("embeddings");
      data.forEach(one -> vectors.add(one.path("embedding")));
    } else {
      out.set("embedding", data.path(0).path("embedding"));
      out.put("inputTextTokenCount", input);
    }
    Reply reply =
        Reply.json(200, out)
            .with(Map.of("X-Amzn-Bedrock-Input-Token-Count", String.valueOf(input)));
    return new Made(reply, 0, true);
  }

  private static @Nullable Reply error(Faults.Fault fault) {
    return switch (fault) {
      case RATE -> error(429, "ThrottlingException", "Too many requests, please wait.");
      case SERVER -> error(500, "InternalServerException", "The server has an error.");
      case OVERLOAD -> error(503, "ServiceUnavailableException", "Bedrock is unable to process.");
      case HTML -> new Reply(502, "text/html", "<html><h1>502 Bad Gateway</h1></html>");
      case BAD -> error(400, "ValidationException", "Malformed input request.");
      default -> null;
    };
  }

  @Override
  public Reply refused(Account account, Account.Admission admission, long tokens) {
    if (admission.noCredit()) {
      return error(
          403,
          "AccessDeniedException",
          "Model access is denied due to INVALID_PAYMENT_INSTRUMENT: the account is overdue");
    }
    return admission.tooLarge()
        ? error(400, "ValidationException", "Input is too long for requested model.")
        : error(429, "ThrottlingException", "Too many tokens, please wait before trying again.");
  }

  @Override
  public Map<String, String> headers(Account account, Account.Admission admission) {
    return Map.of();
  }

  static Reply error(int status, String type, String message) {
    return Reply.json(status, JSON.createObjectNode().put("message", message))
        .with(Map.of("x-amzn-ErrorType", type + ":http://internal.amazon.com/coral/"));
  }
}
