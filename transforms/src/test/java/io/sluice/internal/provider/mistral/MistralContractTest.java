package io.sluice.internal.provider.mistral;

import io.sluice.ModelTask.Operation;
import io.sluice.Usage;
import io.sluice.internal.batches.BatchRig;
import io.sluice.spi.BatchStatus.State;
import io.sluice.spi.ProviderContractTest;
import io.sluice.spi.ScriptedServer;
import io.sluice.spi.ScriptedServer.Answer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

class MistralContractTest extends ProviderContractTest {
  static final long CREATED = BatchRig.NOW.getEpochSecond() + 2;

  @Override
  protected String kind() {
    return "mistral";
  }

  @Override
  protected String basePath() {
    return "/v1";
  }

  @Override
  protected String route(Operation operation) {
    return operation == Operation.EMBED ? "POST /v1/embeddings" : "POST /v1/chat/completions";
  }

  private static String choice(String finish, String content, long input, long output) {
    return "{\"id\":\"c\",\"model\":\"m-1\",\"choices\":[{\"index\":0,\"finish_reason\":\""
        + finish
        + "\",\"message\":{\"role\":\"assistant\",\"content\":"
        + content
        + "}}],\"usage\":{\"prompt_tokens\":"
        + input
        + ",\"completion_tokens\":"
        + output
        + ",\"total_tokens\":"
        + (input + output)
        + "}}";
  }

  /** In chunks, as models that think send it. */
  private static String chunks(String text) {
    return "[{\"type\":\"thinking\",\"thinking\":[{\"type\":\"text\",\"text\":\"hm\"}]},"
        + "{\"type\":\"text\",\"text\":\""
        + text
        + "\"}]";
  }

  @Override
  protected String answer(String text, Usage usage) {
    return choice("stop", chunks(text), usage.inputTokens(), usage.outputTokens());
  }

  @Override
  protected boolean supports(NotAnAnswer way) {
    return way != NotAnAnswer.REFUSED;
  }

  @Override
  protected String notAnAnswer(NotAnAnswer way) {
    return switch (way) {
      case CUT -> choice("length", chunks("half"), 7, 3);
      case EMPTY -> choice("stop", "\"\"", 7, 3);
      case BROKEN_OFF -> choice("error", chunks("half"), 7, 3);
      case REFUSED -> throw unsupported();
    };
  }

  private static Answer error(int status, String type, String code, String message) {
    return new Answer(
        status,
        "{\"object\":\"error\",\"message\":\""
            + message
            + "\",\"type\":\""
            + type
            + "\",\"param\":null,\"code\":\""
            + code
            + "\"}");
  }

  @Override
  protected Answer trouble(Trouble trouble, String message) {
    return switch (trouble) {
      case RATE_LIMITED ->
          error(429, "rate_limited", "1300", "Rate limit exceeded")
              .withHeaders(Map.of("x-ratelimit-tokens-query-cost", "30"));
      case OVERLOADED -> error(503, "service_unavailable", "3505", message);
      case BROKEN -> error(500, "internal_server_error", "3000", message);
      case GATEWAY_TIMEOUT -> new Answer(504, "<html>" + message + "</html>");
      case BAD_KEY -> new Answer(401, "{\"detail\":\"Invalid API Key, " + message + "\"}");
      case NO_CREDIT ->
          error(429, "rate_limited", "1300", message)
              .withHeaders(Map.of("x-ratelimit-limit-req-minute", "0"));
      case UNKNOWN_MODEL -> error(400, "invalid_model", "1500", "Invalid model: m-1");
      case WRONG_ADDRESS -> new Answer(404, "{\"detail\":\"Not Found\"}");
      case BAD_REQUEST ->
          new Answer(
              422,
              "{\"detail\":[{\"type\":\"extra_forbidden\",\"loc\":[\"body\",\"seed\"],\"msg\":\""
                  + message
                  + "\"}]}");
      case TOO_LARGE ->
          error(
              400,
              "invalid_request_prompt",
              "3051",
              "Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768"
                  + " maximum context length");
    };
  }

  @Override
  protected String embeddings(List<float @Nullable []> vectors, long inputTokens) {
    List<String> data = new ArrayList<>();
    for (int i = 0; i < vectors.size(); i++) {
      float[] vector = vectors.get(i);
      if (vector != null) {
        data.add("{\"index\":" + i + ",\"embedding\":[" + vector[0] + "," + vector[1] + "]}");
      }
    }
    return "{\"model\":\"m-1\",\"data\":["
        + String.join(",", data)
        + "],\"usage\":{\"prompt_tokens\":"
        + inputTokens
        + ",\"completion_tokens\":0,\"total_tokens\":"
        + inputTokens
        + "}}";
  }

  @Override
  protected Map<String, String> rateHeaders() {
    return Map.of(
        "x-ratelimit-limit-req-minute", "500",
        "x-ratelimit-remaining-req-minute", "499",
        "x-ratelimit-limit-tokens-minute", "10000",
        "x-ratelimit-remaining-tokens-minute", "9000",
        "x-ratelimit-limit-tokens-month", "1000000",
        "x-ratelimit-remaining-tokens-month", "12",
        "x-ratelimit-tokens-query-cost", "30");
  }

  @Override
  protected boolean supportsBatches() {
    return true;
  }

  @Override
  protected void acceptUploads(ScriptedServer server) {
    server.on("POST /v1/files", 200, "{\"id\":\"file-1\"}");
    server.on("DELETE /v1/files/file-1", 200, "{\"deleted\":true}");
  }

  @Override
  protected BatchRoutes batchRoutes() {
    return new BatchRoutes(
        "POST /v1/batch/jobs",
        "GET /v1/batch/jobs?created_after=2026-11-24T11:00:00Z&order_by=-created&page=0&page_size=100");
  }

  @Override
  protected String pollRoute(String id) {
    return "GET /v1/batch/jobs/" + id;
  }

  @Override
  protected String cancelRoute(String id) {
    return "POST /v1/batch/jobs/" + id + "/cancel";
  }

  @Override
  protected String resultsRoute(String id) {
    return "GET /v1/files/out-" + id + "/content";
  }

  private static String status(State state) {
    return switch (state) {
      case VALIDATING -> "QUEUED";
      case IN_PROGRESS, FINALIZING -> "RUNNING";
      case FAILED -> "FAILED";
      case COMPLETED -> "SUCCESS";
      case EXPIRED -> "TIMEOUT_EXCEEDED";
      case CANCELLING -> "CANCELLATION_REQUESTED";
      case CANCELLED -> "CANCELLED";
      case UNKNOWN -> "PONDERING";
    };
  }

  static String job(String id, String status, String more) {
    return "{\"id\":\""
        + id
        + "\",\"object\":\"batch\",\"input_files\":[\"file-1\"],\"model\":\"m-1\",\"status\":\""
        + status
        + "\",\"created_at\":"
        + CREATED
        + more
        + "}";
  }

  @Override
  protected String shown(Shown batch) {
    boolean results = batch.state().isEnded() && batch.state() != State.FAILED;
    return job(
        batch.id(),
        status(batch.state()),
        ",\"total_requests\":"
            + batch.requests()
            + ",\"errors\":[],\"error_file\":null,\"output_file\":"
            + (results ? "\"out-" + batch.id() + "\"" : "null")
            + ",\"metadata\":"
            + (batch.own() ? "{\"sluice_intent\":\"intent1\"}" : "null"));
  }

  @Override
  protected String listed(List<Shown> batches) {
    return "{\"object\":\"list\",\"data\":["
        + String.join(",", batches.stream().map(this::shown).toList())
        + "],\"total\":"
        + batches.size()
        + "}";
  }

  static String line(String customId, String response, String error) {
    return "{\"id\":\"r\",\"custom_id\":\""
        + customId
        + "\",\"response\":"
        + response
        + ",\"error\":"
        + error
        + "}";
  }

  @Override
  protected String answeredLine(String customId, String text, Usage usage) {
    return line(customId, "{\"status_code\":200,\"body\":" + answer(text, usage) + "}", "null");
  }

  @Override
  protected String notAnAnswerLine(String customId, NotAnAnswer way) {
    return line(customId, "{\"status_code\":200,\"body\":" + notAnAnswer(way) + "}", "null");
  }

  @Override
  protected String expiredLine(String customId) {
    return line(customId, "null", "\"batch job timeout: cancelled\"");
  }

  /** In the file of errors a body is a text, and an error is one. */
  @Override
  protected String refusedLine(String customId) {
    return line(
        customId,
        "{\"status_code\":422,\"body\":\"{\\\"detail\\\":[{\\\"loc\\\":[\\\"body\\\"],"
            + "\\\"msg\\\":\\\"no\\\"}]}\"}",
        "\"Unprocessable\"");
  }
}
