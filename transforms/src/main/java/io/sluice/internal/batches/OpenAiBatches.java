package io.sluice.internal.batches;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.api.client.http.ByteArrayContent;
import com.google.api.client.http.HttpContent;
import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.Provider;
import io.sluice.internal.batches.BatchStatus.BatchProblem;
import io.sluice.internal.batches.BatchStatus.Counts;
import io.sluice.internal.batches.BatchStatus.State;
import io.sluice.internal.provider.BatchReplies;
import io.sluice.internal.provider.CallerOptions;
import io.sluice.spi.Reply;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * OpenAI's files and batches (API reference; guide to the Batch API), and Azure's, where counts may
 * be null, lists are in {@code value}, and the files lie beside the deployments. A batch carries
 * its intent in its metadata.
 */
final class OpenAiBatches implements BatchWire {
  static final String INTENT = "sluice_intent";

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String DEPLOYMENT = "/deployments/[^/]+/*$";

  private final Operation operation;
  private final String requestUrl;

  private OpenAiBatches(Operation operation, String requestUrl) {
    this.operation = operation;
    this.requestUrl = requestUrl;
  }

  static OpenAiBatches of(CallerOptions options) {
    boolean embed = options.operation() == Operation.EMBED;
    String path = embed ? "/embeddings" : "/chat/completions";
    return new OpenAiBatches(
        options.operation(), isAzureDeployment(options.provider()) ? path : "/v1" + path);
  }

  private static boolean isAzureDeployment(Provider provider) {
    return !provider.baseUrl().equals(withoutDeployment(provider));
  }

  private static String withoutDeployment(Provider provider) {
    return provider.baseUrl().replaceAll(DEPLOYMENT, "");
  }

  /** The provider with the base URL under which its files and batches are. */
  static Provider controlled(Provider provider) {
    return new Provider(
        provider.kind(),
        withoutDeployment(provider),
        provider.key(),
        provider.authHeader(),
        provider.headers(),
        provider.query());
  }

  @Override
  public String path() {
    return "/batches";
  }

  @Override
  public Map<String, String> page(@Nullable String after) {
    return after == null ? Map.of("limit", "100") : Map.of("limit", "100", "after", after);
  }

  @Override
  public BatchFormat format() {
    return BatchFormat.OPENAI;
  }

  @Override
  public String requestUrl() {
    return requestUrl;
  }

  @Override
  public BatchLimits limits() {
    return BatchLimits.OPENAI;
  }

  /** Repeated without thought: a file that nothing refers to costs nothing. */
  @Override
  public String upload(BatchCalls calls, PackedBatch batch)
      throws BatchException, InterruptedException {
    String name = "sluice-" + batch.intentId() + ".jsonl";
    JsonNode file = calls.post("/files", new FileForm(batch.file(), batch.bytes(), name, "batch"));
    return file.path("id").asText();
  }

  @Override
  public HttpContent create(BatchIntent intent, PackedBatch batch, @Nullable String fileId) {
    ObjectNode body = JSON.createObjectNode();
    body.put("input_file_id", fileId).put("endpoint", requestUrl).put("completion_window", "24h");
    body.putObject("metadata").put(INTENT, intent.id());
    return ByteArrayContent.fromString("application/json; charset=utf-8", body.toString());
  }

  /** A file that was just uploaded can be unknown, or not ready, for a moment. */
  @Override
  public boolean isPassing(Reply.Failed refusal, @Nullable String fileId) {
    Integer status = refusal.status();
    String message = refusal.message().toLowerCase(Locale.ROOT);
    return status != null
        && (status == 400 || status == 404)
        && (message.contains("cannot find file")
            || (fileId != null && message.contains(fileId.toLowerCase(Locale.ROOT))));
  }

  @Override
  public void delete(BatchCalls calls, String fileId) throws BatchException, InterruptedException {
    calls.delete("/files/" + fileId);
  }

  @Override
  public BatchStatus status(JsonNode batch) {
    JsonNode counts = batch.path("request_counts");
    List<BatchProblem> problems = new ArrayList<>();
    for (JsonNode error : batch.path("errors").path("data")) {
      problems.add(
          new BatchProblem(
              error.path("code").asText(""),
              error.path("message").asText(""),
              error.path("line").canConvertToLong() ? error.path("line").asLong() : null));
    }
    State state = state(batch.path("status").asText(""));
    return new BatchStatus(
        batch.path("id").asText(""),
        state,
        new Counts(
            counts.path("total").asLong(),
            counts.path("completed").asLong(),
            counts.path("failed").asLong(),
            0,
            0),
        problems,
        time(batch.path("created_at")),
        time(batch.path("expires_at")),
        text(batch.path("input_file_id")),
        state.isEnded() ? resultFiles(batch) : List.of());
  }

  private static State state(String status) {
    return switch (status) {
      case "validating" -> State.VALIDATING;
      case "failed" -> State.FAILED;
      case "in_progress" -> State.IN_PROGRESS;
      case "finalizing" -> State.FINALIZING;
      case "completed" -> State.COMPLETED;
      case "expired" -> State.EXPIRED;
      case "cancelling" -> State.CANCELLING;
      case "cancelled" -> State.CANCELLED;
      default -> State.UNKNOWN;
    };
  }

  private static List<String> resultFiles(JsonNode batch) {
    List<String> files = new ArrayList<>();
    for (String name : new String[] {"output_file_id", "error_file_id"}) {
      String id = text(batch.path(name));
      if (id != null) {
        files.add("/files/" + id + "/content");
      }
    }
    return files;
  }

  /** Null, absent and empty all mean that there is none. */
  private static @Nullable String text(JsonNode node) {
    return node.isTextual() && !node.asText().isEmpty() ? node.asText() : null;
  }

  private static @Nullable Instant time(JsonNode seconds) {
    return seconds.canConvertToLong() ? Instant.ofEpochSecond(seconds.asLong()) : null;
  }

  @Override
  public Owner owner(JsonNode batch, BatchStatus status, BatchIntent intent) {
    return batch.path("metadata").path(INTENT).asText("").equals(intent.id())
        ? Owner.INTENT
        : Owner.OTHER;
  }

  @Override
  public Reply reply(JsonNode resultLine) {
    return BatchReplies.openAi(resultLine, operation);
  }
}
