package io.sluice.internal.provider.mistral;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.internal.answers.Answers;
import io.sluice.internal.completions.BatchFiles;
import io.sluice.internal.completions.BatchRows;
import io.sluice.internal.completions.Completions;
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
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Mistral's batch jobs (page on batch inference; API reference, batch). A job is of one model and
 * one endpoint, its lines are {@code custom_id} and {@code body}, and it carries its intent in its
 * metadata. {@code SUCCESS} means that every line was worked on, not that every line went well; a
 * job that was cancelled or ran out of time may have results all the same.
 *
 * <p>A list can be filtered by metadata, but in which form of the query is told nowhere; a filter
 * that is understood as another would hide a batch that is paid for. So lists are by time, and the
 * metadata is compared here.
 */
final class MistralBatches implements BatchApi {
  private static final String INTENT = "sluice_intent";
  private static final String JOBS = "/batch/jobs";
  private static final int PAGE = 100;

  /** A job that has not ended by then ends with what it has; from 1 to 168 are taken. */
  private static final int TIMEOUT_HOURS = 24;

  /** Clocks differ: jobs a little older than the intent are listed, too. */
  private static final Duration SKEW = Duration.ofHours(1);

  /** Page on batch inference: files of up to 512 MB; a million requests are taken. */
  private static final BatchLimits LIMITS = new BatchLimits(100_000, 500_000_000, Long.MAX_VALUE);

  /** How a job of a file that is not there yet is refused. */
  private static final Set<Integer> NOT_READY = Set.of(400, 404, 409, 422);

  private static final ObjectMapper JSON = new ObjectMapper();

  private final ControlCalls calls;
  private final Answers.Format format;
  private final String endpoint;
  private final String model;

  private MistralBatches(ControlCalls calls, Answers.Format format, String endpoint, String model) {
    this.calls = calls;
    this.format = format;
    this.endpoint = endpoint;
    this.model = model;
  }

  static MistralBatches open(Connection connection) {
    return new MistralBatches(
        new ControlCalls(connection, Map.of(), MistralErrors::classify),
        Completions.format(connection.operation()),
        "/v1" + MistralProvider.path(connection.operation()),
        connection.model());
  }

  @Override
  public String path() {
    return JOBS;
  }

  @Override
  public BatchFormat format() {
    return new BatchFormat("", "\n", "\n", MistralBatches::line);
  }

  private static String line(String customId, Request request) {
    return "{\"custom_id\":\"" + customId + "\",\"body\":" + request.body() + "}";
  }

  @Override
  public BatchLimits limits() {
    return LIMITS;
  }

  @Override
  public String upload(PackedBatch batch) throws CallFailedException {
    return BatchFiles.uploaded(BatchFiles.upload(calls, batch));
  }

  @Override
  public BatchStatus create(BatchIntent intent, PackedBatch batch, @Nullable String fileId)
      throws CallFailedException {
    ObjectNode body = JSON.createObjectNode().put("model", model).put("endpoint", endpoint);
    body.putArray("input_files").add(fileId);
    body.putObject("metadata").put(INTENT, intent.id());
    body.put("timeout_hours", TIMEOUT_HOURS);
    return status(calls.post(JOBS, body.toString()));
  }

  /** A file that was just uploaded can be unknown for a moment. */
  @Override
  public boolean isPassing(Reply.Failed refusal, @Nullable String fileId) {
    return BatchFiles.isNotReady(refusal, fileId, NOT_READY);
  }

  @Override
  public BatchStatus poll(String batchId) throws CallFailedException {
    return status(calls.call("GET", JOBS + "/" + GivenIds.inPath(batchId), Map.of(), null));
  }

  @Override
  public BatchStatus cancel(String batchId) throws CallFailedException {
    return status(
        calls.call("POST", JOBS + "/" + GivenIds.inPath(batchId) + "/cancel", Map.of(), null));
  }

  @Override
  public Page list(BatchIntent intent, @Nullable String after) throws CallFailedException {
    int number = after == null ? 0 : Integer.parseInt(after);
    JsonNode page =
        calls.page(
            JOBS,
            Map.of(
                "created_after", intent.createdAt().minus(SKEW).toString(),
                "order_by", "-created",
                "page", String.valueOf(number),
                "page_size", String.valueOf(PAGE)),
            "data");
    List<Listed> batches = new ArrayList<>();
    for (JsonNode job : page.path("data")) {
      BatchStatus status = status(job);
      batches.add(new Listed(status, BatchFiles.owner(job.path("metadata"), status, intent)));
    }
    return new Page(batches, isLast(page, number, batches.size()) ? null : "" + (number + 1));
  }

  /** Some servers have shorter pages than they are asked for. */
  private static boolean isLast(JsonNode page, int number, int size) {
    long total = Bounded.count(page.path("total"));
    return size == 0 || (total == 0 ? size < PAGE : (number + 1L) * size >= total && size < PAGE);
  }

  @Override
  public void download(String file, BodyReader reader) throws CallFailedException {
    BatchFiles.download(calls, file, reader);
  }

  @Override
  public Reply reply(JsonNode line) {
    return BatchRows.reply(line, format, MistralErrors::classify);
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

  private static BatchStatus status(JsonNode job) {
    List<BatchProblem> problems = new ArrayList<>();
    for (JsonNode error : job.path("errors")) {
      String message = error.isTextual() ? error.asText() : error.path("message").asText("");
      long count = Bounded.count(error.path("count"));
      problems.add(
          new BatchProblem(
              error.path("code").asText("error"),
              message + (count > 1 ? " (" + count + " times)" : ""),
              null));
    }
    List<String> files = BatchFiles.results(job, "output_file", "error_file");
    long succeeded = Bounded.count(job.path("succeeded_requests"));
    long failed = Bounded.count(job.path("failed_requests"));
    long total = Bounded.count(job.path("total_requests"));
    boolean isDone = !files.isEmpty() && total > 0 && succeeded + failed >= total;
    State state = state(job.path("status").asText(""), !files.isEmpty(), isDone);
    Instant created = Bounded.seconds(job.path("created_at"));
    return new BatchStatus(
        job.path("id").asText(""),
        BatchFiles.intent(job.path("metadata"), INTENT),
        state,
        // Those that were worked on are no number of successes: both have one of their own.
        new Counts(total, succeeded, failed, 0, 0),
        problems,
        created,
        created == null ? null : created.plus(Duration.ofHours(TIMEOUT_HOURS)),
        BatchFiles.id(job.path("input_files").path(0)),
        state.isEnded() ? files : List.of());
  }

  private static State state(String status, boolean hasFiles, boolean isDone) {
    return switch (status.toUpperCase(Locale.ROOT)) {
      case "QUEUED", "RUNNING" -> State.IN_PROGRESS;
      // Its results may come a moment later.
      case "SUCCESS" -> State.COMPLETED;
      // What has results has run in part, and is paid for.
      case "FAILED" -> hasFiles ? State.EXPIRED : State.FAILED;
      case "TIMEOUT_EXCEEDED" -> State.EXPIRED;
      case "CANCELLATION_REQUESTED" -> State.CANCELLING;
      case "CANCELLED" -> State.CANCELLED;
      default -> isDone ? State.COMPLETED : State.UNKNOWN;
    };
  }
}
