package io.sluice.simulate.openai;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.simulate.batches.BatchApi;
import io.sluice.simulate.batches.BatchStore;
import io.sluice.simulate.provider.SimulatedProvider;
import io.sluice.simulate.wire.Answers;
import io.sluice.simulate.wire.Wire;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;

/** OpenAI: chat completions, embeddings, files and batches. */
public final class OpenAi implements SimulatedProvider {
  private static final String CHAT = "/v1/chat/completions";
  private static final String EMBEDDINGS = "/v1/embeddings";

  @Override
  public String kind() {
    return "openai";
  }

  @Override
  public String basePath() {
    return "/v1";
  }

  @Override
  public Map<String, Wire> wires(Answers answers) {
    return Map.of(CHAT, new OpenAiWire(answers, true), EMBEDDINGS, new OpenAiWire(answers, false));
  }

  @Override
  public Wire inBatches(Map<String, Wire> wires, JsonNode request) {
    return Objects.requireNonNull(wires.get(request.has("messages") ? CHAT : EMBEDDINGS));
  }

  @Override
  public Map<String, BatchApi> batches(
      Map<String, Wire> wires, BatchStore store, Predicate<String> noCredit, String server) {
    BatchApi api =
        new OpenAiBatchApi(store, Objects.requireNonNull(wires.get(CHAT)), wires, noCredit);
    return Map.of(OpenAiBatchApi.FILES, api, OpenAiBatchApi.BATCHES, api);
  }
}
