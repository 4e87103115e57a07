package io.sluice.internal.completions;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.ModelTask.Operation;
import io.sluice.Usage;
import io.sluice.internal.answers.Answers;
import io.sluice.internal.answers.Answers.Place;
import io.sluice.internal.answers.Answers.Said;
import io.sluice.internal.answers.Content;
import io.sluice.internal.answers.FinishReason;
import io.sluice.internal.answers.Usages;
import io.sluice.internal.text.Text;
import io.sluice.spi.Reply;

/** Where an answer of chat completions and embeddings stands (OpenAI's API reference). */
public final class Completions {
  private Completions() {}

  /** Where the answers of an operation stand. */
  public static Answers.Format format(Operation operation) {
    return operation == Operation.EMBED ? Completions::embedding : Completions::chat;
  }

  private static Reply chat(JsonNode root, Place place) {
    Usage usage = Usages.in(root);
    JsonNode choice = root.path("choices").path(0);
    if (!choice.isObject()) {
      return Answers.without("choices", root, usage, place);
    }
    JsonNode message =
        choice.path("message").isObject()
            ? choice.path("message")
            : choice.path("delta").isObject() ? choice.path("delta") : choice.path("text");
    return Answers.chat(
        new Said(
            Content.of(message),
            FinishReason.word(choice.path("finish_reason")),
            "stop",
            root.path("model").asText(""),
            usage,
            ""),
        place);
  }

  private static Reply embedding(JsonNode root, Place place) {
    Usage usage = Usages.ofInputs(root);
    JsonNode data = root.path("data");
    for (JsonNode entry : data) {
      boolean isFirst = data.size() == 1 || entry.path("index").asInt(0) == 0;
      String vector = isFirst ? CompletionEmbeddings.vector(entry) : null;
      if (vector != null) {
        String model = Text.whole(root.path("model").asText(""));
        return new Reply.Answered(vector, model, "stop", usage, place.rates());
      }
    }
    return Answers.without("an embedding", root, usage, place);
  }
}
