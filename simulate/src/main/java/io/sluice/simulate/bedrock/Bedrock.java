package io.sluice.simulate.bedrock;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.simulate.batches.BatchApi;
import io.sluice.simulate.batches.BatchStore;
import io.sluice.simulate.provider.SimulatedProvider;
import io.sluice.simulate.wire.Answers;
import io.sluice.simulate.wire.Wire;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;

/**
 * Bedrock: a model's methods and batches, by a Bedrock key or by signed requests; and the objects
 * in S3 that batches are made of.
 */
public final class Bedrock implements SimulatedProvider {
  static final String MODELS = "/model";

  @Override
  public String kind() {
    return "bedrock";
  }

  @Override
  public String basePath() {
    return "";
  }

  @Override
  public String modelsPath() {
    return "/foundation-models";
  }

  @Override
  public String modelsField() {
    return "modelSummaries";
  }

  @Override
  public Map<String, Wire> wires(Answers answers) {
    return Map.of(MODELS + "/", new BedrockWire(answers));
  }

  @Override
  public Wire inBatches(Map<String, Wire> wires, JsonNode request) {
    return Objects.requireNonNull(wires.get(MODELS + "/"));
  }

  @Override
  public Map<String, BatchApi> batches(
      Map<String, Wire> wires, BatchStore store, Predicate<String> noCredit, String server) {
    BatchApi api =
        new BedrockBatchApi(store, Objects.requireNonNull(wires.get(MODELS + "/")), noCredit);
    return Map.of(BedrockBatchApi.JOBS, api, BedrockBatchApi.OBJECTS, api);
  }
}
