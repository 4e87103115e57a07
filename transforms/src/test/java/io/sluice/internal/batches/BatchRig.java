package io.sluice.internal.batches;

import io.sluice.ModelTask.KeySource;
import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.Provider;
import io.sluice.Service;
import io.sluice.internal.http.ApiKeys;
import io.sluice.spi.BatchIntent;
import io.sluice.spi.BatchStatus;
import io.sluice.spi.Connection;
import io.sluice.spi.CustomIds;
import io.sluice.spi.PackedBatch;
import io.sluice.spi.Request;
import io.sluice.spi.ScriptedServer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** A client of a scripted server, that waits without waiting. */
public final class BatchRig implements AutoCloseable {
  public static final String KEY = "secret-key-123";
  public static final Instant NOW = Instant.parse("2026-11-24T12:00:00Z");

  /** What {@link #packed} batches are of. */
  public static final BatchIntent INTENT = new BatchIntent("intent1", NOW, 1);

  public final ScriptedServer server = new ScriptedServer();
  public final List<Duration> waits = new ArrayList<>();
  public final BatchClient client;
  private final Path directory;

  public BatchRig(String kind, Path directory) throws IOException {
    this(kind, kind.equals("openai") ? "/v1" : "", directory, Duration.ofSeconds(20));
  }

  public BatchRig(String kind, String path, Path directory, Duration timeout) throws IOException {
    this(kind, path, Map.of(), directory, timeout);
  }

  /**
   * @param settings what only the kind has
   */
  public BatchRig(
      String kind, String path, Map<String, String> settings, Path directory, Duration timeout)
      throws IOException {
    this(kind, path, settings, Service.USUAL, directory, timeout);
  }

  /**
   * @param settings what only the kind has
   * @param service which of its interfaces is spoken
   */
  public BatchRig(
      String kind,
      String path,
      Map<String, String> settings,
      Service service,
      Path directory,
      Duration timeout)
      throws IOException {
    this.directory = directory;
    this.client =
        BatchClient.open(
            new Connection(
                new Provider(kind, server.url() + path, KeySource.NONE)
                    .withSettings(settings)
                    .withService(service),
                Operation.CHAT,
                "m-1",
                ApiKeys.resolve(new KeySource("KEY", null), name -> KEY),
                timeout,
                4),
            waits::add,
            new Random(1));
  }

  public static Request request(int number) {
    String fingerprint = String.format("%08x", number + 1).repeat(8);
    return new Request(fingerprint, "{\"model\":\"m\",\"n\":" + number + "}", 10, 5);
  }

  public static String customId(int number) {
    return CustomIds.of("intent1", request(number).fingerprint());
  }

  /** A batch of requests 0 to n - 1 under the intent {@code intent1}. */
  public PackedBatch packed(int requests) throws IOException {
    BatchPacker packer = client.packer(client.limits(), directory, () -> "intent1");
    for (int i = 0; i < requests; i++) {
      packer.add(request(i));
    }
    PackedBatch batch = packer.finish();
    if (batch == null) {
      throw new IllegalArgumentException("A batch has a request");
    }
    return batch;
  }

  public BatchStatus submit(int requests) throws IOException, BatchException, InterruptedException {
    PackedBatch batch = packed(requests);
    return client.submit(batch.intent(NOW), batch, id -> false);
  }

  public List<ResultLine> results(BatchStatus batch) throws BatchException, InterruptedException {
    List<ResultLine> lines = new ArrayList<>();
    client.results(INTENT, batch, lines::add);
    return lines;
  }

  @Override
  public void close() {
    client.close();
    server.close();
  }
}
