package io.sluice.internal.provider.bedrock;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.ErrorKind;
import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.Provider;
import io.sluice.internal.answers.Answers.Place;
import io.sluice.internal.http.Bounded;
import io.sluice.internal.http.ControlCalls;
import io.sluice.internal.http.ErrorReply;
import io.sluice.internal.http.ErrorVerdict;
import io.sluice.internal.http.GivenIds;
import io.sluice.internal.http.NoAnswer;
import io.sluice.internal.prepare.CanonicalJson;
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
import io.sluice.spi.Reply.Scope;
import io.sluice.spi.Request;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.hc.core5.http.MessageHeaders;
import org.apache.hc.core5.http.message.HeaderGroup;
import org.jspecify.annotations.Nullable;

/**
 * Bedrock's batch inference (API reference, CreateModelInvocationJob; user guide, batch inference):
 * requests are an object in S3, results another one, below the task's prefix. The intent is the
 * job's name, by which it is found again, and its {@code clientRequestToken}, with which a creation
 * that is repeated creates nothing more. A job that ran out of time keeps what it had answered.
 */
final class BedrockBatches implements BatchApi {
  /** In a task's settings: where requests and results are, {@code s3://BUCKET/PREFIX}. */
  static final String S3_URI = "batch.s3Uri";

  /** In a task's settings: the role as which Bedrock reads and writes there. */
  static final String ROLE = "batch.roleArn";

  /** Service Quotas, records of a job: fewer are refused. */
  static final int LEAST_REQUESTS = 100;

  private static final String JOB = "/model-invocation-job";
  private static final String JOBS = "/model-invocation-jobs";
  private static final String WHAT = "The batch's request";
  private static final String NAME = "sluice-";
  private static final String IN = "in/";
  private static final String OUT = "out/";
  private static final String JSONL = ".jsonl";

  /** Of a result that may never have been written. */
  private static final String PERHAPS = "?";

  /** Service Quotas: 50,000 records and 1 GB in a file. */
  private static final BatchLimits LIMITS = new BatchLimits(50_000, 1_000_000_000, Long.MAX_VALUE);

  private static final ObjectMapper JSON = new ObjectMapper();

  private final ControlCalls calls;
  private final BedrockStorage storage;
  private final Operation operation;
  private final String model;
  private final String role;

  private BedrockBatches(
      ControlCalls calls, BedrockStorage storage, Connection connection, String role) {
    this.calls = calls;
    this.storage = storage;
    this.operation = connection.operation();
    this.model = connection.model();
    this.role = role;
  }

  /**
   * @throws IllegalArgumentException where the task does not say where batches are
   */
  static BedrockBatches open(Connection connection) {
    Provider provider = connection.provider();
    String uri = provider.settings().get(S3_URI);
    String role = provider.settings().get(ROLE);
    if (uri == null || role == null) {
      throw new IllegalArgumentException(
          "Batches of a provider of kind bedrock need " + S3_URI + " and " + ROLE);
    }
    Connection control =
        connection.withProvider(provider.withBaseUrl(BedrockPlaces.control(provider.baseUrl())));
    return new BedrockBatches(
        new ControlCalls(
            control, Map.of(), BedrockBatches::classify, BedrockSigners.of(connection)),
        BedrockStorage.open(connection, uri),
        connection,
        role);
  }

  /** Too many jobs at work is no end of the account: one of them will be over. */
  private static Reply.Failed classify(
      int status, MessageHeaders headers, String body, String what) {
    Reply.Failed failed = BedrockErrors.classify(status, headers, body, what);
    return "ServiceQuotaExceededException".equals(failed.code())
        ? new ErrorVerdict(ErrorKind.RATE_LIMITED, Scope.RATE, true, "")
            .toReply(
                ErrorReply.of(
                    status,
                    headers,
                    what,
                    "the account has as many jobs as it may have",
                    "ServiceQuotaExceededException"))
        : failed;
  }

  @Override
  public String path() {
    return JOB;
  }

  @Override
  public BatchFormat format() {
    return new BatchFormat("", "\n", "\n", BedrockBatches::line);
  }

  static String line(String customId, Request request) {
    return "{\"recordId\":\"" + customId + "\",\"modelInput\":" + unmarked(request.body()) + "}";
  }

  /**
   * A body without the task's cache point: the requests of a job do not see what the others write,
   * and none can go ahead of them, so that each would pay for writing and none would read.
   */
  private static String unmarked(String body) {
    if (!body.contains("\"" + BedrockRequests.CACHE_POINT + "\":")) {
      return body;
    }
    ObjectNode request = CanonicalJson.parseObject("a request", body);
    for (Iterator<JsonNode> each = request.path("system").iterator(); each.hasNext(); ) {
      if (each.next().has(BedrockRequests.CACHE_POINT)) {
        each.remove();
      }
    }
    return CanonicalJson.write(request);
  }

  @Override
  public BatchLimits limits() {
    return LIMITS;
  }

  @Override
  public String upload(PackedBatch batch) throws CallFailedException {
    String name = input(batch.intentId());
    storage.put(name, batch.file());
    return name;
  }

  /** A batch's requests: named by its intent alone, whatever a job says of itself later. */
  private static String input(String intentId) {
    return IN + NAME + intentId + JSONL;
  }

  @Override
  public BatchStatus create(BatchIntent intent, PackedBatch batch, @Nullable String fileId)
      throws CallFailedException {
    ObjectNode body = JSON.createObjectNode();
    body.put("jobName", NAME + intent.id());
    body.put("clientRequestToken", NAME + intent.id());
    body.put("roleArn", role).put("modelId", model);
    body.put("modelInvocationType", operation == Operation.EMBED ? "InvokeModel" : "Converse");
    body.putObject("inputDataConfig")
        .putObject("s3InputDataConfig")
        .put("s3InputFormat", "JSONL")
        .put("s3Uri", storage.uri(String.valueOf(fileId)));
    body.putObject("outputDataConfig")
        .putObject("s3OutputDataConfig")
        .put("s3Uri", storage.uri(OUT));
    return status(calls.post(JOB, body.toString()));
  }

  @Override
  public BatchStatus poll(String batchId) throws CallFailedException {
    return status(calls.call("GET", JOB + "/" + GivenIds.inPath(batchId), Map.of(), null));
  }

  /** The answer to stopping is empty: the state is looked up. */
  @Override
  public BatchStatus cancel(String batchId) throws CallFailedException {
    JsonNode answer =
        calls.call("POST", JOB + "/" + GivenIds.inPath(batchId) + "/stop", Map.of(), null);
    return answer.has("status") ? status(answer) : poll(batchId);
  }

  @Override
  public Page list(BatchIntent intent, @Nullable String after) throws CallFailedException {
    Map<String, String> query = new HashMap<>();
    query.put("nameContains", NAME + intent.id());
    query.put("maxResults", "100");
    if (after != null) {
      query.put("nextToken", after);
    }
    JsonNode page = calls.page(JOBS, query);
    List<Listed> batches = new ArrayList<>();
    for (JsonNode job : page.path("invocationJobSummaries")) {
      boolean own = CustomIds.isName(NAME + intent.id(), job.path("jobName").asText(""));
      batches.add(new Listed(status(job), own ? Owner.INTENT : Owner.OTHER));
    }
    String next = page.path("nextToken").asText("");
    return new Page(batches, next.isEmpty() ? null : next);
  }

  @Override
  public void download(String file, BodyReader reader) throws CallFailedException {
    boolean perhaps = file.startsWith(PERHAPS);
    try {
      storage.get(perhaps ? file.substring(PERHAPS.length()) : file, reader);
    } catch (CallFailedException e) {
      if (!perhaps || !BedrockStorage.isMissing(e)) {
        throw e;
      }
    }
  }

  @Override
  public String customId(JsonNode line) {
    return line.path("recordId").asText("");
  }

  @Override
  public Reply reply(JsonNode line) {
    JsonNode output = line.path("modelOutput");
    Place place = Place.inBatch(WHAT);
    if (output.isObject()) {
      return operation == Operation.EMBED
          ? BedrockEmbeddings.readOne(output.toString(), model, place)
          : BedrockAnswers.read(output, model, place);
    }
    JsonNode error = line.path("error");
    if (!error.isObject()) {
      return NoAnswer.unreadable(
          WHAT + " came back without an output or an error", null, RateHeaders.NONE);
    }
    String code = error.path("errorCode").asText("");
    int status = BedrockErrors.status(code);
    return status == 0
        ? NoAnswer.inBatch(WHAT, code, BedrockErrors.message(error))
        : BedrockErrors.classify(status, new HeaderGroup(), error.toString(), WHAT);
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
    String arn = job.path("jobArn").asText("");
    String id = arn.substring(arn.lastIndexOf('/') + 1);
    String name = job.path("jobName").asText("");
    Counts counts =
        new Counts(
            Bounded.count(job.path("totalRecordCount")),
            Bounded.count(job.path("successRecordCount")),
            Bounded.count(job.path("errorRecordCount")),
            0,
            0);
    String word = job.path("status").asText("").toLowerCase(Locale.ROOT);
    State state = state(word, counts);
    return new BatchStatus(
        id,
        CustomIds.intentOf(NAME, name),
        state,
        counts,
        state == State.FAILED
            ? List.of(new BatchProblem(word, job.path("message").asText(""), null))
            : List.of(),
        Bounded.instant(job.path("submitTime")),
        Bounded.instant(job.path("jobExpirationTime")),
        null,
        state.isEnded() && state != State.FAILED && !word.equals("expired")
            ? List.of(OUT + id)
            : List.of());
  }

  private static State state(String word, Counts counts) {
    return switch (word) {
      case "", "submitted", "validating", "scheduled" -> State.VALIDATING;
      case "inprogress" -> State.IN_PROGRESS;
      case "completed" -> State.COMPLETED;
      // The first ran out of time with a part of the requests done, the second before it began.
      case "partiallycompleted", "expired" -> State.EXPIRED;
      // What was answered before it broke is billed, and in the results.
      case "failed" -> counts.finished() > 0 ? State.EXPIRED : State.FAILED;
      case "stopping" -> State.CANCELLING;
      case "stopped" -> State.CANCELLED;
      default -> State.UNKNOWN;
    };
  }

  /** Below the task's place, by the intent: a job that is called otherwise is not this one. */
  @Override
  public List<String> resultFiles(BatchIntent intent, BatchStatus ended) {
    if (ended.resultFiles().isEmpty() || !GivenIds.isOne(ended.id())) {
      return List.of();
    }
    String file = OUT + ended.id() + "/" + NAME + intent.id() + JSONL + ".out";
    // It may have been stopped before it wrote anything.
    return List.of(ended.state() == State.CANCELLED ? PERHAPS + file : file);
  }

  @Override
  public void discard(BatchIntent intent, BatchStatus ended) throws CallFailedException {
    delete(input(intent.id()));
  }
}
