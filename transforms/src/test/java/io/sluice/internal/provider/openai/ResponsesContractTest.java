package io.sluice.internal.provider.openai;

import io.sluice.ModelTask.Operation;
import io.sluice.Usage;

class ResponsesContractTest extends OpenAiContractTest {
  @Override
  protected String api() {
    return "responses";
  }

  @Override
  protected boolean supportsEmbeddings() {
    return false;
  }

  @Override
  protected String route(Operation operation) {
    return "POST /v1/responses";
  }

  /** Reasoning comes first, as it does with models that think. */
  private static String response(String status, String content, long input, long output) {
    return "{\"id\":\"resp_1\",\"object\":\"response\",\"model\":\"m-1\",\"error\":null,"
        + status
        + ",\"output\":[{\"type\":\"reasoning\",\"summary\":[]},"
        + "{\"type\":\"message\",\"role\":\"assistant\",\"content\":["
        + content
        + "]}],\"usage\":{\"input_tokens\":"
        + input
        + ",\"output_tokens\":"
        + output
        + "}}";
  }

  private static String text(String text) {
    return "{\"type\":\"output_text\",\"text\":\"" + text + "\",\"annotations\":[]}";
  }

  @Override
  protected String answer(String text, Usage usage) {
    return response(
        "\"status\":\"completed\"", text(text), usage.inputTokens(), usage.outputTokens());
  }

  @Override
  protected String notAnAnswer(NotAnAnswer way) {
    return switch (way) {
      case CUT ->
          response(
              "\"status\":\"incomplete\",\"incomplete_details\":{\"reason\":\"max_output_tokens\"}",
              text("half"),
              7,
              3);
      case REFUSED ->
          response("\"status\":\"completed\"", "{\"type\":\"refusal\",\"refusal\":\"no\"}", 7, 3);
      case EMPTY -> response("\"status\":\"completed\"", text(""), 7, 3);
      case BROKEN_OFF -> response("\"status\":\"in_progress\"", text("half"), 7, 3);
    };
  }
}
