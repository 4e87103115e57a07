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
import java.util.List;

/** Where an answer of chat completions and embeddings stands (OpenAI's API reference). */
public final class Completions {
  private static final List<String> ENVELOPES = List.of("data", "result", "response", "output");
  private static final List<String> MESSAGES = List.of("message", "delta");

  private Completions() {}

  /** Where the answers of an operation stand. */
  public static Answers.Format format(Operation operation) {
    return operation == Operation.EMBED ? Completions::embedding : Completions::chat;
  }

  private static Reply chat(JsonNode root, Place place) {
    JsonNode body = unwrapped(root);
    Usage usage = Usages.in(body);
    JsonNode choice = choice(body);
    if (!choice.isObject()) {
      return Answers.without("choices", root, usage, place);
    }
    return Answers.chat(
        new Said(
            Content.of(message(choice)),
            FinishReason.word(
                choice.path(choice.has("done_reason") ? "done_reason" : "finish_reason")),
            "stop",
            body.path("model").asText(""),
            usage,
            ""),
        place);
  }

  /** What a gateway has put into a list or an envelope. */
  private static JsonNode unwrapped(JsonNode root) {
    if (root.isArray() && root.size() == 1) {
      return unwrapped(root.path(0));
    }
    for (String envelope : ENVELOPES) {
      JsonNode inner = root.path(envelope);
      if (!root.has("choices") && inner.has("choices")) {
        return inner;
      }
    }
    return root;
  }

  /**
   * The choice with the answer: one was asked for, so that of several those without a word are
   * passed over, and the first by its number comes before one that is listed first. Ollama's own
   * interface has none around it.
   */
  private static JsonNode choice(JsonNode body) {
    JsonNode choices = body.path("choices");
    if (choices.isObject()) {
      return choices.has("0") ? choices.path("0") : choices;
    }
    JsonNode first = null;
    for (JsonNode each : choices) {
      if (each.isObject() && !Content.of(message(each)).isEmpty()) {
        if (each.path("index").asInt(-1) == 0) {
          return each;
        }
        first = first == null ? each : first;
      }
    }
    if (first != null) {
      return first;
    }
    boolean isWhole = choices.isMissingNode() && body.path("done").asBoolean(false);
    return isWhole && body.path("message").isObject() ? body : choices.path(0);
  }

  private static JsonNode message(JsonNode choice) {
    for (String name : MESSAGES) {
      JsonNode message = choice.path(name);
      if (message.isObject() || message.isTextual()) {
        return message;
      }
    }
    return choice.path("text");
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
