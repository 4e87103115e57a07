package io.sluice.simulate.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import io.sluice.simulate.batches.BatchApi;
import io.sluice.simulate.batches.BatchJob;
import io.sluice.simulate.batches.BatchJob.Outcome;
import io.sluice.simulate.batches.BatchJob.Phase;
import io.sluice.simulate.batches.BatchJob.Result;
import io.sluice.simulate.batches.BatchStore;
import io.sluice.simulate.batches.UploadForm;
import io.sluice.simulate.wire.Reply;
import io.sluice.simulate.wire.Wire;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** OpenAI's files and batches (API reference; guide to the Batch API). Thread-safe. */
public final class OpenAiBatchApi extends BatchApi {
  static final String FILES = "/v1/files";
  static final String BATCHES = "/v1/batches";
  private static final String OUTPUT = "file-output-";
  private static final String ERRORS = "file-errors-";

  private record Upload(String key, String name, String text, long createdAt) {}

  private final Map<String, Wire> wires;
  private final Map<String, Upload> uploads = new ConcurrentHashMap<>();
  private final AtomicInteger uploaded = new AtomicInteger();

  /**
   * @param wires by the endpoint that a batch names
   */
  public OpenAiBatchApi(
      BatchStore store, Wire any, Map<String, Wire> wires, Predicate<String> noCredit) {
    super(store, any, noCredit);
    this.wires = wires;
  }

  @Override
  public Sent route(HttpExchange exchange, String key, byte[] body) {
    String method = exchange.getRequestMethod();
    boolean files = exchange.getRequestURI().getPath().startsWith(FILES);
    String[] steps = steps(exchange, files ? FILES : BATCHES);
    String what = method + " " + (steps.length == 2 ? steps[1] : steps.length);
    if (files) {
      return switch (what) {
        case "POST 0" ->
            Sent.whole(upload(key, exchange.getRequestHeaders().getFirst("Content-Type"), body));
        case "GET 0" -> Sent.whole(files(key));
        case "GET 1" -> Sent.whole(file(key, steps[0]));
        case "DELETE 1" -> Sent.whole(delete(key, steps[0]));
        case "GET content" -> content(key, steps[0]);
        default -> Sent.whole(notFound(what));
      };
    }
    return switch (what) {
      case "POST 0" -> create(key, parse(new String(body, StandardCharsets.UTF_8)));
      case "GET 0" -> {
        Map<String, String> query = query(exchange);
        yield page(key, query.get("after"), Integer.parseInt(query.getOrDefault("limit", "20")));
      }
      case "GET 1" -> look(key, steps[0]);
      case "POST cancel" -> cancelled(key, steps[0]);
      default -> Sent.whole(notFound(what));
    };
  }

  private Reply upload(String key, @Nullable String type, byte[] body) {
    UploadForm form = UploadForm.parse(type, body);
    if (form == null || !form.field("purpose").equals("batch")) {
      return error(400, "invalid_request_error", "'purpose' must be 'batch'");
    }
    if (!form.fileName().endsWith(".jsonl")) {
      return error(400, "invalid_request_error", "Invalid extension: must be .jsonl");
    }
    String id = "file-upload-" + uploaded.incrementAndGet();
    uploads.put(
        id,
        new Upload(key, form.fileName(), form.field("file"), System.currentTimeMillis() / 1000));
    return file(key, id);
  }

  private Reply file(String key, String id) {
    Upload upload = uploads.get(id);
    return upload == null || !upload.key().equals(key)
        ? notFound("file " + id)
        : Reply.json(200, show(id, upload));
  }

  private static ObjectNode show(String id, Upload upload) {
    return JSON.createObjectNode()
        .put("id", id)
        .put("object", "file")
        .put("bytes", upload.text().getBytes(StandardCharsets.UTF_8).length)
        .put("created_at", upload.createdAt())
        .put("filename", upload.name())
        .put("purpose", "batch")
        .put("status", "processed");
  }

  /** All uploads of an account, on one page. */
  private Reply files(String key) {
    ObjectNode out = JSON.createObjectNode().put("object", "list");
    ArrayNode data = out.putArray("data");
    uploads.forEach(
        (id, upload) -> {
          if (upload.key().equals(key)) {
            data.add(show(id, upload));
          }
        });
    out.put("first_id", data.path(0).path("id").asText(""));
    out.put("last_id", data.path(data.size() - 1).path("id").asText(""));
    return Reply.json(200, out.put("has_more", false));
  }

  private Reply delete(String key, String id) {
    Reply file = file(key, id);
    if (file.status() != 200) {
      return file;
    }
    uploads.remove(id);
    return Reply.json(
        200, JSON.createObjectNode().put("id", id).put("object", "file").put("deleted", true));
  }

  private Sent content(String key, String id) {
    Upload upload = uploads.get(id);
    if (upload != null && upload.key().equals(key)) {
      return Sent.whole(new Reply(200, "application/binary", upload.text()));
    }
    boolean output = id.startsWith(OUTPUT);
    BatchJob job =
        output || id.startsWith(ERRORS)
            ? store.get(key, id.substring(output ? OUTPUT.length() : ERRORS.length()))
            : null;
    return job == null || lines(job, output) == 0
        ? Sent.whole(notFound("file " + id))
        : download(job, text(job, output));
  }

  private Sent create(String key, JsonNode asked) {
    String endpoint = asked.path("endpoint").asText();
    Wire wire = wires.get(endpoint);
    Upload upload = uploads.get(asked.path("input_file_id").asText());
    if (wire == null || !asked.path("completion_window").asText().equals("24h")) {
      return Sent.whole(
          error(400, "invalid_request_error", "Invalid endpoint or completion_window"));
    }
    if (upload == null || !upload.key().equals(key)) {
      return Sent.whole(
          error(
              400,
              "invalid_request_error",
              "Cannot find file " + asked.path("input_file_id").asText()));
    }
    OpenAiBatchFile file = OpenAiBatchFile.read(upload.text(), endpoint, wire);
    return created(store.create("batch_", key, asked, file.items, file.refusals, true));
  }

  @Override
  public ObjectNode page(List<BatchJob> page, boolean hasMore) {
    return super.page(page, hasMore).put("object", "list");
  }

  @Override
  public ObjectNode show(BatchJob job) {
    long now = store.now();
    Phase reached = job.phase(now);
    // One that has ended since its results were last looked after has none to show yet.
    Phase phase =
        reached.isOver() && reached != Phase.REFUSED && job.results() == null
            ? Phase.WRITING
            : reached;
    ObjectNode out = JSON.createObjectNode().put("id", job.id).put("object", "batch");
    out.set("endpoint", job.asked.path("endpoint"));
    out.set("input_file_id", job.asked.path("input_file_id"));
    out.set("completion_window", job.asked.path("completion_window"));
    out.set("metadata", job.asked.path("metadata").isObject() ? job.asked.path("metadata") : null);
    out.put("status", status(job, phase));
    out.put("created_at", job.createdAt.getEpochSecond());
    out.put("expires_at", job.createdAt.getEpochSecond() + 86_400);
    out.put("output_file_id", lines(job, true) == 0 ? null : OUTPUT + job.id);
    out.put("error_file_id", lines(job, false) == 0 ? null : ERRORS + job.id);
    boolean counted = phase != Phase.VALIDATING && phase != Phase.REFUSED;
    boolean over = job.results() != null;
    out.putObject("request_counts")
        .put("total", counted ? job.items.size() : 0)
        .put("completed", over ? lines(job, true) : counted ? job.reached(now) : 0)
        .put("failed", over ? lines(job, false) : 0);
    if (phase == Phase.REFUSED) {
      ArrayNode errors = out.putObject("errors").put("object", "list").putArray("data");
      for (BatchJob.Refusal refusal : job.refusals()) {
        ObjectNode error = errors.addObject().put("code", refusal.code());
        error.put("message", refusal.message()).putNull("param");
        error.put("line", refusal.line() == 0 ? null : refusal.line());
      }
    } else {
      out.putNull("errors");
    }
    return out;
  }

  private static String status(BatchJob job, Phase phase) {
    return switch (phase) {
      case VALIDATING -> "validating";
      case REFUSED -> "failed";
      case WORKING -> "in_progress";
      case WRITING -> "finalizing";
      case ENDED -> job.count(Outcome.EXPIRED) > 0 ? "expired" : "completed";
      case CANCELLING -> "cancelling";
      case CANCELLED -> "cancelled";
    };
  }

  /** Requests with a line in the output file, or in that of errors. */
  private static long lines(BatchJob job, boolean output) {
    return output
        ? job.count(Outcome.ANSWERED)
        : job.count(Outcome.FAILED) + job.count(Outcome.EXPIRED) + job.count(Outcome.CANCELLED);
  }

  private static String text(BatchJob job, boolean output) {
    List<Result> results = job.results();
    StringBuilder text = new StringBuilder();
    for (Result result : results == null ? List.<Result>of() : results) {
      if ((result.outcome() == Outcome.ANSWERED) == output) {
        text.append(line(result)).append('\n');
      }
    }
    return text.toString();
  }

  private static ObjectNode line(Result result) {
    String id = Integer.toHexString(result.item().customId().hashCode());
    ObjectNode line = JSON.createObjectNode().put("id", "batch_req_" + id);
    line.put("custom_id", result.item().customId());
    Reply reply = result.reply();
    if (reply == null) {
      line.putNull("response");
      boolean expired = result.outcome() == Outcome.EXPIRED;
      line.putObject("error")
          .put("code", expired ? "batch_expired" : "batch_cancelled")
          .put("message", "This request could not be executed before the batch ended.");
    } else {
      ObjectNode response = line.putObject("response").put("status_code", reply.status());
      response.put("request_id", "req_" + id).set("body", parse(reply.body()));
      line.putNull("error");
    }
    return line;
  }

  @Override
  public Reply noCredit() {
    return error(429, "insufficient_quota", "You exceeded your current quota.");
  }

  @Override
  public Reply notFound(String what) {
    return error(404, "invalid_request_error", "There is no " + what);
  }

  @Override
  public Reply serverError() {
    return error(500, "server_error", "The server had an error");
  }

  private static Reply error(int status, String type, String message) {
    ObjectNode out = JSON.createObjectNode();
    out.putObject("error")
        .put("message", message)
        .put("type", type)
        .putNull("param")
        .putNull("code");
    return Reply.json(status, out);
  }
}
