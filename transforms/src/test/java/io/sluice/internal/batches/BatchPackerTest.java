package io.sluice.internal.batches;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.matchesPattern;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.Provider;
import io.sluice.internal.batches.BatchPacker.Fit;
import io.sluice.internal.provider.Providers;
import io.sluice.spi.BatchApi;
import io.sluice.spi.BatchFormat;
import io.sluice.spi.BatchLimits;
import io.sluice.spi.Connection;
import io.sluice.spi.CustomIds;
import io.sluice.spi.PackedBatch;
import io.sluice.spi.Request;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class BatchPackerTest {
  private static final BatchLimits WIDE = new BatchLimits(1_000, 1_000_000, 1_000_000);

  private static final BatchFormat LINES = api("openai").format();
  private static final BatchFormat BODY = api("anthropic").format();

  @TempDir Path directory;
  private final AtomicInteger intents = new AtomicInteger();

  private static BatchApi api(String kind) {
    return Providers.of(kind)
        .batches(
            new Connection(
                Provider.of(kind), Operation.CHAT, "m-1", null, Duration.ofSeconds(1), 1));
  }

  static List<BatchFormat> formats() {
    return List.of(LINES, BODY);
  }

  private BatchPacker packer(BatchFormat format, BatchLimits limits) {
    return new BatchPacker(format, limits, directory, () -> "i" + intents.incrementAndGet());
  }

  private static PackedBatch finish(BatchPacker packer) throws IOException {
    PackedBatch batch = packer.finish();
    assertThat(batch, is(notNullValue()));
    return present(batch);
  }

  private static PackedBatch present(@Nullable PackedBatch batch) {
    if (batch == null) {
      throw new AssertionError("no batch");
    }
    return batch;
  }

  /** The size of a batch of the first requests. */
  private long bytes(BatchFormat format, int requests) throws IOException {
    BatchPacker packer = packer(format, WIDE);
    for (int i = 0; i < requests; i++) {
      packer.add(BatchRig.request(i));
    }
    PackedBatch batch = finish(packer);
    intents.set(0);
    batch.delete();
    return batch.bytes();
  }

  @Test
  void openAi_isALineARequest_withItsNameAddressAndBody() throws IOException {
    BatchPacker packer = packer(LINES, WIDE);
    packer.add(new Request("ab".repeat(32), "{\"a\":\n\"é\\n\"}", 7, 3));
    packer.add(BatchRig.request(1));
    PackedBatch batch = finish(packer);
    String text = Files.readString(batch.file());
    List<String> lines = text.lines().toList();
    assertThat(lines.size(), is(2));
    assertThat(
        lines.get(0),
        is(
            "{\"custom_id\":\"i1-"
                + "ab".repeat(16)
                + "\",\"method\":\"POST\",\"url\":\"/v1/chat/completions\",\"body\":{\"a\": \"é\\n\"}}"));
    assertThat(text.endsWith("}\n"), is(true));
    assertThat(batch.bytes(), is(Files.size(batch.file())));
    assertThat(batch.inputTokens(), is(17L));
    assertThat(batch.maxOutputTokens(), is(8L));
    assertThat(
        batch.fingerprints(), is(List.of("ab".repeat(32), BatchRig.request(1).fingerprint())));
  }

  @Test
  void anthropic_isOneBody_withIdsThatTheProviderTakes() throws IOException {
    BatchPacker packer = packer(BODY, WIDE);
    packer.add(BatchRig.request(0));
    packer.add(BatchRig.request(1));
    PackedBatch batch = finish(packer);
    assertThat(batch.bytes(), is(Files.size(batch.file())));
    JsonNode requests =
        new ObjectMapper().readTree(Files.readString(batch.file(), UTF_8)).path("requests");
    assertThat(requests.size(), is(2));
    assertThat(requests.get(1).path("params").path("n").asInt(), is(1));
    for (JsonNode request : requests) {
      assertThat(request.path("custom_id").asText(), matchesPattern("^[a-zA-Z0-9_-]{1,64}$"));
    }
  }

  @Test
  void longestIntent_stillFitsIntoACustomId() {
    String id = CustomIds.of("x".repeat(CustomIds.MAX_INTENT), "ab".repeat(32));
    assertThat(id, matchesPattern("^[a-zA-Z0-9_-]{1,64}$"));
    assertThat(CustomIds.fingerprintOf(id), is("ab".repeat(16)));
    assertThat(CustomIds.isOf("x".repeat(CustomIds.MAX_INTENT), id), is(true));
    assertThat(CustomIds.isOf("x", id), is(false));
    assertThat(CustomIds.isOf("x", " X-AB\n"), is(true));
    assertThat(CustomIds.isOf("x", "x"), is(false));
    assertThrows(IllegalArgumentException.class, () -> CustomIds.checkedIntent("x".repeat(25)));
    assertThrows(IllegalArgumentException.class, () -> CustomIds.checkedIntent("a-b"));
  }

  @Test
  void requests_fillABatchExactly() throws IOException {
    BatchPacker packer = packer(LINES, WIDE.withRequests(2));
    assertThat(packer.add(BatchRig.request(0)), is(Fit.ADDED));
    assertThat(packer.add(BatchRig.request(1)), is(Fit.ADDED));
    assertThat(packer.add(BatchRig.request(2)), is(Fit.FULL));
    assertThat(finish(packer).requests(), is(2));
    assertThat(packer.add(BatchRig.request(2)), is(Fit.ADDED));
    PackedBatch second = finish(packer);
    assertThat(second.intentId(), is("i2"));
    assertThat(second.requests(), is(1));
    assertThat(packer.finish(), is(nullValue()));
  }

  @ParameterizedTest
  @MethodSource("formats")
  void bytes_ofTheWholeFileCount_toTheLastOne(BatchFormat format) throws IOException {
    long two = bytes(format, 2);
    BatchPacker exact = packer(format, WIDE.withBytes(two));
    assertThat(exact.add(BatchRig.request(0)), is(Fit.ADDED));
    assertThat(exact.add(BatchRig.request(1)), is(Fit.ADDED));
    PackedBatch batch = finish(exact);
    assertThat(Files.size(batch.file()), is(two));
    intents.set(0);
    BatchPacker oneLess = packer(format, WIDE.withBytes(two - 1));
    assertThat(oneLess.add(BatchRig.request(0)), is(Fit.ADDED));
    assertThat(oneLess.add(BatchRig.request(1)), is(Fit.FULL));
  }

  @ParameterizedTest
  @MethodSource("formats")
  void request_largerThanABatch_neverFits(BatchFormat format) throws IOException {
    long one = bytes(format, 1);
    BatchPacker exact = packer(format, WIDE.withBytes(one));
    assertThat(exact.add(BatchRig.request(0)), is(Fit.ADDED));
    intents.set(0);
    BatchPacker oneLess = packer(format, WIDE.withBytes(one - 1));
    assertThat(oneLess.add(BatchRig.request(0)), is(Fit.NEVER));
    assertThat(oneLess.finish(), is(nullValue()));
  }

  @Test
  void request_thatNeverFits_leavesTheOpenBatchAlone() throws IOException {
    BatchPacker packer = packer(LINES, WIDE.withInputTokens(20));
    assertThat(packer.add(BatchRig.request(0)), is(Fit.ADDED));
    assertThat(packer.add(new Request("cd".repeat(32), "{}", 21, 0)), is(Fit.NEVER));
    assertThat(packer.add(BatchRig.request(1)), is(Fit.ADDED));
    assertThat(packer.size(), is(2));
  }

  @Test
  void inputTokens_fillABatchExactly() throws IOException {
    BatchPacker packer = packer(LINES, WIDE.withInputTokens(20));
    assertThat(packer.add(BatchRig.request(0)), is(Fit.ADDED));
    assertThat(packer.add(BatchRig.request(1)), is(Fit.ADDED));
    assertThat(packer.add(BatchRig.request(2)), is(Fit.FULL));
    intents.set(0);
    BatchPacker oneLess = packer(LINES, WIDE.withInputTokens(19));
    assertThat(oneLess.add(BatchRig.request(0)), is(Fit.ADDED));
    assertThat(oneLess.add(BatchRig.request(1)), is(Fit.FULL));
  }

  @Test
  void sameRequestTwice_isRefused_andLeavesTheBatchWhole() throws IOException {
    BatchPacker packer = packer(LINES, WIDE);
    packer.add(BatchRig.request(0));
    assertThrows(IllegalArgumentException.class, () -> packer.add(BatchRig.request(0)));
    assertThat(Files.readString(finish(packer).file()).lines().count(), is(1L));
  }

  @Test
  void close_removesTheOpenFile() throws IOException {
    try (BatchPacker packer = packer(LINES, WIDE)) {
      packer.add(BatchRig.request(0));
    }
    try (var files = Files.list(directory)) {
      assertThat(files.count(), is(0L));
    }
  }

  @Test
  void limits_areThoseOfTheProviders() {
    assertThat(api("openai").limits(), is(new BatchLimits(50_000, 200_000_000, Long.MAX_VALUE)));
    assertThat(
        api("anthropic").limits(), is(new BatchLimits(100_000, 256_000_000, Long.MAX_VALUE)));
    assertThrows(IllegalArgumentException.class, () -> new BatchLimits(0, 1, 1));
  }
}
