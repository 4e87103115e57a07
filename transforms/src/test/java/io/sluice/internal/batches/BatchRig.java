package io.sluice.internal.batches;

import io.sluice.ModelTask.KeySource;
import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.Provider;
import io.sluice.ModelTask.ProviderKind;
import io.sluice.internal.provider.ApiKey;
import io.sluice.internal.provider.CallerOptions;
import io.sluice.spi.Request;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A client of a scripted server, that waits without waiting. */
final class BatchRig implements AutoCloseable {
  static final String KEY = "secret-key-123";
  static final Instant NOW = Instant.parse("2026-11-24T12:00:00Z");

  final ScriptedServer server = new ScriptedServer();
  final List<Duration> waits = new ArrayList<>();
  final BatchClient client;
  private final Path directory;

  BatchRig(ProviderKind kind, Path directory) throws IOException {
    this(kind, kind == ProviderKind.OPENAI ? "/v1" : "", directory, Duration.ofSeconds(20));
  }

  BatchRig(ProviderKind kind, String path, Path directory, Duration timeout) throws IOException {
    this.directory = directory;
    this.client =
        BatchClient.open(
            new CallerOptions(
                new Provider(kind, server.url() + path, KeySource.NONE),
                Operation.CHAT,
                ApiKey.resolve(new KeySource("KEY", null), name -> KEY),
                timeout,
                4),
            waits::add,
            new Random(1));
  }

  static Request request(int number) {
    String fingerprint = String.format("%08x", number + 1).repeat(8);
    return new Request(fingerprint, "{\"model\":\"m\",\"n\":" + number + "}", 10, 5);
  }

  static String customId(int number) {
    return CustomIds.of("intent1", request(number).fingerprint());
  }

  /** A batch of requests 0 to n - 1 under the intent {@code intent1}. */
  PackedBatch packed(int requests) throws IOException {
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

  BatchStatus submit(int requests) throws IOException, BatchException, InterruptedException {
    PackedBatch batch = packed(requests);
    return client.submit(batch.intent(NOW), batch, id -> false);
  }

  List<ResultLine> results(BatchStatus batch) throws BatchException, InterruptedException {
    List<ResultLine> lines = new ArrayList<>();
    client.results(batch, lines::add);
    return lines;
  }

  @Override
  public void close() {
    client.close();
    server.close();
  }
}
