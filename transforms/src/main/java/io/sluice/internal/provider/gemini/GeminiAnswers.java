package io.sluice.internal.provider.gemini;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.ErrorKind;
import io.sluice.ModelTask.Operation;
import io.sluice.Tier;
import io.sluice.Usage;
import io.sluice.internal.answers.Answers;
import io.sluice.internal.answers.Answers.Place;
import io.sluice.internal.answers.Answers.Said;
import io.sluice.internal.answers.Content;
import io.sluice.internal.answers.FinishReason;
import io.sluice.internal.answers.Usages;
import io.sluice.internal.http.ErrorVerdict;
import io.sluice.internal.http.NoAnswer;
import io.sluice.internal.http.hints.Told;
import io.sluice.spi.Reply;
import org.jspecify.annotations.Nullable;

/**
 * Where an answer of generateContent stands (API reference, GenerateContentResponse): its text is
 * that of all parts which are no thoughts, and a prompt that was blocked has no candidates. Names
 * come in either spelling.
 */
final class GeminiAnswers {
  private GeminiAnswers() {}

  static Reply read(String body, Operation operation, Place place) {
    return Answers.read(
        body,
        place,
        operation == Operation.EMBED ? GeminiEmbeddings::readOne : GeminiAnswers::content);
  }

  static Reply read(JsonNode root, Operation operation, Place place) {
    return Answers.read(
        root,
        place,
        operation == Operation.EMBED ? GeminiEmbeddings::readOne : GeminiAnswers::content);
  }

  /** As which it was served (guide to flex inference): a header, or the usage, says. */
  private static @Nullable Usage tiered(@Nullable Usage usage, JsonNode root, Place place) {
    JsonNode said = GeminiNames.field(root, "usageMetadata");
    for (String word :
        new String[] {
          Told.header(place.headers(), "x-gemini-service-tier"),
          GeminiNames.field(said, "serviceTier").asText(""),
          GeminiNames.field(said, "trafficType").asText("")
        }) {
      Tier tier = Tier.ofWord(word);
      if (usage != null && tier != null) {
        return usage.at(tier);
      }
    }
    return usage;
  }

  private static Reply content(JsonNode root, Place place) {
    Usage usage = tiered(Usages.in(root), root, place);
    JsonNode candidate = root.path("candidates").path(0);
    if (candidate.isObject()) {
      return Answers.chat(
          new Said(
              Content.of(candidate),
              FinishReason.word(GeminiNames.field(candidate, "finishReason")),
              "STOP",
              GeminiNames.field(root, "modelVersion").asText(""),
              usage,
              ""),
          place);
    }
    JsonNode feedback = GeminiNames.field(root, "promptFeedback");
    String blocked = GeminiNames.field(feedback, "blockReason").asText("");
    return blocked.isEmpty()
        ? Answers.without("candidates", root, usage, place)
        : NoAnswer.unusable(
            ErrorKind.CONTENT_FILTER,
            "The provider blocked the prompt: " + ErrorVerdict.cut(blocked),
            usage,
            feedback.toString(),
            place.rates());
  }
}
