package io.sluice.simulate.mistral;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import io.sluice.simulate.batches.BatchApi;
import io.sluice.simulate.batches.BatchJob;
import io.sluice.simulate.batches.BatchJob.Item;
import io.sluice.simulate.batches.BatchJob.Outcome;
import io.sluice.simulate.batches.BatchJob.Phase;
import io.sluice.simulate.batches.BatchJob.Result;
import io.sluice.simulate.batches.BatchStore;
import io.sluice.simulate.batches.UploadForm;
import io.sluice.simulate.wire.Reply;
import io.sluice.simulate.wire.Wire;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Mistral's files and batch jobs (page on batch inference; API reference). Lines that failed are in
 * a file of their own, with their bodies as texts. Thread-safe.
 */
final class MistralBatchApi extends BatchApi {
  static final String FILES = "/mistral/v1/files";
  static final String JOBS = "/mistral/v1/batch/jobs";
  private static final String OUTPUT = "output-";
  private static final String ERRORS = "errors-";

  private record Upload(String key, String name, String text) {}

  private final Wire wire;
  private final Map<String, Upload> uploads = new ConcurrentHashMap<>();

  MistralBatchApi(BatchStore store, Wire wire, Predicate<String> noCredit) {
    super(store, wire, noCredit);
    this.wire = wire;
  }

  @Override
  public Sent route(HttpExchange exchange, String key, byte[] body) {
    boolean files = exchange.getRequestURI().getPath().startsWith(FILES);
    String[] steps = steps(exchange, files ? FILES : JOBS);
    String what = exchange.getRequestMethod() + " " + (steps.length == 2 ? steps[1] : steps.length);
    if (files) {
      return switch (what) {
        case "POST 0" ->
            Sent.whole(upload(key, exchange.getRequestHeaders().getFirst("Content-Type"), body));
        case "GET 1" -> Sent.whole(file(key, steps[0]));
        case "DELETE 1" -> Sent.whole(delete(key, steps[0]));
        case "GET content" -> content(key, steps[0]);
        default -> Sent.whole(notFound(what));
      };
    }
    return switch (what) {
      case "POST 0" -> create(key, parse(new String(body, StandardCharsets.UTF_8)));
      case "GET 0" -> list(key, query(exchange));
      case "GET 1" -> look(key, steps[0]);
      case "POST cancel" -> cancelled(key, steps[0]);
      default -> Sent.whole(notFound(what));
    };
  }

  /** Every line is held against the description of a request: one that does not fit is enough. */
  private Reply upload(String key, @Nullable String type, byte[] body) {
    UploadForm form = UploadForm.parse(type, body);
    if (form == null || !form.field("purpose").equals("batch")) {
      return MistralWire.error(422, "invalid_file", "1902", "purpose must be batch");
    }
    int number = 0;
    for (String line : form.field("file").split("\n")) {
      number++;
      JsonNode asked = parse(line);
      if (asked.path("custom_id").asText("").isEmpty() || !asked.path("body").isObject()) {
        return MistralWire.error(
            422, "invalid_file", "1901", "Invalid file format: line " + number + " is not valid");
      }
    }
    String id = String.format("00000000-0000-4000-8000-%012d", uploads.size() + 1);
    uploads.put(id, new Upload(key, form.fileName(), form.field("file")));
    return Reply.json(
        200,
        JSON.createObjectNode()
            .put("id", id)
            .put("object", "file")
            .put("bytes", form.field("file").length())
            .put("created_at", System.currentTimeMillis() / 1000)
            .put("filename", form.fileName())
            .put("purpose", "batch")
            .put("sample_type", "batch_request")
            .put("source", "upload")
            .put("num_lines", number));
  }

  private Reply file(String key, String id) {
    Upload upload = uploads.get(id);
    return upload == null || !upload.key().equals(key)
        ? notFound("file " + id)
        : Reply.json(
            200,
            JSON.createObjectNode()
                .put("id", id)
                .put("object", "file")
                .put("filename", upload.name())
                .put("purpose", "batch"));
  }

  private Reply delete(String key, String id) {
    Upload upload = uploads.get(id);
    if (upload == null || !upload.key().equals(key)) {
      return notFound("file " + id);
    }
    uploads.remove(id);
    return Reply.json(
        200, JSON.createObjectNode().put("id", id).put("object", "file").put("deleted", true));
  }

  private Sent content(String key, String id) {
    boolean output = id.startsWith(OUTPUT);
    BatchJob job =
        output || id.startsWith(ERRORS)
            ? store.get(key, id.substring(output ? OUTPUT.length() : ERRORS.length()))
            : null;
    if (job == null || lines(job, output) == 0) {
      return Sent.whole(notFound("file " + id));
    }
    StringBuilder text = new StringBuilder();
    List<Result> results = job.results();
    for (Result result : results == null ? List.<Result>of() : results) {
      if (result.reply() != null && (result.outcome() == Outcome.ANSWERED) == output) {
        text.append(line(result)).append('\n');
      }
    }
    return download(job, text.toString());
  }

  private static ObjectNode line(Result result) {
    Reply reply = Objects.requireNonNull(result.reply());
    ObjectNode line = JSON.createObjectNode();
    line.put("id", "batch-" + Integer.toHexString(result.item().customId().hashCode()));
    line.put("custom_id", result.item().customId());
    ObjectNode response = line.putObject("response").put("status_code", reply.status());
    if (result.outcome() == Outcome.ANSWERED) {
      response.set("body", parse(reply.body()));
      line.putNull("error");
    } else {
      response.put("body", reply.body());
      line.put("error", "The request failed with status " + reply.status());
    }
    return line;
  }

  private Sent create(String key, JsonNode asked) {
    Upload upload = uploads.get(asked.path("input_files").path(0).asText());
    if (upload == null || !upload.key().equals(key)) {
      return Sent.whole(MistralWire.error(404, "not_found", "1900", "Input file not found"));
    }
    int hours = asked.path("timeout_hours").asInt(24);
    if (hours < 1 || hours > 168 || asked.path("model").asText("").isEmpty()) {
      return Sent.whole(
          MistralWire.error(422, "invalid_request_error", "1901", "model or timeout_hours"));
    }
    List<Item> items = new ArrayList<>();
    for (String text : upload.text().split("\n")) {
      JsonNode line = parse(text);
      ObjectNode request = line.path("body").deepCopy();
      request.set("model", asked.path("model"));
      items.add(
          new Item(
              line.path("custom_id").asText(),
              request,
              line.path("body").toString(),
              wire.inputTokens(request)));
    }
    return created(store.create("job-", key, asked, items, List.of(), false));
  }

  private Sent list(String key, Map<String, String> query) {
    if (store.strikesLook()) {
      return Sent.whole(serverError());
    }
    int number = Integer.parseInt(query.getOrDefault("page", "0"));
    int size = Integer.parseInt(query.getOrDefault("page_size", "100"));
    Instant after;
    try {
      after = Instant.parse(query.getOrDefault("created_after", Instant.EPOCH.toString()));
    } catch (DateTimeException e) {
      return Sent.whole(
          MistralWire.error(422, "invalid_request_error", "1901", "created_after is no time"));
    }
    List<BatchJob> all =
        store.list(key).stream().filter(job -> job.createdAt.isAfter(after)).toList();
    ObjectNode out = JSON.createObjectNode().put("object", "list").put("total", all.size());
    ArrayNode data = out.putArray("data");
    all.stream().skip((long) number * size).limit(size).forEach(job -> data.add(show(job)));
    return Sent.whole(Reply.json(200, out));
  }

  @Override
  public ObjectNode show(BatchJob job) {
    long now = store.now();
    Phase phase = job.phase(now);
    boolean over = job.results() != null;
    ObjectNode out = JSON.createObjectNode().put("id", job.id).put("object", "batch");
    out.set("input_files", job.asked.path("input_files"));
    out.set("metadata", job.asked.path("metadata").isObject() ? job.asked.path("metadata") : null);
    out.set("endpoint", job.asked.path("endpoint"));
    out.set("model", job.asked.path("model"));
    out.put("status", status(job, phase));
    out.put("created_at", job.createdAt.getEpochSecond());
    out.put("output_file", lines(job, true) == 0 ? null : OUTPUT + job.id);
    out.put("error_file", lines(job, false) == 0 ? null : ERRORS + job.id);
    long succeeded = over ? lines(job, true) : job.reached(now);
    long failed = over ? lines(job, false) : 0;
    out.put("total_requests", job.items.size());
    out.put("succeeded_requests", succeeded).put("failed_requests", failed);
    out.put("completed_requests", succeeded + failed);
    ArrayNode errors = out.putArray("errors");
    if (failed > 0) {
      errors.addObject().put("message", "The request failed").put("count", failed);
    }
    return out;
  }

  private static String status(BatchJob job, Phase phase) {
    return switch (phase) {
      case VALIDATING -> "QUEUED";
      case REFUSED -> "FAILED";
      case WORKING, WRITING -> "RUNNING";
      case ENDED ->
          job.results() == null
              ? "RUNNING"
              : job.count(Outcome.EXPIRED) > 0 ? "TIMEOUT_EXCEEDED" : "SUCCESS";
      case CANCELLING -> "CANCELLATION_REQUESTED";
      case CANCELLED -> "CANCELLED";
    };
  }

  /** Requests with a line in the output file, or in that of errors; the rest is in neither. */
  private static long lines(BatchJob job, boolean output) {
    return job.count(output ? Outcome.ANSWERED : Outcome.FAILED);
  }

  @Override
  public Reply noCredit() {
    return MistralWire.error(402, "payment_required", "1400", "Payment required");
  }

  @Override
  public Reply notFound(String what) {
    return MistralWire.error(404, "not_found", "1900", "There is no " + what);
  }

  @Override
  public Reply serverError() {
    return MistralWire.error(500, "internal_server_error", "3000", "Internal server error");
  }
}
