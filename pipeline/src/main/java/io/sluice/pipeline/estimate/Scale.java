package io.sluice.pipeline.estimate;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.ModelTask;
import io.sluice.internal.provider.Providers;
import io.sluice.pipeline.estimate.counting.Draw;
import io.sluice.spi.TokenCounter;
import java.util.List;

/**
 * How many tokens another model makes of the same texts, for one of the task's model: from the
 * drawn documents, because counting everything once more would take as long again.
 *
 * @param same whether both use one tokenizer
 */
record Scale(double factor, boolean same) {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int DOCUMENTS = 200;

  static Scale of(ModelTask task, String model, List<Draw.Drawn> drawn) {
    TokenCounter own = Providers.of(task).tokens(task.model());
    TokenCounter other = Providers.of(task).tokens(model);
    long ownTokens = 0;
    long otherTokens = 0;
    for (Draw.Drawn one : drawn.subList(0, Math.min(DOCUMENTS, drawn.size()))) {
      String text = text(one.document().json());
      ownTokens += own.count(text);
      otherTokens += other.count(text);
    }
    return new Scale(
        ownTokens == 0 ? 1 : (double) otherTokens / ownTokens,
        own.exact() && other.exact() && ownTokens == otherTokens);
  }

  /** The document's texts: what stands between them is the same for both. */
  private static String text(String json) {
    try {
      StringBuilder text = new StringBuilder();
      JSON.readTree(json).elements().forEachRemaining(field -> text.append(field.asText()));
      return text.toString();
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("A document is JSON", e);
    }
  }

  Forecast.Tokens of(Forecast.Tokens tokens) {
    return new Forecast.Tokens(
        Math.round(tokens.low() * factor),
        Math.round(tokens.expected() * factor),
        Math.round(tokens.high() * factor));
  }
}
