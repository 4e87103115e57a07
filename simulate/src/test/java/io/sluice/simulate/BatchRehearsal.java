package io.sluice.simulate;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.ModelTask.KeySource;
import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.Provider;
import io.sluice.internal.batches.BatchClient;
import io.sluice.internal.batches.BatchException;
import io.sluice.internal.batches.BatchPacker;
import io.sluice.internal.batches.ResultCounts;
import io.sluice.internal.batches.ResultLine;
import io.sluice.internal.http.ApiKeys;
import io.sluice.simulate.batches.BatchOptions;
import io.sluice.spi.BatchIntent;
import io.sluice.spi.BatchStatus;
import io.sluice.spi.Connection;
import io.sluice.spi.PackedBatch;
import io.sluice.spi.Reply;
import io.sluice.spi.Request;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** A simulator whose batches take 100 s of a clock that the test moves, and a client of it. */
final class BatchRehearsal implements AutoCloseable {
  final AtomicLong clock = new AtomicLong();
  final Simulator simulator;
  final BatchClient client;
  private final String kind;
  private final Path directory;
  private @Nullable ResultCounts counts;

  BatchRehearsal(String kind, Path directory, String faults) throws IOException {
    this(kind, directory, new BatchOptions(100, Long.MAX_VALUE, faults), "");
  }

  BatchRehearsal(String kind, Path directory, BatchOptions batches, String answerFaults)
      throws IOException {
    this.kind = kind;
    this.directory = directory;
    this.simulator =
        Simulator.start(
            new Simulator.Options(
                0,
                60_000,
                60_000_000,
                1,
                false,
                1,
                0,
                answerFaults,
                List.of(),
                new BigDecimal(1_000),
                1,
                batches),
            clock::get);
    this.client =
        BatchClient.open(
            new Connection(
                new Provider(kind, simulator.baseUrl(kind), KeySource.NONE),
                Operation.CHAT,
                "m-1",
                ApiKeys.resolve(new KeySource("KEY", null), name -> "some-key"),
                Duration.ofSeconds(20),
                4),
            wait -> {},
            new Random(1));
  }

  void pass(int seconds) {
    clock.addAndGet(seconds * 1_000_000_000L);
  }

  static Request request(int number) {
    return new Request(
        String.format("%08x", number).repeat(8),
        "{\"model\":\"gpt-4o-mini\",\"max_tokens\":20,\"messages\":[{\"role\":\"user\",\"content\":"
            + "\"What is said about number "
            + number
            + "?\"}]}",
        20,
        20);
  }

  PackedBatch packed(String intent, int requests) throws IOException {
    BatchPacker packer = client.packer(client.limits(), directory, () -> intent);
    for (int i = 0; i < requests; i++) {
      packer.add(request(i));
    }
    PackedBatch batch = packer.finish();
    if (batch == null) {
      throw new IllegalArgumentException("A batch has a request");
    }
    return batch;
  }

  BatchStatus submit(String intent, int requests)
      throws IOException, BatchException, InterruptedException {
    PackedBatch batch = packed(intent, requests);
    return client.submit(batch.intent(Instant.now()), batch, id -> false);
  }

  static BatchIntent intent(String id, int requests) {
    return new BatchIntent(id, Instant.now(), requests);
  }

  /** The first line of each request, by custom id, in the order of the results. */
  Map<String, Reply> results(BatchStatus batch) throws BatchException, InterruptedException {
    Map<String, Reply> replies = new LinkedHashMap<>();
    List<ResultLine> again = new ArrayList<>();
    counts =
        client.results(
            // By their custom ids: these providers are not told where results are to be.
            intent("any", 1),
            batch,
            line -> {
              if (line.repeated()) {
                again.add(line);
              } else if (replies.put(line.customId(), line.reply()) != null) {
                throw new AssertionError("not marked as repeated: " + line.customId());
              }
            });
    return replies;
  }

  ResultCounts counts() {
    ResultCounts last = counts;
    return last == null ? new ResultCounts(0, 0, 0) : last;
  }

  static long answered(Map<String, Reply> replies) {
    return replies.values().stream().filter(Reply.Answered.class::isInstance).count();
  }

  long books(String field) {
    long sum = 0;
    for (JsonNode account : simulator.books().path("accounts")) {
      sum += account.path(field).asLong();
    }
    return sum;
  }

  double costUsd() {
    double sum = 0;
    for (JsonNode account : simulator.books().path("accounts")) {
      sum += account.path("costUsd").asDouble();
    }
    return sum;
  }

  boolean isOpenAi() {
    return kind.equals("openai");
  }

  @Override
  public void close() {
    client.close();
    simulator.close();
  }
}
