package io.sluice.internal.provider.gemini;

import io.sluice.ModelTask.Operation;
import io.sluice.Usage;
import io.sluice.internal.batches.BatchRig;
import io.sluice.spi.BatchStatus.State;
import io.sluice.spi.ProviderContractTest;
import io.sluice.spi.ScriptedServer.Answer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

class GeminiContractTest extends ProviderContractTest {
  @Override
  protected String kind() {
    return "gemini";
  }

  @Override
  protected String basePath() {
    return "/v1beta";
  }

  @Override
  protected boolean supportsRateHeaders() {
    return false;
  }

  @Override
  protected String route(Operation operation) {
    return "POST /v1beta/models/m-1:"
        + (operation == Operation.EMBED ? "batchEmbedContents" : "generateContent");
  }

  private static String ended(String reason, String parts, long input, long output) {
    return "{\"candidates\":[{\"content\":{\"role\":\"model\",\"parts\":["
        + parts
        + "]},\"finishReason\":\""
        + reason
        + "\"}],\"modelVersion\":\"m-1\",\"usageMetadata\":{\"promptTokenCount\":"
        + input
        + ",\"candidatesTokenCount\":"
        + output
        + "}}";
  }

  private static String text(String text) {
    return "{\"text\":\"" + text + "\"}";
  }

  @Override
  protected String answer(String text, Usage usage) {
    return ended("STOP", text(text), usage.inputTokens(), usage.outputTokens());
  }

  @Override
  protected boolean supports(NotAnAnswer way) {
    return way != NotAnAnswer.REFUSED;
  }

  @Override
  protected String notAnAnswer(NotAnAnswer way) {
    return switch (way) {
      case CUT -> ended("MAX_TOKENS", text("half"), 7, 3);
      case BROKEN_OFF -> ended("OTHER", text("half"), 7, 3);
      default -> ended("STOP", "", 7, 3);
    };
  }

  static Answer error(int status, String code, String message) {
    return new Answer(
        status,
        "{\"error\":{\"code\":"
            + status
            + ",\"status\":\""
            + code
            + "\",\"message\":\""
            + message
            + "\"}}");
  }

  @Override
  protected Answer trouble(Trouble trouble, String message) {
    return switch (trouble) {
      case RATE_LIMITED -> error(429, "RESOURCE_EXHAUSTED", message);
      case OVERLOADED -> error(503, "UNAVAILABLE", message);
      case BROKEN -> error(500, "INTERNAL", message);
      case GATEWAY_TIMEOUT -> error(504, "DEADLINE_EXCEEDED", message);
      case BAD_KEY -> error(400, "INVALID_ARGUMENT", "API key not valid. " + message);
      case NO_CREDIT ->
          error(429, "RESOURCE_EXHAUSTED", "Your prepayment credits are depleted. " + message);
      case UNKNOWN_MODEL -> error(404, "NOT_FOUND", message);
      case WRONG_ADDRESS -> new Answer(404, "<html>" + message + "</html>");
      case BAD_REQUEST -> error(400, "INVALID_ARGUMENT", message);
      case TOO_LARGE ->
          error(
              400,
              "INVALID_ARGUMENT",
              "The input token count (1200000) exceeds the maximum number of tokens allowed"
                  + " (1048575). "
                  + message);
    };
  }

  @Override
  protected String embeddings(List<float @Nullable []> vectors, long inputTokens) {
    List<String> data = new ArrayList<>();
    for (float[] vector : vectors) {
      data.add(vector == null ? "{}" : "{\"values\":[" + vector[0] + "," + vector[1] + "]}");
    }
    return "{\"embeddings\":["
        + String.join(",", data)
        + "],\"usageMetadata\":{\"promptTokenCount\":"
        + inputTokens
        + "}}";
  }

  @Override
  protected boolean supportsBatches() {
    return true;
  }

  @Override
  protected BatchRoutes batchRoutes() {
    return new BatchRoutes(
        "POST /v1beta/models/m-1:batchGenerateContent", "GET /v1beta/batches?pageSize=100");
  }

  @Override
  protected String pollRoute(String id) {
    return "GET /v1beta/batches/" + id;
  }

  @Override
  protected String cancelRoute(String id) {
    return "POST /v1beta/batches/" + id + ":cancel";
  }

  @Override
  protected String resultsRoute(String id) {
    return "GET /download/v1beta/files/out-" + id + ":download?alt=media";
  }

  static String stateOf(State state) {
    return switch (state) {
      case VALIDATING -> "BATCH_STATE_PENDING";
      case IN_PROGRESS, CANCELLING -> "BATCH_STATE_RUNNING";
      case FINALIZING, COMPLETED -> "BATCH_STATE_SUCCEEDED";
      case FAILED -> "BATCH_STATE_FAILED";
      case EXPIRED -> "JOB_STATE_EXPIRED";
      case CANCELLED -> "BATCH_STATE_CANCELLED";
      case UNKNOWN -> "BATCH_STATE_PONDERING";
    };
  }

  @Override
  protected String shown(Shown batch) {
    String state =
        batch.state() == State.CANCELLING ? "JOB_STATE_CANCELLING" : stateOf(batch.state());
    return "{\"name\":\"batches/"
        + batch.id()
        + "\",\"metadata\":{\"state\":\""
        + state
        + "\",\"displayName\":\""
        + (batch.own() ? "sluice-intent1" : "another")
        + "\",\"createTime\":\""
        + BatchRig.NOW
        + "\",\"batchStats\":{\"requestCount\":\""
        + batch.requests()
        + "\"}}"
        + (batch.state().isEnded()
            ? ",\"done\":true,\"response\":{\"responsesFile\":\"files/out-" + batch.id() + "\"}"
            : "")
        + "}";
  }

  @Override
  protected String listed(List<Shown> batches) {
    return "{\"operations\":["
        + String.join(",", batches.stream().map(this::shown).toList())
        + "]}";
  }

  @Override
  protected String answeredLine(String customId, String text, Usage usage) {
    return "{\"key\":\"" + customId + "\",\"response\":" + answer(text, usage) + "}";
  }

  @Override
  protected String notAnAnswerLine(String customId, NotAnAnswer way) {
    return "{\"key\":\"" + customId + "\",\"response\":" + notAnAnswer(way) + "}";
  }

  private static String failedLine(String customId, int code, String message) {
    return "{\"key\":\""
        + customId
        + "\",\"error\":{\"code\":"
        + code
        + ",\"message\":\""
        + message
        + "\"}}";
  }

  @Override
  protected String expiredLine(String customId) {
    return failedLine(customId, 1, "The operation was cancelled.");
  }

  @Override
  protected String refusedLine(String customId) {
    return failedLine(customId, 3, "Request contains an invalid argument.");
  }
}
