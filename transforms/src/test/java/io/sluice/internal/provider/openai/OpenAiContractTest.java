package io.sluice.internal.provider.openai;

import io.sluice.ModelTask.Operation;
import io.sluice.Usage;
import io.sluice.spi.BatchStatus.State;
import io.sluice.spi.ProviderContractTest;
import io.sluice.spi.ScriptedServer;
import io.sluice.spi.ScriptedServer.Answer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

class OpenAiContractTest extends ProviderContractTest {
  @Override
  protected String kind() {
    return "openai";
  }

  @Override
  protected String basePath() {
    return "/v1";
  }

  @Override
  protected String route(Operation operation) {
    return operation == Operation.EMBED ? "POST /v1/embeddings" : "POST /v1/chat/completions";
  }

  private static String usage(long input, long output) {
    return "\"usage\":{\"prompt_tokens\":" + input + ",\"completion_tokens\":" + output + "}";
  }

  private static String choice(String finish, String message, String usage) {
    return "{\"model\":\"m-1\",\"choices\":[{\"finish_reason\":\""
        + finish
        + "\",\"message\":{"
        + message
        + "}}],"
        + usage
        + "}";
  }

  @Override
  protected String answer(String text, Usage usage) {
    return choice(
        "stop", "\"content\":\"" + text + "\"", usage(usage.inputTokens(), usage.outputTokens()));
  }

  @Override
  protected String notAnAnswer(NotAnAnswer way) {
    return switch (way) {
      case CUT -> choice("length", "\"content\":\"half\"", usage(7, 3));
      case REFUSED -> choice("stop", "\"content\":null,\"refusal\":\"no\"", usage(7, 3));
      case EMPTY -> choice("stop", "\"content\":\"\"", usage(7, 3));
      case BROKEN_OFF ->
          choice("insufficient_system_resource", "\"content\":\"half\"", usage(7, 3));
    };
  }

  private static Answer error(int status, String code, String message) {
    return new Answer(
        status,
        "{\"error\":{\"type\":\"t\",\"code\":\"" + code + "\",\"message\":\"" + message + "\"}}");
  }

  @Override
  protected Answer trouble(Trouble trouble, String message) {
    return switch (trouble) {
      case RATE_LIMITED -> error(429, "rate_limit_exceeded", message);
      case OVERLOADED -> error(503, "slow_down", message);
      case BROKEN -> error(500, "server_error", message);
      case GATEWAY_TIMEOUT -> new Answer(504, "<html>" + message + "</html>");
      case BAD_KEY -> error(401, "invalid_api_key", message);
      case NO_CREDIT -> error(429, "insufficient_quota", message);
      case UNKNOWN_MODEL -> error(404, "model_not_found", message);
      case WRONG_ADDRESS -> new Answer(404, "<html>" + message + "</html>");
      case BAD_REQUEST -> error(400, "unsupported_parameter", message);
      case TOO_LARGE -> error(400, "context_length_exceeded", message);
    };
  }

  @Override
  protected String embeddings(List<float @Nullable []> vectors, long inputTokens) {
    List<String> data = new ArrayList<>();
    for (int i = vectors.size() - 1; i >= 0; i--) {
      float[] vector = vectors.get(i);
      if (vector != null) {
        data.add("{\"index\":" + i + ",\"embedding\":[" + vector[0] + "," + vector[1] + "]}");
      }
    }
    return "{\"model\":\"m-1\",\"data\":["
        + String.join(",", data)
        + "],\"usage\":{\"prompt_tokens\":"
        + inputTokens
        + "}}";
  }

  @Override
  protected Map<String, String> rateHeaders() {
    return Map.of(
        "x-ratelimit-limit-requests", "500",
        "x-ratelimit-remaining-requests", "499",
        "x-ratelimit-limit-tokens", "10000",
        "x-ratelimit-remaining-tokens", "9000");
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
    return new BatchRoutes("POST /v1/batches", "GET /v1/batches?limit=100");
  }

  @Override
  protected String pollRoute(String id) {
    return "GET /v1/batches/" + id;
  }

  @Override
  protected String cancelRoute(String id) {
    return "POST /v1/batches/" + id + "/cancel";
  }

  @Override
  protected String resultsRoute(String id) {
    return "GET /v1/files/out-" + id + "/content";
  }

  @Override
  protected String shown(Shown batch) {
    String status =
        batch.state() == State.UNKNOWN
            ? "pondering"
            : batch.state().name().toLowerCase(Locale.ROOT);
    return OpenAiFixtures.batch(
        batch.id(),
        status,
        ",\"request_counts\":{\"total\":"
            + batch.requests()
            + "},\"output_file_id\":"
            + (batch.state().isEnded() ? "\"out-" + batch.id() + "\"" : "null")
            + (batch.own() ? ",\"metadata\":{\"sluice_intent\":\"intent1\"}" : ""));
  }

  @Override
  protected String listed(List<Shown> batches) {
    return OpenAiFixtures.list(false, batches.stream().map(this::shown).toArray(String[]::new));
  }

  static String line(String customId, String response, String error) {
    return "{\"custom_id\":\""
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
    return line(customId, "null", "{\"code\":\"batch_expired\",\"message\":\"late\"}");
  }

  @Override
  protected String refusedLine(String customId) {
    return line(
        customId,
        "{\"status_code\":400,\"body\":{\"error\":{\"code\":\"bad\",\"message\":\"no\"}}}",
        "null");
  }
}
