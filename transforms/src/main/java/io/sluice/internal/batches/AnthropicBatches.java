package io.sluice.internal.batches;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.api.client.http.FileContent;
import com.google.api.client.http.HttpContent;
import io.sluice.internal.batches.BatchStatus.Counts;
import io.sluice.internal.batches.BatchStatus.State;
import io.sluice.internal.provider.BatchReplies;
import io.sluice.spi.Reply;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Anthropic's message batches (API reference). There is no metadata: a batch is its intent's if its
 * results have the intent's custom ids, whatever its counts say, and until it has ended it may be
 * if the number of requests is the same. Results are read from their path under the base URL, not
 * from the URL that the provider names: the key goes to no other host.
 */
final class AnthropicBatches implements BatchWire {
  private static final String PATH = "/v1/messages/batches";

  @Override
  public String path() {
    return PATH;
  }

  @Override
  public Map<String, String> page(@Nullable String after) {
    return after == null ? Map.of("limit", "100") : Map.of("limit", "100", "after_id", after);
  }

  @Override
  public BatchFormat format() {
    return BatchFormat.ANTHROPIC;
  }

  @Override
  public String requestUrl() {
    return "";
  }

  @Override
  public BatchLimits limits() {
    return BatchLimits.ANTHROPIC;
  }

  @Override
  public @Nullable String upload(BatchCalls calls, PackedBatch batch) {
    return null;
  }

  @Override
  public HttpContent create(BatchIntent intent, PackedBatch batch, @Nullable String fileId) {
    return new FileContent("application/json; charset=utf-8", batch.file().toFile());
  }

  @Override
  public boolean isPassing(Reply.Failed refusal, @Nullable String fileId) {
    return false;
  }

  /** Deleting the batch would delete its results. */
  @Override
  public void delete(BatchCalls calls, String fileId) {}

  @Override
  public BatchStatus status(JsonNode batch) {
    JsonNode given = batch.path("request_counts");
    Counts counts =
        new Counts(
            total(given),
            given.path("succeeded").asLong(),
            given.path("errored").asLong(),
            given.path("expired").asLong(),
            given.path("canceled").asLong());
    String id = batch.path("id").asText("");
    State state = state(batch, counts);
    return new BatchStatus(
        id,
        state,
        counts,
        List.of(),
        time(batch.path("created_at")),
        time(batch.path("expires_at")),
        null,
        state.isEnded() && batch.hasNonNull("results_url")
            ? List.of(PATH + "/" + id + "/results")
            : List.of());
  }

  private static long total(JsonNode counts) {
    long total = 0;
    for (JsonNode count : counts) {
      total += count.asLong();
    }
    return total;
  }

  private static State state(JsonNode batch, Counts counts) {
    return switch (batch.path("processing_status").asText("")) {
      case "in_progress" -> State.IN_PROGRESS;
      case "canceling" -> State.CANCELLING;
      case "ended" ->
          batch.hasNonNull("cancel_initiated_at")
              ? State.CANCELLED
              : counts.expired() > 0 ? State.EXPIRED : State.COMPLETED;
      default -> State.UNKNOWN;
    };
  }

  private static @Nullable Instant time(JsonNode text) {
    try {
      return text.isTextual() ? Instant.parse(text.asText()) : null;
    } catch (DateTimeException e) {
      return null;
    }
  }

  @Override
  public Owner owner(JsonNode batch, BatchStatus status, BatchIntent intent) {
    if (!status.resultFiles().isEmpty()) {
      return Owner.SEE_RESULTS;
    }
    // What is archived has lost its results: all that is left is to ask again.
    long total = status.counts().total();
    return batch.hasNonNull("archived_at") || (total != 0 && total != intent.requests())
        ? Owner.OTHER
        : Owner.OPEN;
  }

  @Override
  public Reply reply(JsonNode resultLine) {
    return BatchReplies.anthropic(resultLine);
  }
}
