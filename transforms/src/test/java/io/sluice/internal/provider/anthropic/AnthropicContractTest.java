package io.sluice.internal.provider.anthropic;

import io.sluice.ModelTask.Operation;
import io.sluice.Usage;
import io.sluice.internal.batches.BatchRig;
import io.sluice.spi.BatchStatus.State;
import io.sluice.spi.ProviderContractTest;
import io.sluice.spi.ScriptedServer.Answer;
import java.util.List;
import java.util.Map;

class AnthropicContractTest extends ProviderContractTest {
  private static final String BATCHES = "/v1/messages/batches";

  @Override
  protected String kind() {
    return "anthropic";
  }

  @Override
  protected String route(Operation operation) {
    return "POST /v1/messages";
  }

  @Override
  protected boolean supportsEmbeddings() {
    return false;
  }

  private static String message(String content, String stop, long input, long output) {
    return "{\"type\":\"message\",\"model\":\"m-1\",\"content\":["
        + content
        + "],\"stop_reason\":\""
        + stop
        + "\",\"usage\":{\"input_tokens\":"
        + input
        + ",\"output_tokens\":"
        + output
        + "}}";
  }

  @Override
  protected String answer(String text, Usage usage) {
    return message(
        "{\"type\":\"text\",\"text\":\"" + text + "\"}",
        "end_turn",
        usage.inputTokens(),
        usage.outputTokens());
  }

  @Override
  protected String notAnAnswer(NotAnAnswer way) {
    return switch (way) {
      case CUT -> message("{\"type\":\"text\",\"text\":\"half\"}", "max_tokens", 7, 3);
      case REFUSED -> message("", "refusal", 7, 3);
      case EMPTY -> message("", "end_turn", 7, 3);
      case BROKEN_OFF -> message("{\"type\":\"text\",\"text\":\"half\"}", "MODEL_GONE", 7, 3);
    };
  }

  private static Answer error(int status, String type, String message) {
    return new Answer(
        status,
        "{\"type\":\"error\",\"error\":{\"type\":\""
            + type
            + "\",\"message\":\""
            + message
            + "\"}}");
  }

  @Override
  protected Answer trouble(Trouble trouble, String message) {
    return switch (trouble) {
      case RATE_LIMITED -> error(429, "rate_limit_error", message);
      case OVERLOADED -> error(529, "overloaded_error", message);
      case BROKEN -> error(500, "api_error", message);
      case GATEWAY_TIMEOUT -> error(504, "timeout_error", message);
      case BAD_KEY -> error(401, "authentication_error", message);
      case NO_CREDIT -> error(402, "billing_error", message);
      case UNKNOWN_MODEL -> error(404, "not_found_error", message);
      case WRONG_ADDRESS -> new Answer(404, "<html>" + message + "</html>");
      case BAD_REQUEST -> error(400, "invalid_request_error", message);
      case TOO_LARGE -> error(400, "invalid_request_error", "prompt is too long: " + message);
    };
  }

  @Override
  protected Map<String, String> rateHeaders() {
    return Map.of(
        "anthropic-ratelimit-requests-limit", "500",
        "anthropic-ratelimit-requests-remaining", "499",
        "anthropic-ratelimit-input-tokens-limit", "10000",
        "anthropic-ratelimit-input-tokens-remaining", "9000");
  }

  @Override
  protected boolean supportsBatches() {
    return true;
  }

  @Override
  protected boolean tellsOwnBatchesAtOnce() {
    return false;
  }

  @Override
  protected BatchRoutes batchRoutes() {
    return new BatchRoutes("POST " + BATCHES, "GET " + BATCHES + "?limit=100");
  }

  @Override
  protected String pollRoute(String id) {
    return "GET " + BATCHES + "/" + id;
  }

  @Override
  protected String cancelRoute(String id) {
    return "POST " + BATCHES + "/" + id + "/cancel";
  }

  @Override
  protected String resultsRoute(String id) {
    return "GET " + BATCHES + "/" + id + "/results";
  }

  @Override
  protected String shown(Shown batch) {
    State state = batch.state();
    int expired = state == State.EXPIRED ? 1 : 0;
    String status =
        state.isEnded()
            ? "ended"
            : state == State.CANCELLING
                ? "canceling"
                : state == State.UNKNOWN ? "pondering" : "in_progress";
    return "{\"id\":\""
        + batch.id()
        + "\",\"processing_status\":\""
        + status
        + "\",\"request_counts\":{\"processing\":"
        + (state.isEnded() ? 0 : batch.requests())
        + ",\"succeeded\":"
        + (state.isEnded() ? batch.requests() - expired : 0)
        + ",\"errored\":0,\"canceled\":0,\"expired\":"
        + expired
        + "},\"created_at\":\""
        + BatchRig.NOW.plusSeconds(2)
        + "\",\"cancel_initiated_at\":"
        + (state == State.CANCELLED || state == State.CANCELLING
            ? "\"" + BatchRig.NOW.plusSeconds(9) + "\""
            : "null")
        + ",\"results_url\":"
        + (state.isEnded() ? "\"https://elsewhere.example/results\"" : "null")
        + "}";
  }

  @Override
  protected String listed(List<Shown> batches) {
    return "{\"data\":["
        + String.join(",", batches.stream().map(this::shown).toList())
        + "],\"has_more\":false}";
  }

  private static String line(String customId, String result) {
    return "{\"custom_id\":\"" + customId + "\",\"result\":" + result + "}";
  }

  @Override
  protected String answeredLine(String customId, String text, Usage usage) {
    return line(customId, "{\"type\":\"succeeded\",\"message\":" + answer(text, usage) + "}");
  }

  @Override
  protected String notAnAnswerLine(String customId, NotAnAnswer way) {
    return line(customId, "{\"type\":\"succeeded\",\"message\":" + notAnAnswer(way) + "}");
  }

  @Override
  protected String expiredLine(String customId) {
    return line(customId, "{\"type\":\"expired\"}");
  }

  @Override
  protected String refusedLine(String customId) {
    return line(
        customId,
        "{\"type\":\"errored\",\"error\":"
            + error(400, "invalid_request_error", "no").body()
            + "}");
  }
}
