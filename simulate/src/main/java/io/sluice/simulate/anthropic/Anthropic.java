package io.sluice.simulate.anthropic;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.simulate.batches.BatchApi;
import io.sluice.simulate.batches.BatchStore;
import io.sluice.simulate.provider.SimulatedProvider;
import io.sluice.simulate.wire.Answers;
import io.sluice.simulate.wire.Wire;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;

/** Anthropic: Messages, and batches of them. */
public final class Anthropic implements SimulatedProvider {
  private static final String MESSAGES = "/v1/messages";

  @Override
  public String kind() {
    return "anthropic";
  }

  @Override
  public String basePath() {
    return "";
  }

  @Override
  public String modelsPath() {
    return "/v1/models";
  }

  @Override
  public Map<String, Wire> wires(Answers answers) {
    return Map.of(MESSAGES, new AnthropicWire(answers));
  }

  @Override
  public Wire inBatches(Map<String, Wire> wires, JsonNode request) {
    return Objects.requireNonNull(wires.get(MESSAGES));
  }

  @Override
  public Map<String, BatchApi> batches(
      Map<String, Wire> wires, BatchStore store, Predicate<String> noCredit, String server) {
    Wire messages = Objects.requireNonNull(wires.get(MESSAGES));
    return Map.of(AnthropicBatchApi.PATH, new AnthropicBatchApi(store, messages, noCredit, server));
  }
}
