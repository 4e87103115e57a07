package io.sluice.internal.provider.anthropic;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.api.client.http.FileContent;
import io.sluice.internal.answers.Answers.Place;
import io.sluice.internal.answers.Errors;
import io.sluice.internal.http.Bounded;
import io.sluice.internal.http.ControlCalls;
import io.sluice.internal.http.GivenIds;
import io.sluice.internal.http.NoAnswer;
import io.sluice.spi.BatchApi;
import io.sluice.spi.BatchFormat;
import io.sluice.spi.BatchIntent;
import io.sluice.spi.BatchLimits;
import io.sluice.spi.BatchStatus;
import io.sluice.spi.BatchStatus.Counts;
import io.sluice.spi.BatchStatus.State;
import io.sluice.spi.CallFailedException;
import io.sluice.spi.Connection;
import io.sluice.spi.CustomIds;
import io.sluice.spi.PackedBatch;
import io.sluice.spi.RateHeaders;
import io.sluice.spi.Reply;
import io.sluice.spi.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Anthropic's message batches (API reference). There is no metadata: a batch is its intent's if its
 * results have the intent's custom ids, whatever its counts say, and until it has ended it may be
 * if the number of requests is the same. Results are read from their path under the base URL, not
 * from the URL that the provider names: the key goes to no other host.
 */
final class AnthropicBatches implements BatchApi {
  private static final String PATH = "/v1/messages/batches";
  private static final String WHAT = "The batch's request";

  /** Anthropic's guide to batch processing. */
  private static final BatchLimits LIMITS = new BatchLimits(100_000, 256_000_000, Long.MAX_VALUE);

  /** The body of the call that creates the batch. */
  private static final BatchFormat FORMAT =
      new BatchFormat("{\"requests\":[", ",", "]}", AnthropicBatches::entry);

  private final ControlCalls calls;

  AnthropicBatches(Connection connection) {
    this.calls = new ControlCalls(connection, AnthropicCaller.VERSION, AnthropicCaller::error);
  }

  private static String entry(String customId, Request request) {
    return "{\"custom_id\":\"" + customId + "\",\"params\":" + request.body() + "}";
  }

  @Override
  public String path() {
    return PATH;
  }

  @Override
  public BatchFormat format() {
    return FORMAT;
  }

  @Override
  public BatchLimits limits() {
    return LIMITS;
  }

  @Override
  public @Nullable String upload(PackedBatch batch) {
    return null;
  }

  @Override
  public BatchStatus create(BatchIntent intent, PackedBatch batch, @Nullable String fileId)
      throws CallFailedException {
    return status(
        calls.call(
            "POST",
            PATH,
            Map.of(),
            new FileContent("application/json; charset=utf-8", batch.file().toFile())));
  }

  @Override
  public BatchStatus poll(String batchId) throws CallFailedException {
    BatchStatus status =
        status(calls.call("GET", PATH + "/" + GivenIds.inPath(batchId), Map.of(), null));
    if (!CustomIds.isName(batchId, status.id())) {
      throw NoAnswer.thrown("A look at batch " + batchId + " was answered with another");
    }
    return status;
  }

  @Override
  public BatchStatus cancel(String batchId) throws CallFailedException {
    return status(
        calls.call("POST", PATH + "/" + GivenIds.inPath(batchId) + "/cancel", Map.of(), null));
  }

  @Override
  public Page list(BatchIntent intent, @Nullable String after) throws CallFailedException {
    Map<String, String> query =
        after == null ? Map.of("limit", "100") : Map.of("limit", "100", "after_id", after);
    JsonNode page = calls.page(PATH, query, "data");
    List<Listed> batches = new ArrayList<>();
    String last = null;
    for (JsonNode batch : page.path("data")) {
      BatchStatus status = status(batch);
      last = status.id();
      batches.add(new Listed(status, owner(batch, status)));
    }
    return new Page(batches, page.path("has_more").asBoolean(false) ? last : null);
  }

  private static Owner owner(JsonNode batch, BatchStatus status) {
    if (!status.resultFiles().isEmpty()) {
      return Owner.SEE_RESULTS;
    }
    // What is archived has lost its results: all that is left is to ask again.
    return batch.hasNonNull("archived_at") ? Owner.OTHER : Owner.OPEN;
  }

  @Override
  public void download(String file, BodyReader reader) throws CallFailedException {
    calls.download(file, reader);
  }

  @Override
  public Reply reply(JsonNode line) {
    JsonNode result = line.path("result");
    String type = result.path("type").asText("");
    String lower = type.toLowerCase(Locale.ROOT);
    boolean isUnasked = lower.contains("expire") || lower.contains("cancel");
    boolean isError = lower.equals("errored");
    boolean isAnswer = result.path("message").isObject() && !result.has("error");
    if (lower.equals("succeeded") || (isAnswer && !isError)) {
      return AnthropicAnswers.read(result.path("message"), Place.inBatch(WHAT));
    }
    if (isUnasked) {
      return NoAnswer.inBatch(WHAT, type, "");
    }
    if (isError || result.path("error").isObject()) {
      return Errors.classify(result.path("error"), WHAT);
    }
    return NoAnswer.unreadable(
        WHAT + " came back without an answer or an error", null, RateHeaders.NONE);
  }

  /** Nothing is uploaded, and deleting the batch would delete its results. */
  @Override
  public void delete(String fileId) {}

  @Override
  public void close() {
    calls.close();
  }

  private static BatchStatus status(JsonNode batch) {
    JsonNode given = batch.path("request_counts");
    Counts counts =
        new Counts(
            total(given),
            Bounded.count(given.path("succeeded")),
            Bounded.count(given.path("errored")),
            Bounded.count(given.path("expired")),
            Bounded.count(given.path("canceled")));
    String id = batch.path("id").asText("");
    State state = state(batch, counts);
    return new BatchStatus(
        id,
        state,
        counts,
        List.of(),
        Bounded.instant(batch.path("created_at")),
        Bounded.instant(batch.path("expires_at")),
        null,
        state.isEnded() && batch.hasNonNull("results_url") && GivenIds.isOne(id)
            ? List.of(PATH + "/" + id + "/results")
            : List.of());
  }

  private static long total(JsonNode counts) {
    long total = 0;
    for (JsonNode count : counts) {
      total += Bounded.count(count);
    }
    return total;
  }

  private static State state(JsonNode batch, Counts counts) {
    return switch (batch.path("processing_status").asText("").toLowerCase(Locale.ROOT)) {
      case "in_progress" -> State.IN_PROGRESS;
      case "canceling" -> State.CANCELLING;
      case "ended" ->
          batch.hasNonNull("cancel_initiated_at")
              ? State.CANCELLED
              : counts.expired() > 0 ? State.EXPIRED : State.COMPLETED;
      default -> {
        boolean isOver =
            counts.total() > 0
                && Bounded.count(batch.path("request_counts").path("processing")) == 0
                && batch.hasNonNull("results_url");
        yield isOver ? State.COMPLETED : State.UNKNOWN;
      }
    };
  }
}
