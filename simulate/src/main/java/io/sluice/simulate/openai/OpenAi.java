package io.sluice.simulate.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.simulate.batches.BatchApi;
import io.sluice.simulate.batches.BatchStore;
import io.sluice.simulate.provider.SimulatedProvider;
import io.sluice.simulate.wire.Answers;
import io.sluice.simulate.wire.Wire;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;

/** OpenAI: chat completions, responses, embeddings, files and batches. */
public final class OpenAi implements SimulatedProvider {
  private static final String CHAT = "/v1/chat/completions";
  private static final String EMBEDDINGS = "/v1/embeddings";
  private static final String RESPONSES = "/v1/responses";

  /** A field of no provider: requests of responses and of embeddings look alike. */
  private static final String ENDPOINT = "$endpoint";

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
    OpenAiWire chat = new OpenAiWire(answers, true);
    return Map.of(
        CHAT,
        chat,
        EMBEDDINGS,
        new OpenAiWire(answers, false),
        RESPONSES,
        new ResponsesWire(answers, chat));
  }

  @Override
  public Wire inBatches(Map<String, Wire> wires, JsonNode request) {
    return Objects.requireNonNull(wires.get(request.path(ENDPOINT).asText()));
  }

  /** A request of a batch with the endpoint that it is for. */
  static JsonNode of(String endpoint, JsonNode request) {
    return ((ObjectNode) request.deepCopy()).put(ENDPOINT, endpoint);
  }

  @Override
  public Map<String, BatchApi> batches(
      Map<String, Wire> wires, BatchStore store, Predicate<String> noCredit, String server) {
    BatchApi api =
        new OpenAiBatchApi(store, Objects.requireNonNull(wires.get(CHAT)), wires, noCredit);
    return Map.of(OpenAiBatchApi.FILES, api, OpenAiBatchApi.BATCHES, api);
  }
}
