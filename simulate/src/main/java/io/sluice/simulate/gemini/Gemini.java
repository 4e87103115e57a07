package io.sluice.simulate.gemini;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.simulate.batches.BatchApi;
import io.sluice.simulate.batches.BatchStore;
import io.sluice.simulate.provider.SimulatedProvider;
import io.sluice.simulate.wire.Answers;
import io.sluice.simulate.wire.Wire;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Gemini's Developer API and Vertex AI: a model's methods, files and batches. */
public final class Gemini implements SimulatedProvider {
  static final String BASE = "/v1beta";
  private static final String MODELS = BASE + "/models";

  /** Vertex AI: the version that its reference names, and the one that the vendor's client asks. */
  private static final List<String> VERTEX = List.of("/v1/projects", "/v1beta1/projects");

  @Override
  public String kind() {
    return "gemini";
  }

  @Override
  public String basePath() {
    return BASE;
  }

  @Override
  public String modelsField() {
    return "models";
  }

  @Override
  public Map<String, Wire> wires(Answers answers) {
    Map<String, Wire> wires = new HashMap<>();
    wires.put(MODELS, new GeminiWire(answers, false));
    VERTEX.forEach(path -> wires.put(path, new GeminiWire(answers, true)));
    return wires;
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
    BatchApi vertex =
        new VertexBatchApi(store, Objects.requireNonNull(wires.get(VERTEX.get(0))), noCredit);
    return Map.of(
        GeminiBatchApi.BATCHES, api,
        GeminiBatchApi.FILES, api,
        GeminiBatchApi.UPLOAD, api,
        GeminiBatchApi.DOWNLOAD, api,
        VertexBatchApi.STORAGE, vertex,
        VertexBatchApi.UPLOAD, vertex);
  }

  /** A batch is created by a method of its model; at Vertex all of it is beside the models. */
  @Override
  public @Nullable String batchesAt(String path) {
    if (path.contains(VertexBatchApi.JOBS)) {
      return VertexBatchApi.STORAGE;
    }
    return path.endsWith(GeminiBatchApi.CREATE) || path.endsWith(GeminiBatchApi.EMBED)
        ? GeminiBatchApi.BATCHES
        : null;
  }
}
