package io.sluice.internal.provider.bedrock;

import io.sluice.ModelTask.Operation;
import io.sluice.Usage;
import io.sluice.internal.batches.BatchRig;
import io.sluice.spi.BatchStatus.State;
import io.sluice.spi.ProviderContractTest;
import io.sluice.spi.ScriptedServer;
import io.sluice.spi.ScriptedServer.Answer;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

class BedrockContractTest extends ProviderContractTest {
  @Override
  protected String kind() {
    return "bedrock";
  }

  @Override
  protected boolean supportsRateHeaders() {
    return false;
  }

  @Override
  protected String route(Operation operation) {
    return "POST /model/m-1/" + (operation == Operation.EMBED ? "invoke" : "converse");
  }

  static String ended(String reason, String content, Usage usage) {
    return "{\"metrics\":{\"latencyMs\":7},\"output\":{\"message\":{\"role\":\"assistant\","
        + "\"content\":["
        + content
        + "]}},\"stopReason\":\""
        + reason
        + "\",\"usage\":{\"inputTokens\":"
        + usage.inputTokens()
        + ",\"outputTokens\":"
        + usage.outputTokens()
        + ",\"totalTokens\":"
        + (usage.inputTokens() + usage.outputTokens())
        + "}}";
  }

  static String text(String text) {
    return "{\"text\":\"" + text + "\"}";
  }

  @Override
  protected String answer(String text, Usage usage) {
    return ended("end_turn", text(text), usage);
  }

  @Override
  protected boolean supports(NotAnAnswer way) {
    return way != NotAnAnswer.REFUSED;
  }

  @Override
  protected String notAnAnswer(NotAnAnswer way) {
    Usage usage = new Usage(7, 0, 3);
    return switch (way) {
      case CUT -> ended("max_tokens", text("half"), usage);
      case BROKEN_OFF -> ended("malformed_model_output", text("half"), usage);
      default -> ended("end_turn", "{\"reasoningContent\":{\"reasoningText\":{}}}", usage);
    };
  }

  static Answer error(int status, String type, String message) {
    return new Answer(
        status,
        "{\"message\":\"" + message + "\",\"__type\":\"com.amazon.coral.service#" + type + "\"}");
  }

  @Override
  protected Answer trouble(Trouble trouble, String message) {
    return switch (trouble) {
      case RATE_LIMITED ->
          error(429, "ThrottlingException", "Too many tokens, please wait. " + message);
      case OVERLOADED -> error(503, "ServiceUnavailableException", message);
      case BROKEN -> error(500, "InternalServerException", message);
      case GATEWAY_TIMEOUT -> new Answer(504, "<html>" + message + "</html>");
      case BAD_KEY ->
          error(
              403,
              "UnrecognizedClientException",
              "The security token included in the request is invalid. " + message);
      case NO_CREDIT ->
          error(
              403,
              "AccessDeniedException",
              "Model access is denied due to INVALID_PAYMENT_INSTRUMENT. " + message);
      case UNKNOWN_MODEL ->
          error(400, "ValidationException", "The provided model identifier is invalid. " + message);
      case WRONG_ADDRESS -> new Answer(404, "<html>" + message + "</html>");
      case BAD_REQUEST -> error(400, "ValidationException", message);
      case TOO_LARGE ->
          error(400, "ValidationException", "Input is too long for requested model. " + message);
    };
  }

  @Override
  protected String embeddings(List<float @Nullable []> vectors, long inputTokens) {
    float[] vector = vectors.get(0);
    return vector == null
        ? "{}"
        : "{\"embedding\":["
            + vector[0]
            + ","
            + vector[1]
            + "],\"inputTextTokenCount\":"
            + inputTokens
            + "}";
  }

  /**
   * S3 is sent no key: its requests are signed under the same name, so that both are looked for.
   */
  @BeforeEach
  void setCredentials() {
    System.setProperty("aws.accessKeyId", KEY);
    System.setProperty("aws.secretAccessKey", "a-secret-that-stays");
  }

  @AfterEach
  void clearCredentials() {
    System.clearProperty("aws.accessKeyId");
    System.clearProperty("aws.secretAccessKey");
  }

  @Override
  protected boolean supportsBatches() {
    return true;
  }

  @Override
  protected Map<String, String> settings() {
    return Map.of(
        "batch.s3Uri", "s3://bucket/prefix", "batch.roleArn", "arn:aws:iam::123456789012:role/r");
  }

  @Override
  protected void acceptUploads(ScriptedServer server) {
    server.on("PUT /s3/bucket/prefix/in/sluice-intent1.jsonl", 200, "");
    server.on("DELETE /s3/bucket/prefix/in/sluice-intent1.jsonl", 204, "");
  }

  @Override
  protected BatchRoutes batchRoutes() {
    return new BatchRoutes(
        "POST /model-invocation-job",
        "GET /model-invocation-jobs?maxResults=100&nameContains=sluice-intent1");
  }

  @Override
  protected String pollRoute(String id) {
    return "GET /model-invocation-job/" + id;
  }

  @Override
  protected String cancelRoute(String id) {
    return "POST /model-invocation-job/" + id + "/stop";
  }

  @Override
  protected String resultsRoute(String id) {
    return "GET /s3/bucket/prefix/out/" + id + "/sluice-intent1.jsonl.out";
  }

  private static String word(State state) {
    return switch (state) {
      case VALIDATING -> "Validating";
      case IN_PROGRESS, FINALIZING -> "InProgress";
      case COMPLETED -> "Completed";
      case FAILED -> "Failed";
      case EXPIRED -> "PartiallyCompleted";
      case CANCELLING -> "Stopping";
      case CANCELLED -> "Stopped";
      case UNKNOWN -> "Pondering";
    };
  }

  @Override
  protected String shown(Shown batch) {
    return "{\"jobArn\":\"arn:aws:bedrock:us-east-1:1:model-invocation-job/"
        + batch.id()
        + "\",\"jobName\":\""
        + (batch.own() ? "sluice-intent1" : "sluice-intent12")
        + "\",\"status\":\""
        + word(batch.state())
        + "\",\"submitTime\":\""
        + BatchRig.NOW
        + "\",\"totalRecordCount\":"
        + batch.requests()
        + "}";
  }

  @Override
  protected String listed(List<Shown> batches) {
    return "{\"invocationJobSummaries\":["
        + String.join(",", batches.stream().map(this::shown).toList())
        + "]}";
  }

  private static String record(String customId, String more) {
    return "{\"recordId\":\"" + customId + "\",\"modelInput\":{}," + more + "}";
  }

  @Override
  protected String answeredLine(String customId, String text, Usage usage) {
    return record(customId, "\"modelOutput\":" + answer(text, usage));
  }

  @Override
  protected String notAnAnswerLine(String customId, NotAnAnswer way) {
    return record(customId, "\"modelOutput\":" + notAnAnswer(way));
  }

  private static String failed(String customId, String code, String message) {
    return record(
        customId, "\"error\":{\"errorCode\":" + code + ",\"errorMessage\":\"" + message + "\"}");
  }

  @Override
  protected String expiredLine(String customId) {
    return failed(customId, "\"JobExpired\"", "The job ran out of time.");
  }

  @Override
  protected String refusedLine(String customId) {
    return failed(customId, "400", "Malformed input request.");
  }
}
