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
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Gemini's batches and the files that they are made of (guide to the Batch API; Files API). A line
 * of a file is refused where a name is not as the protocol buffers have it. Thread-safe.
 */
public final class GeminiBatchApi extends BatchApi {
  static final String BATCHES = Gemini.BASE + "/batches";
  static final String FILES = Gemini.BASE + "/files";
  static final String UPLOAD = "/upload" + FILES;
  static final String DOWNLOAD = "/download" + FILES;
  static final String CREATE = ":batchGenerateContent";
  static final String EMBED = ":asyncBatchEmbedContent";

  private static final String STATUS = "X-Goog-Upload-Status";
  private static final String RESULTS = "results-";
  private static final int MAX_INLINE_BYTES = 20_000_000;

  private final Wire wire;
  private final String server;
  private final Map<String, String> uploads = new ConcurrentHashMap<>();
  private final AtomicInteger uploaded = new AtomicInteger();

  public GeminiBatchApi(BatchStore store, Wire wire, Predicate<String> noCredit, String server) {
    super(store, wire, noCredit);
    this.wire = wire;
    this.server = server;
  }

  @Override
  public Sent route(HttpExchange exchange, String key, byte[] body) {
    String path = exchange.getRequestURI().getPath();
    String method = exchange.getRequestMethod();
    String last = path.substring(path.lastIndexOf('/') + 1);
    if (path.startsWith(UPLOAD)) {
      return upload(exchange, key, body);
    }
    if (path.startsWith(DOWNLOAD)) {
      return results(key, last.replaceFirst(":download$", ""));
    }
    if (path.startsWith(FILES)) {
      return uploads.remove(name(key, last)) == null || !method.equals("DELETE")
          ? Sent.whole(notFound("files/" + last))
          : Sent.whole(Reply.json(200, JSON.createObjectNode()));
    }
    if (last.endsWith(CREATE) || last.endsWith(EMBED)) {
      return create(key, last, body);
    }
    if (path.equals(BATCHES)) {
      Map<String, String> query = query(exchange);
      int size = Integer.parseInt(query.getOrDefault("pageSize", "50"));
      return page(key, query.get("pageToken"), size);
    }
    if (last.endsWith(":cancel")) {
      Sent cancelled = cancelled(key, last.substring(0, last.indexOf(':')));
      return cancelled.reply().status() == 200
          ? Sent.whole(Reply.json(200, JSON.createObjectNode()))
          : cancelled;
    }
    return method.equals("GET") ? look(key, last) : Sent.whole(notFound(method + " " + path));
  }

  private static String name(String key, String file) {
    return key + "/" + file;
  }

  /** A resumable upload in one piece: it begins, and the address it is given takes the bytes. */
  private Sent upload(HttpExchange exchange, String key, byte[] body) {
    String command = exchange.getRequestHeaders().getFirst("X-Goog-Upload-Command");
    if ("start".equals(command)) {
      String id = "up" + uploaded.incrementAndGet();
      return Sent.whole(
          Reply.json(200, JSON.createObjectNode())
              .with(
                  Map.of(
                      "X-Goog-Upload-URL",
                      server + UPLOAD + "?upload_id=" + id,
                      STATUS,
                      "active")));
    }
    String id = query(exchange).get("upload_id");
    if (id == null || command == null || !command.contains("finalize")) {
      return Sent.whole(GeminiWire.error(400, "INVALID_ARGUMENT", "Upload command: " + command));
    }
    uploads.put(name(key, id), new String(body, StandardCharsets.UTF_8));
    ObjectNode out = JSON.createObjectNode();
    out.putObject("file").put("name", "files/" + id).put("state", "ACTIVE");
    return Sent.whole(Reply.json(200, out).with(Map.of(STATUS, "final")));
  }

  /**
   * @param method of a model
   */
  private Sent create(String key, String method, byte[] body) {
    String model = method.substring(0, method.indexOf(':'));
    boolean embeds = method.endsWith(EMBED);
    JsonNode batch = parse(new String(body, StandardCharsets.UTF_8)).path("batch");
    JsonNode input = GeminiWire.field(batch, "inputConfig");
    String file = GeminiWire.field(input, "fileName").asText("");
    ObjectNode asked = JSON.createObjectNode().put("model", "models/" + model);
    asked.put("displayName", GeminiWire.field(batch, "displayName").asText(""));
    asked.put("inline", file.isEmpty()).put("embeds", embeds);
    List<Item> items = new ArrayList<>();
    String problem;
    if (file.isEmpty()) {
      problem =
          body.length > MAX_INLINE_BYTES
              ? "Request payload size exceeds the limit: 20971520 bytes."
              : inline(model, embeds, input.path("requests").path("requests"), items);
    } else {
      String lines = uploads.get(name(key, file.replaceFirst("^files/", "")));
      problem =
          lines == null ? "File " + file + " is not found" : lines(model, embeds, lines, items);
    }
    return problem == null
        ? created(store.create("b", key, asked, items, List.of(), false))
        : Sent.whole(GeminiWire.error(400, "INVALID_ARGUMENT", problem));
  }

  private @Nullable String inline(
      String model, boolean embeds, JsonNode requests, List<Item> items) {
    for (JsonNode one : requests) {
      String key = one.path("metadata").path("key").asText("");
      items.add(item(model, embeds, key, one.path("request")));
    }
    return items.isEmpty() ? "requests: at least one is needed" : null;
  }

  private @Nullable String lines(String model, boolean embeds, String text, List<Item> items) {
    for (String line : text.split("\n")) {
      JsonNode one = parse(line);
      String name = camel(one.path("request"));
      if (!one.path("request").isObject() || name != null) {
        return "Invalid JSON payload received. Unknown name \"" + name + "\" at 'request'";
      }
      items.add(item(model, embeds, one.path("key").asText(""), one.path("request")));
    }
    return items.isEmpty() ? "The file is empty" : null;
  }

  /** A name that is not as the protocol buffers have it; null where all are. */
  private static @Nullable String camel(JsonNode request) {
    for (String name : List.of("generationConfig", "systemInstruction", "safetySettings")) {
      if (request.has(name)) {
        return name;
      }
    }
    return request.path("generation_config").has("maxOutputTokens") ? "maxOutputTokens" : null;
  }

  private Item item(String model, boolean embeds, String key, JsonNode request) {
    JsonNode asked = request.isObject() ? request : JSON.createObjectNode();
    if (embeds) {
      ObjectNode many = JSON.createObjectNode();
      many.putArray("requests").add(asked);
      asked = many;
    }
    ObjectNode whole =
        GeminiWire.ofModel(model, embeds ? "batchEmbedContents" : "generateContent", asked);
    return new Item(key, whole, request.toString(), wire.inputTokens(whole));
  }

  private Sent results(String key, String file) {
    BatchJob job =
        file.startsWith(RESULTS) ? store.get(key, file.substring(RESULTS.length())) : null;
    List<Result> results = job == null ? null : job.results();
    if (job == null || results == null) {
      return Sent.whole(notFound("files/" + file));
    }
    StringBuilder text = new StringBuilder();
    for (Result result : results) {
      ObjectNode line = JSON.createObjectNode().put("key", result.item().customId());
      text.append(ended(line, result)).append('\n');
    }
    return download(job, text.toString());
  }

  private static ObjectNode ended(ObjectNode line, Result result) {
    Reply reply = result.reply();
    if (reply == null) {
      line.putObject("error").put("code", 1).put("message", "The operation was cancelled.");
    } else if (result.outcome() == Outcome.ANSWERED) {
      JsonNode whole = parse(reply.body());
      JsonNode embedding = whole.path("embeddings").path(0);
      line.set(
          "response",
          embedding.isMissingNode()
              ? whole
              : JSON.createObjectNode()
                  .put("tokenCount", String.valueOf(result.item().inputTokens()))
                  .set("embedding", embedding));
    } else {
      JsonNode error = parse(reply.body()).path("error");
      line.set("error", error.isObject() ? error : JSON.createObjectNode().put("code", 13));
    }
    return line;
  }

  @Override
  public ObjectNode page(List<BatchJob> page, boolean hasMore) {
    ObjectNode out = JSON.createObjectNode();
    ArrayNode operations = out.putArray("operations");
    page.forEach(job -> operations.add(show(job)));
    if (hasMore && !page.isEmpty()) {
      out.put("nextPageToken", page.get(page.size() - 1).id);
    }
    return out;
  }

  @Override
  public ObjectNode show(BatchJob job) {
    List<Result> results = job.results();
    boolean over = results != null;
    ObjectNode out = JSON.createObjectNode().put("name", "batches/" + job.id);
    ObjectNode about = out.putObject("metadata");
    about.put("state", "BATCH_STATE_" + state(job));
    about.put("displayName", job.asked.path("displayName").asText());
    about.put("model", job.asked.path("model").asText());
    about.put("createTime", job.createdAt.toString());
    // Counts are 64 bits wide, which are texts in this JSON.
    about
        .putObject("batchStats")
        .put("requestCount", String.valueOf(job.items.size()))
        .put("successfulRequestCount", String.valueOf(job.count(Outcome.ANSWERED)))
        .put(
            "failedRequestCount",
            String.valueOf(over ? job.items.size() - job.count(Outcome.ANSWERED) : 0));
    out.put("done", over);
    if (results != null) {
      ObjectNode output = output(job, results);
      about.set("output", output);
      out.set("response", output);
    }
    return out;
  }

  /** The results, or where they are. */
  private static ObjectNode output(BatchJob job, List<Result> results) {
    ObjectNode output = JSON.createObjectNode();
    if (!job.asked.path("inline").asBoolean()) {
      return output.put("responsesFile", "files/" + RESULTS + job.id);
    }
    boolean embeds = job.asked.path("embeds").asBoolean();
    ArrayNode inlined =
        output
            .putObject(embeds ? "inlinedEmbedContentResponses" : "inlinedResponses")
            .putArray("inlinedResponses");
    for (Result result : results) {
      ObjectNode line = inlined.addObject();
      line.putObject("metadata").put("key", result.item().customId());
      ended(line, result);
    }
    return output;
  }

  private String state(BatchJob job) {
    Phase phase = job.phase(store.now());
    if (job.results() != null) {
      return job.isCancelled() ? "CANCELLED" : "SUCCEEDED";
    }
    return phase == Phase.VALIDATING ? "PENDING" : "RUNNING";
  }

  @Override
  public Reply noCredit() {
    return GeminiWire.error(429, "RESOURCE_EXHAUSTED", "Your prepayment credits are depleted.");
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
