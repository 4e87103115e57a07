package io.sluice.internal.provider.bedrock;

import io.sluice.ModelTask.Operation;
import io.sluice.Usage;
import io.sluice.spi.ProviderContractTest;
import io.sluice.spi.ScriptedServer.Answer;
import java.util.List;
import org.jspecify.annotations.Nullable;

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
}
