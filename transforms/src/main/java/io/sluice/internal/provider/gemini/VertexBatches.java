package io.sluice.internal.provider.gemini;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.base.CharMatcher;
import io.sluice.ModelTask.Operation;
import io.sluice.internal.answers.Answers.Place;
import io.sluice.internal.http.Bounded;
import io.sluice.internal.http.ControlCalls;
import io.sluice.internal.http.ErrorVerdict;
import io.sluice.internal.http.GivenIds;
import io.sluice.internal.http.NoAnswer;
import io.sluice.internal.text.ForeignJson;
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
import io.sluice.spi.CustomIds;
import io.sluice.spi.PackedBatch;
import io.sluice.spi.RateHeaders;
import io.sluice.spi.Reply;
import io.sluice.spi.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hc.core5.http.message.HeaderGroup;
import org.jspecify.annotations.Nullable;

/**
 * Batches at Vertex AI (its reference, batchPredictionJobs): a file in a bucket, and results in
 * files below another place there. Creation cannot be repeated; the intent is the display name, by
 * which the list is filtered. A line of results repeats its request with what stands beside it, and
 * that is where its custom id is. A job that ran out of time, or was cancelled, keeps what it had.
 */
final class VertexBatches implements BatchApi {
  static final String BUCKET = "batch.gcsUri";

  private static final String JOBS = "/batchPredictionJobs";
  private static final String WHAT = "The batch's request";
  private static final String NAME = "sluice-";

  /** Guide to batch inference with Gemini: requests of a job, and 1 GB a file. */
  private static final BatchLimits LIMITS = new BatchLimits(100_000, 900_000_000, Long.MAX_VALUE);

  /** What has been answered so far, in a job that runs. */
  private static final String SO_FAR = "incremental_";

  private static final ObjectMapper JSON = ForeignJson.MAPPER;

  private final ControlCalls calls;
  private final GoogleStorage storage;
  private final String model;
  private final String place;

  private VertexBatches(ControlCalls calls, GoogleStorage storage, String model, String place) {
    this.calls = calls;
    this.storage = storage;
    this.model = model;
    this.place = place;
  }

  static VertexBatches open(Connection connection) {
    String place = connection.provider().settings().get(BUCKET);
    if (place == null) {
      throw new IllegalArgumentException(
          BUCKET + " is missing: batches at Vertex AI are files in a bucket, gs://BUCKET/PATH");
    }
    return new VertexBatches(
        new ControlCalls(connection, Map.of(), GeminiErrors::classify),
        GoogleStorage.open(connection),
        Vertex.resource(connection.model()),
        place.replaceAll("/+$", ""));
  }

  @Override
  public String path() {
    return JOBS;
  }

  @Override
  public BatchFormat format() {
    return new BatchFormat("", "\n", "\n", VertexBatches::line);
  }

  private static String line(String customId, Request request) {
    return "{\"custom_id\":\""
        + customId
        + "\",\"request\":"
        + Vertex.tiered(request.body()).body()
        + "}";
  }

  @Override
  public BatchLimits limits() {
    return LIMITS;
  }

  @Override
  public String upload(PackedBatch batch) throws CallFailedException {
    String uri = input(batch.intentId());
    storage.upload(uri, batch.file());
    return uri;
  }

  /** Where a batch's requests are: by its intent alone, whatever a job says of itself later. */
  private String input(String intentId) {
    return place + "/" + NAME + intentId + ".jsonl";
  }

  private String output(BatchIntent intent) {
    return place + "/" + NAME + intent.id() + "-results";
  }

  @Override
  public BatchStatus create(BatchIntent intent, PackedBatch batch, @Nullable String fileId)
      throws CallFailedException {
    ObjectNode job = JSON.createObjectNode();
    job.put("displayName", NAME + intent.id()).put("model", model);
    ObjectNode input = job.putObject("inputConfig").put("instancesFormat", "jsonl");
    input.putObject("gcsSource").putArray("uris").add(fileId);
    ObjectNode output = job.putObject("outputConfig").put("predictionsFormat", "jsonl");
    output.putObject("gcsDestination").put("outputUriPrefix", output(intent));
    return status(calls.post(JOBS, job.toString()));
  }

  @Override
  public BatchStatus poll(String batchId) throws CallFailedException {
    return status(calls.call("GET", JOBS + "/" + GivenIds.inPath(batchId), Map.of(), null));
  }

  /** The answer to cancelling is empty: the state is looked up. */
  @Override
  public BatchStatus cancel(String batchId) throws CallFailedException {
    JsonNode answer = calls.post(JOBS + "/" + GivenIds.inPath(batchId) + ":cancel", "{}");
    return answer.has("state") ? status(answer) : poll(batchId);
  }

  @Override
  public Page list(BatchIntent intent, @Nullable String after) throws CallFailedException {
    String name = NAME + intent.id();
    Map<String, String> query = new TreeMap<>();
    query.put("filter", "displayName=\"" + name + "\"");
    query.put("pageSize", "100");
    if (after != null) {
      query.put("pageToken", after);
    }
    JsonNode page = calls.page(JOBS, query);
    List<Listed> batches = new ArrayList<>();
    for (JsonNode batch : page.path("batchPredictionJobs")) {
      boolean own = CustomIds.isName(name, batch.path("displayName").asText(""));
      batches.add(new Listed(status(batch), own ? Owner.INTENT : Owner.OTHER));
    }
    String next = page.path("nextPageToken").asText("");
    return new Page(batches, next.isEmpty() ? null : next);
  }

  /** All files of results below a place; what was so far, only where nothing else is. */
  @Override
  public void download(String file, BodyReader reader) throws CallFailedException {
    List<String> all =
        storage.list(CharMatcher.is('/').trimTrailingFrom(file) + "/").stream()
            .filter(uri -> uri.contains(".jsonl"))
            .toList();
    List<String> whole = all.stream().filter(uri -> !uri.contains(SO_FAR)).toList();
    for (String uri : whole.isEmpty() ? all : whole) {
      storage.download(uri, reader);
    }
  }

  @Override
  public Reply reply(JsonNode line) {
    String status = line.path("status").isTextual() ? line.path("status").asText() : "";
    JsonNode response = line.path("response");
    if (status.isBlank() && response.isObject() && !response.isEmpty()) {
      return GeminiAnswers.read(response, Operation.CHAT, Place.inBatch(WHAT));
    }
    JsonNode error = error(line, status);
    if (error.isObject() && !error.isEmpty()) {
      ObjectNode envelope = JSON.createObjectNode();
      envelope.set("error", error);
      int code = GeminiErrors.status(error);
      return code == GeminiErrors.CANCELLED
          ? NoAnswer.inBatch(WHAT, "cancelled", error.path("message").asText(""))
          : GeminiErrors.classify(code, new HeaderGroup(), envelope.toString(), WHAT);
    }
    String lower = status.toLowerCase(Locale.ROOT);
    if (lower.contains("cancel") || lower.contains("expire")) {
      return NoAnswer.inBatch(WHAT, lower.contains("cancel") ? "cancelled" : "expired", status);
    }
    return NoAnswer.unreadable(
        WHAT
            + " came back without a response"
            + (status.isBlank() ? " or an error" : ": " + ErrorVerdict.cut(status)),
        null,
        RateHeaders.NONE);
  }

  /** An error stands in the status, after some words, as a text of JSON; or is an object. */
  private static JsonNode error(JsonNode line, String status) {
    for (String name : List.of("error", "status")) {
      if (line.path(name).isObject()) {
        return line.path(name);
      }
    }
    int at = status.indexOf('{');
    try {
      JsonNode said = at < 0 ? JSON.missingNode() : JSON.readTree(status.substring(at));
      return said.path("error").isObject() ? said.path("error") : said;
    } catch (JsonProcessingException e) {
      return JSON.missingNode();
    }
  }

  /** All that is below the place that the job was given, in whichever directory of its own. */
  @Override
  public List<String> resultFiles(BatchIntent intent, BatchStatus ended) {
    return ended.resultFiles().isEmpty() ? List.of() : List.of(output(intent));
  }

  @Override
  public void discard(BatchIntent intent, BatchStatus ended) throws CallFailedException {
    delete(input(intent.id()));
  }

  @Override
  public void delete(String fileId) throws CallFailedException {
    storage.delete(fileId);
  }

  @Override
  public void close() {
    calls.close();
    storage.close();
  }

  private static BatchStatus status(JsonNode job) {
    String name = job.path("name").asText("");
    JsonNode stats = job.path("completionStats");
    long succeeded = count(stats, "successfulCount");
    long failed = count(stats, "failedCount");
    Counts counts =
        new Counts(succeeded + failed + count(stats, "incompleteCount"), succeeded, failed, 0, 0);
    List<String> results = results(job);
    State state = state(job.path("state").asText(""), succeeded);
    return new BatchStatus(
        name.substring(name.lastIndexOf('/') + 1),
        CustomIds.intentOf(NAME, job.path("displayName").asText("")),
        state,
        counts,
        problems(job.path("error")),
        Bounded.instant(job.path("createTime")),
        null,
        null,
        state.isEnded() ? results : List.of());
  }

  private static State state(String state, long succeeded) {
    return switch (state.toUpperCase(Locale.ROOT).replaceFirst("^JOB_STATE_", "")) {
      case "QUEUED", "PENDING" -> State.VALIDATING;
      case "RUNNING", "UPDATING", "PAUSED" -> State.IN_PROGRESS;
      // What a success in part lacks is missing in its results, and asked again.
      case "SUCCEEDED", "PARTIALLY_SUCCEEDED" -> State.COMPLETED;
      // One that broke on its way keeps what was answered, and that is billed.
      case "FAILED" -> succeeded > 0 ? State.CANCELLED : State.FAILED;
      case "CANCELLING" -> State.CANCELLING;
      case "CANCELLED" -> State.CANCELLED;
      case "EXPIRED" -> State.EXPIRED;
      default -> State.UNKNOWN;
    };
  }

  /** Where results are as the job says, or at least where it was to write them. */
  private static List<String> results(JsonNode job) {
    String written = job.path("outputInfo").path("gcsOutputDirectory").asText("");
    String asked =
        job.path("outputConfig").path("gcsDestination").path("outputUriPrefix").asText("");
    String place = written.isEmpty() ? asked : written;
    return place.startsWith("gs://") ? List.of(place) : List.of();
  }

  private static List<BatchProblem> problems(JsonNode error) {
    return error.isObject() && !error.isEmpty()
        ? List.of(
            new BatchProblem(error.path("code").asText(""), error.path("message").asText(""), null))
        : List.of();
  }

  /** 64 bits wide, and so a text in this JSON. */
  private static long count(JsonNode stats, String name) {
    return Bounded.count(LongNode.valueOf(stats.path(name).asLong(0)));
  }
}
