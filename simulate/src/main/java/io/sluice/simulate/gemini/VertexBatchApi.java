package io.sluice.simulate.gemini;

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
import io.sluice.simulate.wire.Reply;
import io.sluice.simulate.wire.Wire;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Vertex AI's batch prediction jobs, and as much of Cloud Storage as they need: objects that are
 * uploaded, and those that a job writes when it ends (references of both). Thread-safe.
 */
public final class VertexBatchApi extends BatchApi {
  static final String JOBS = "/batchPredictionJobs";
  static final String STORAGE = "/storage/v1/b";
  static final String UPLOAD = "/upload" + STORAGE;

  private static final String BUCKET_SCHEME = "gs://";
  private static final String BESIDE = "beside the request";

  private final Wire wire;
  private final Map<String, String> objects = new ConcurrentHashMap<>();

  public VertexBatchApi(BatchStore store, Wire wire, Predicate<String> noCredit) {
    super(store, wire, noCredit);
    this.wire = wire;
  }

  @Override
  public Sent route(HttpExchange exchange, String key, byte[] body) {
    String path = exchange.getRequestURI().getPath();
    if (path.startsWith(UPLOAD)) {
      String name = query(exchange).getOrDefault("name", "");
      objects.put(uri(path, UPLOAD, name), new String(body, StandardCharsets.UTF_8));
      return Sent.whole(Reply.json(200, JSON.createObjectNode().put("name", name)));
    }
    if (path.startsWith(STORAGE)) {
      return objects(exchange, key, path);
    }
    String last = path.substring(path.lastIndexOf('/') + 1);
    boolean creates = exchange.getRequestMethod().equals("POST");
    if (path.endsWith(JOBS)) {
      return creates ? create(key, path, body) : list(key, query(exchange));
    }
    if (last.endsWith(":cancel")) {
      Sent cancelled = cancelled(key, last.substring(0, last.indexOf(':')));
      return cancelled.reply().status() == 200
          ? Sent.whole(Reply.json(200, JSON.createObjectNode()))
          : cancelled;
    }
    return look(key, last);
  }

  /** The URI of an object; {@code path} has its bucket after a prefix. */
  private static String uri(String path, String prefix, String name) {
    return BUCKET_SCHEME + path.substring(prefix.length() + 1).replaceFirst("/.*", "") + "/" + name;
  }

  /** Lists, reads and deletes: {@code /storage/v1/b/BUCKET/o/OBJECT}. */
  private Sent objects(HttpExchange exchange, String key, String path) {
    int at = path.indexOf("/o/");
    if (at < 0) {
      return list(key, uri(path, STORAGE, query(exchange).getOrDefault("prefix", "")));
    }
    String uri = uri(path, STORAGE, path.substring(at + 3));
    if (exchange.getRequestMethod().equals("DELETE")) {
      return objects.remove(uri) == null
          ? Sent.whole(notFound("object " + uri))
          : Sent.whole(new Reply(204, "text/plain", ""));
    }
    BatchJob job =
        store.list(key).stream().filter(one -> uri.equals(results(one))).findFirst().orElse(null);
    if (job != null) {
      return download(job, lines(job));
    }
    String text = objects.get(uri);
    return Sent.whole(
        text == null ? notFound("object " + uri) : new Reply(200, "application/jsonl", text));
  }

  private Sent list(String key, String prefix) {
    List<String> all = new ArrayList<>(objects.keySet());
    store.list(key).stream()
        .filter(VertexBatchApi::hasResults)
        .forEach(job -> all.add(results(job)));
    ObjectNode out = JSON.createObjectNode().put("kind", "storage#objects");
    ArrayNode items = out.putArray("items");
    int bucket = prefix.indexOf('/', BUCKET_SCHEME.length()) + 1;
    all.stream()
        .filter(uri -> uri.startsWith(prefix))
        .sorted()
        .forEach(uri -> items.addObject().put("name", uri.substring(bucket)));
    return Sent.whole(Reply.json(200, out));
  }

  private static boolean hasResults(BatchJob job) {
    return job.results() != null && job.asked.has("outputConfig");
  }

  private static String directory(BatchJob job) {
    JsonNode to = job.asked.path("outputConfig").path("gcsDestination").path("outputUriPrefix");
    return to.asText().replaceFirst("/+$", "") + "/prediction-model-" + job.id;
  }

  private static String results(BatchJob job) {
    return directory(job) + "/predictions.jsonl";
  }

  private Sent create(String key, String path, byte[] body) {
    JsonNode asked = parse(new String(body, StandardCharsets.UTF_8));
    String model = asked.path("model").asText("");
    model = model.substring(model.lastIndexOf('/') + 1);
    List<Item> items = new ArrayList<>();
    String problem =
        asked.path("inputConfig").path("instancesFormat").asText("").equals("jsonl")
            ? null
            : "instancesFormat: jsonl is the one that is rehearsed";
    for (JsonNode uri : asked.path("inputConfig").path("gcsSource").path("uris")) {
      String text = objects.get(uri.asText());
      problem = text == null ? "There is no file at " + uri.asText() : lines(model, text, items);
    }
    if (problem == null && items.isEmpty()) {
      problem = "The input has no line";
    }
    if (!(asked instanceof ObjectNode shown) || problem != null) {
      return Sent.whole(GeminiWire.error(400, "INVALID_ARGUMENT", String.valueOf(problem)));
    }
    shown.put("parent", path.substring(path.indexOf("/projects/") + 1));
    return created(store.create("", key, shown, items, List.of(), false));
  }

  private @Nullable String lines(String model, String text, List<Item> items) {
    for (String line : text.split("\n")) {
      if (!(parse(line) instanceof ObjectNode one)
          || !(one.remove("request") instanceof ObjectNode request)) {
        return "A line has no request";
      }
      ObjectNode whole = GeminiWire.ofModel(model, "generateContent", request);
      String id = one.path("custom_id").asText("");
      items.add(new Item(id, whole.set(BESIDE, one), request.toString(), wire.inputTokens(whole)));
    }
    return null;
  }

  private static String lines(BatchJob job) {
    StringBuilder text = new StringBuilder();
    List<Result> results = job.results();
    for (Result result : results == null ? List.<Result>of() : results) {
      Reply reply = result.reply();
      if (reply == null) {
        // What was not reached has no line.
        continue;
      }
      ObjectNode line = result.item().request().path(BESIDE).deepCopy();
      line.set("request", parse(result.item().body()));
      boolean answered = result.outcome() == Outcome.ANSWERED;
      line.put("status", answered ? "" : "Error: " + reply.body());
      line.set("response", answered ? parse(reply.body()) : JSON.createObjectNode());
      text.append(line).append('\n');
    }
    return text.toString();
  }

  /** The filter is one of names. */
  private Sent list(String key, Map<String, String> query) {
    if (store.strikesLook()) {
      return Sent.whole(serverError());
    }
    String filter = query.getOrDefault("filter", "");
    String name = filter.replaceFirst("^display_?[nN]ame=", "").replace("\"", "");
    int size = Integer.parseInt(query.getOrDefault("pageSize", "50"));
    int from = Integer.parseInt(query.getOrDefault("pageToken", "0"));
    List<BatchJob> all =
        store.list(key).stream()
            .filter(job -> job.asked.has("inputConfig"))
            .filter(job -> filter.isEmpty() || job.asked.path("displayName").asText().equals(name))
            .toList();
    List<BatchJob> page = all.stream().skip(from).limit(size).toList();
    ObjectNode out = JSON.createObjectNode();
    ArrayNode jobs = out.putArray("batchPredictionJobs");
    page.forEach(job -> jobs.add(show(job)));
    if (from + page.size() < all.size()) {
      out.put("nextPageToken", String.valueOf(from + page.size()));
    }
    return Sent.whole(Reply.json(200, out));
  }

  @Override
  public ObjectNode show(BatchJob job) {
    ObjectNode out = job.asked.deepCopy();
    out.put("name", out.path("parent").asText() + "/" + job.id).remove("parent");
    boolean over = job.results() != null;
    Phase phase = job.phase(store.now());
    long succeeded = job.count(Outcome.ANSWERED);
    long failed = job.count(Outcome.FAILED);
    String state =
        over
            ? job.isCancelled()
                ? "CANCELLED"
                : succeeded + failed < job.items.size() ? "PARTIALLY_SUCCEEDED" : "SUCCEEDED"
            : phase == Phase.VALIDATING
                ? "PENDING"
                : phase == Phase.CANCELLING ? "CANCELLING" : "RUNNING";
    out.put("state", "JOB_STATE_" + state).put("createTime", job.createdAt.toString());
    // Counts are 64 bits wide, which are texts in this JSON.
    out.putObject("completionStats")
        .put("successfulCount", String.valueOf(succeeded))
        .put("failedCount", String.valueOf(failed))
        .put("incompleteCount", String.valueOf(job.items.size() - succeeded - failed));
    if (over) {
      out.putObject("outputInfo").put("gcsOutputDirectory", directory(job));
    }
    return out;
  }

  @Override
  public Reply noCredit() {
    return GeminiWire.error(403, "PERMISSION_DENIED", "This API method requires billing.");
  }

  @Override
  public Reply notFound(String what) {
    return GeminiWire.error(404, "NOT_FOUND", "There is no " + what);
  }

  @Override
  public Reply serverError() {
    return GeminiWire.error(500, "INTERNAL", "An internal error has occurred.");
  }
}
