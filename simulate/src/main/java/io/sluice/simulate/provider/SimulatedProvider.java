package io.sluice.simulate.provider;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.simulate.batches.BatchApi;
import io.sluice.simulate.batches.BatchStore;
import io.sluice.simulate.wire.Answers;
import io.sluice.simulate.wire.Wire;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A provider to rehearse against: its endpoints by path. Found by {@code ServiceLoader}. */
public interface SimulatedProvider {
  /** As a task's {@code provider.kind} has it. */
  String kind();

  /** What a task's {@code provider.baseUrl} has after the host; may be empty. */
  String basePath();

  /** Where its models are listed. */
  default String modelsPath() {
    return basePath() + "/models";
  }

  /** The field of the list that has the models. */
  default String modelsField() {
    return "data";
  }

  /** The endpoints of single requests. */
  Map<String, Wire> wires(Answers answers);

  /** The one of {@link #wires} that answers a request of a batch. */
  Wire inBatches(Map<String, Wire> wires, JsonNode request);

  /**
   * The endpoints of batches; empty where there are none.
   *
   * @param noCredit whether an account, by its key, has spent all it had
   * @param server the simulator's URL without a path
   */
  Map<String, BatchApi> batches(
      Map<String, Wire> wires, BatchStore store, Predicate<String> noCredit, String server);

  /**
   * The endpoint of {@link #batches} that a path below one of {@link #wires} belongs to; null where
   * it is a single request's.
   */
  default @Nullable String batchesAt(String path) {
    return null;
  }
}
