package io.sluice.simulate.gemini;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.simulate.batches.BatchApi;
import io.sluice.simulate.batches.BatchStore;
import io.sluice.simulate.provider.SimulatedProvider;
import io.sluice.simulate.wire.Answers;
import io.sluice.simulate.wire.Wire;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Gemini's Developer API: a model's methods, files and batches. */
public final class Gemini implements SimulatedProvider {
  static final String BASE = "/v1beta";
  private static final String MODELS = BASE + "/models";

  @Override
  public String kind() {
    return "gemini";
  }

  @Override
  public String basePath() {
    return BASE;
  }

  @Override
  public Map<String, Wire> wires(Answers answers) {
    return Map.of(MODELS, new GeminiWire(answers));
  }

  @Override
  public Wire inBatches(Map<String, Wire> wires, JsonNode request) {
    return Objects.requireNonNull(wires.get(MODELS));
  }

  @Override
  public Map<String, BatchApi> batches(
      Map<String, Wire> wires, BatchStore store, Predicate<String> noCredit, String server) {
    BatchApi api =
        new GeminiBatchApi(store, Objects.requireNonNull(wires.get(MODELS)), noCredit, server);
    return Map.of(
        GeminiBatchApi.BATCHES, api,
        GeminiBatchApi.FILES, api,
        GeminiBatchApi.UPLOAD, api,
        GeminiBatchApi.DOWNLOAD, api);
  }

  /** A batch is created by a method of its model. */
  @Override
  public @Nullable String batchesAt(String path) {
    return path.endsWith(GeminiBatchApi.CREATE) ? GeminiBatchApi.BATCHES : null;
  }
}
