package io.sluice.internal.provider.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.Provider;
import io.sluice.internal.answers.Answers;
import io.sluice.internal.completions.BatchFiles;
import io.sluice.internal.completions.BatchRows;
import io.sluice.internal.http.Bounded;
import io.sluice.internal.http.ControlCalls;
import io.sluice.internal.http.GivenIds;
import io.sluice.spi.BatchApi;
import io.sluice.spi.BatchFormat;
import io.sluice.spi.BatchIntent;
import io.sluice.spi.BatchLimits;
import io.sluice.spi.BatchStatus;
import io.sluice.spi.BatchStatus.BatchProblem;
import io.sluice.spi.BatchStatus.Counts;
import io.sluice.spi.BatchStatus.State;
import io.sluice.spi.CallFailedException;
import io.sluice.spi.Connection;
import io.sluice.spi.PackedBatch;
import io.sluice.spi.Reply;
import io.sluice.spi.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * OpenAI's files and batches (API reference; guide to the Batch API), and Azure's, where counts may
 * be null, lists are in {@code value}, and the files lie beside the deployments. A batch carries
 * its intent in its metadata.
 */
final class OpenAiBatches implements BatchApi {
  private static final String INTENT = "sluice_intent";
  private static final String BATCHES = "/batches";

  /** OpenAI's guide to the Batch API; the queue's limit is the account's own. */
  private static final BatchLimits LIMITS = new BatchLimits(50_000, 200_000_000, Long.MAX_VALUE);

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String DEPLOYMENT = "/deployments/[^/]+/*$";

  /** How servers refuse a batch of a file that they do not know, or have not looked at, yet. */
  private static final Set<Integer> NOT_READY = Set.of(400, 404, 409, 422, 425);

  /** Of a file: Azure's guide to batches, and the words of other servers. */
  private static final Set<String> BEING_LOOKED_AT =
      Set.of(
          "pending",
          "notrunning",
          "running",
          "queued",
          "uploading",
          "processing",
          "validating",
          "in_progress",
          "import_pending",
          "importing");

  private final Set<String> lookedAt = ConcurrentHashMap.newKeySet();
  private final ControlCalls calls;
  private final Answers.Format format;
  private final String requestUrl;

  private OpenAiBatches(ControlCalls calls, Answers.Format format, String requestUrl) {
    this.calls = calls;
    this.format = format;
    this.requestUrl = requestUrl;
  }

  static OpenAiBatches open(Connection connection) {
    Operation operation = connection.operation();
    Provider provider = connection.provider();
    String resource = provider.baseUrl().replaceAll(DEPLOYMENT, "");
    boolean isDeployment = !provider.baseUrl().equals(resource);
    String path = OpenAiProvider.path(operation, provider);
    return new OpenAiBatches(
        new ControlCalls(
            connection.withProvider(provider.withBaseUrl(resource)),
            Map.of(),
            OpenAiProvider::error),
        OpenAiProvider.format(operation, provider),
        isDeployment ? path : "/v1" + path);
  }

  @Override
  public String path() {
    return BATCHES;
  }

  /** A file of lines, of which none is empty. */
  @Override
  public BatchFormat format() {
    return new BatchFormat("", "\n", "\n", this::line);
  }

  private String line(String customId, Request request) {
    return "{\"custom_id\":\""
        + customId
        + "\",\"method\":\"POST\",\"url\":\""
        + requestUrl
        + "\",\"body\":"
        + request.body()
        + "}";
  }

  @Override
  public BatchLimits limits() {
    return LIMITS;
  }

  @Override
  public String upload(PackedBatch batch) throws CallFailedException {
    JsonNode file = BatchFiles.upload(calls, batch);
    String id = BatchFiles.uploaded(file);
    if (isBeingLookedAt(file)) {
      lookedAt.add(id);
    }
    return id;
  }

  /** Asks only of a file that the server said it was looking at. */
  @Override
  public boolean isReady(String fileId) throws CallFailedException {
    if (lookedAt.contains(fileId) && isBeingLookedAt(BatchFiles.look(calls, fileId))) {
      return false;
    }
    lookedAt.remove(fileId);
    return true;
  }

  private static boolean isBeingLookedAt(JsonNode file) {
    return BEING_LOOKED_AT.contains(file.path("status").asText("").toLowerCase(Locale.ROOT));
  }

  @Override
  public BatchStatus create(BatchIntent intent, PackedBatch batch, @Nullable String fileId)
      throws CallFailedException {
    ObjectNode body = JSON.createObjectNode();
    body.put("input_file_id", fileId).put("endpoint", requestUrl).put("completion_window", "24h");
    body.putObject("metadata").put(INTENT, intent.id());
    return status(calls.post(BATCHES, body.toString()));
  }

  /** A file that was just uploaded can be unknown, or not ready, for a moment. */
  @Override
  public boolean isPassing(Reply.Failed refusal, @Nullable String fileId) {
    return BatchFiles.isNotReady(refusal, fileId, NOT_READY);
  }

  @Override
  public BatchStatus poll(String batchId) throws CallFailedException {
    return status(calls.call("GET", BATCHES + "/" + GivenIds.inPath(batchId), Map.of(), null));
  }

  @Override
  public BatchStatus cancel(String batchId) throws CallFailedException {
    return status(
        calls.call("POST", BATCHES + "/" + GivenIds.inPath(batchId) + "/cancel", Map.of(), null));
  }

  @Override
  public Page list(BatchIntent intent, @Nullable String after) throws CallFailedException {
    Map<String, String> query =
        after == null ? Map.of("limit", "100") : Map.of("limit", "100", "after", after);
    JsonNode page = calls.page(BATCHES, query, "data", "value");
    List<Listed> batches = new ArrayList<>();
    String last = null;
    for (JsonNode batch : page.path("data").isArray() ? page.path("data") : page.path("value")) {
      BatchStatus status = status(batch);
      last = status.id();
      batches.add(new Listed(status, BatchFiles.owner(batch.path("metadata"), status, intent)));
    }
    return new Page(batches, page.path("has_more").asBoolean(false) ? last : null);
  }

  @Override
  public void download(String file, BodyReader reader) throws CallFailedException {
    BatchFiles.download(calls, file, reader);
  }

  @Override
  public Reply reply(JsonNode line) {
    return BatchRows.reply(line, format, OpenAiProvider::error);
  }

  @Override
  public void discard(BatchIntent intent, BatchStatus ended) throws CallFailedException {
    BatchFiles.discard(calls, intent, ended);
  }

  @Override
  public void delete(String fileId) throws CallFailedException {
    BatchFiles.delete(calls, fileId);
  }

  @Override
  public void close() {
    calls.close();
  }

  private static BatchStatus status(JsonNode batch) {
    JsonNode counts = batch.path("request_counts");
    Counts counted =
        new Counts(
            Bounded.count(counts.path("total")),
            Bounded.count(counts.path("completed")),
            Bounded.count(counts.path("failed")),
            0,
            0);
    boolean hasAnswers = BatchFiles.id(batch.path("output_file_id")) != null;
    State state = state(batch.path("status").asText(""), hasAnswers, counted);
    return new BatchStatus(
        batch.path("id").asText(""),
        BatchFiles.intent(batch.path("metadata"), INTENT),
        state,
        counted,
        problems(batch.path("errors")),
        Bounded.seconds(batch.path("created_at")),
        Bounded.seconds(batch.path("expires_at")),
        BatchFiles.id(batch.path("input_file_id")),
        state.isEnded() ? BatchFiles.results(batch, "output_file_id", "error_file_id") : List.of());
  }

  /** A list within an object; other servers have the list, one error or a text. */
  private static List<BatchProblem> problems(JsonNode errors) {
    List<BatchProblem> problems = new ArrayList<>();
    if (errors.isTextual() && !errors.asText().isBlank()) {
      problems.add(new BatchProblem("error", errors.asText(), null));
    } else if (errors.isArray() || errors.path("data").isArray()) {
      for (JsonNode error : errors.isArray() ? errors : errors.path("data")) {
        problems.addAll(error.isArray() ? List.of() : problems(error));
      }
    } else if (errors.isObject() && !errors.isEmpty()) {
      long line = errors.path("line").asLong(0);
      problems.add(
          new BatchProblem(
              errors.path("code").asText(""),
              errors.path("message").asText(""),
              line > 0 ? line : null));
    }
    return problems;
  }

  private static State state(String status, boolean hasAnswers, Counts counts) {
    return switch (status.toLowerCase(Locale.ROOT)) {
      case "validating" -> State.VALIDATING;
      // What has answers has run in part, and is paid for.
      case "failed" -> hasAnswers ? State.EXPIRED : State.FAILED;
      case "in_progress" -> State.IN_PROGRESS;
      case "finalizing" -> State.FINALIZING;
      case "completed" -> State.COMPLETED;
      case "expired" -> State.EXPIRED;
      case "cancelling" -> State.CANCELLING;
      case "cancelled" -> State.CANCELLED;
      default ->
          hasAnswers && counts.total() > 0 && counts.finished() >= counts.total()
              ? State.COMPLETED
              : State.UNKNOWN;
    };
  }
}
