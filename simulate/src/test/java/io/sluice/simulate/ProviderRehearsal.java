package io.sluice.simulate;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.ModelTask;
import io.sluice.ModelTask.KeySource;
import io.sluice.ModelTask.Prompt;
import io.sluice.ModelTask.Provider;
import io.sluice.internal.batches.BatchClient;
import io.sluice.internal.batches.BatchPacker;
import io.sluice.internal.prepare.RequestBuilder;
import io.sluice.internal.provider.Providers;
import io.sluice.simulate.batches.BatchOptions;
import io.sluice.spi.ApiKey;
import io.sluice.spi.Caller;
import io.sluice.spi.Connection;
import io.sluice.spi.PackedBatch;
import io.sluice.spi.Reply;
import io.sluice.spi.Request;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Random;

/** A provider's room against the simulator, request by request and in batches. */
public final class ProviderRehearsal implements AutoCloseable {
  public static final String KEY = "some-key-of-a-provider";

  public final Simulator simulator;

  /**
   * @param faults as {@code --faults} has them
   * @param batchFaults as {@code --batchFaults} has them
   */
  public ProviderRehearsal(String faults, String batchFaults) throws IOException {
    simulator =
        Simulator.start(
            new Simulator.Options(
                0,
                60_000,
                60_000_000,
                1,
                false,
                1,
                0,
                faults,
                List.of(),
                new BigDecimal(1_000),
                1,
                new BatchOptions(0, Long.MAX_VALUE, batchFaults)));
  }

  /** A task of a kind of provider, by one of its interfaces; empty for the usual one. */
  public ModelTask task(String kind, String api, String model) {
    return ModelTask.of(
        "t",
        new Provider(kind, simulator.baseUrl(kind), KeySource.NONE).withApi(api),
        model,
        new Prompt("Be short.", "{{text}}"));
  }

  public static Request request(ModelTask task, String text) {
    ObjectNode document = new ObjectMapper().createObjectNode().put("text", text);
    return new RequestBuilder(task).build(document);
  }

  public static Connection connection(ModelTask task, String key) {
    return new Connection(
        task.provider(), task.operation(), task.model(), ApiKey.of(key), Duration.ofSeconds(20), 4);
  }

  public static Reply call(ModelTask task, String key) {
    try (Caller caller = Providers.of(task).open(connection(task, key))) {
      return caller.call(request(task, "some text"));
    }
  }

  public static BatchClient batches(ModelTask task) {
    return BatchClient.open(connection(task, KEY), wait -> {}, new Random(1));
  }

  /** A batch of questions about "number 0" and so on, under the intent {@code i1}. */
  public static PackedBatch packed(BatchClient client, ModelTask task, Path directory, int requests)
      throws IOException {
    BatchPacker packer = client.packer(client.limits(), directory, () -> "i1");
    for (int i = 0; i < requests; i++) {
      packer.add(request(task, "number " + i));
    }
    return Objects.requireNonNull(packer.finish());
  }

  /** The books of the one account that there is. */
  public JsonNode books() {
    return simulator.books().path("accounts").elements().next();
  }

  @Override
  public void close() {
    simulator.close();
  }
}
