package io.sluice.internal.provider.anthropic;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.Usage;
import io.sluice.internal.answers.Answers;
import io.sluice.internal.answers.Answers.Place;
import io.sluice.internal.answers.Answers.Said;
import io.sluice.internal.answers.Content;
import io.sluice.internal.answers.FinishReason;
import io.sluice.internal.answers.Usages;
import io.sluice.spi.Reply;

/** Where an answer of Anthropic's Messages stands (API reference). */
final class AnthropicAnswers {
  private AnthropicAnswers() {}

  static Reply read(String body, Place place) {
    return Answers.read(body, place, AnthropicAnswers::message);
  }

  static Reply read(JsonNode root, Place place) {
    return Answers.read(root, place, AnthropicAnswers::message);
  }

  private static Reply message(JsonNode root, Place place) {
    Usage usage = Usages.in(root);
    JsonNode content = root.path("content");
    if (!content.isArray() && !content.isTextual()) {
      return Answers.without("content", root, usage, place);
    }
    return Answers.chat(
        new Said(
            Content.of(content),
            FinishReason.word(root.path("stop_reason")),
            "end_turn",
            root.path("model").asText(""),
            usage,
            root.path("stop_details").path("explanation").asText("")),
        place);
  }
}
