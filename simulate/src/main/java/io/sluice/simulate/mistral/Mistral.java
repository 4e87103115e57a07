package io.sluice.simulate.mistral;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.simulate.batches.BatchApi;
import io.sluice.simulate.batches.BatchStore;
import io.sluice.simulate.provider.SimulatedProvider;
import io.sluice.simulate.wire.Answers;
import io.sluice.simulate.wire.Wire;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;

/** Mistral: chat completions, embeddings, files and batch jobs. */
public final class Mistral implements SimulatedProvider {
  private static final String CHAT = "/mistral/v1/chat/completions";
  private static final String EMBEDDINGS = "/mistral/v1/embeddings";

  @Override
  public String kind() {
    return "mistral";
  }

  @Override
  public String basePath() {
    return "/mistral/v1";
  }

  @Override
  public Map<String, Wire> wires(Answers answers) {
    return Map.of(
        CHAT, new MistralWire(answers, true), EMBEDDINGS, new MistralWire(answers, false));
  }

  @Override
  public Wire inBatches(Map<String, Wire> wires, JsonNode request) {
    return Objects.requireNonNull(wires.get(request.has("messages") ? CHAT : EMBEDDINGS));
  }

  @Override
  public Map<String, BatchApi> batches(
      Map<String, Wire> wires, BatchStore store, Predicate<String> noCredit, String server) {
    BatchApi api = new MistralBatchApi(store, Objects.requireNonNull(wires.get(CHAT)), noCredit);
    return Map.of(MistralBatchApi.FILES, api, MistralBatchApi.JOBS, api);
  }
}
