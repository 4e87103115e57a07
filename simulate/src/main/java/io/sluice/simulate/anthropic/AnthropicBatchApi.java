package io.sluice.simulate.anthropic;

import com.fasterxml.jackson.databind.JsonNode;
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
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Anthropic's message batches (API reference). Thread-safe. */
public final class AnthropicBatchApi extends BatchApi {
  public static final String PATH = "/v1/messages/batches";

  private static final int MAX_REQUESTS = 100_000;
  private static final String CUSTOM_ID = "[a-zA-Z0-9_-]{1,64}";

  private final Wire wire;
  private final String baseUrl;

  public AnthropicBatchApi(
      BatchStore store, Wire wire, Predicate<String> noCredit, String baseUrl) {
    super(store, wire, noCredit);
    this.wire = wire;
    this.baseUrl = baseUrl;
  }

  @Override
  public Sent route(HttpExchange exchange, String key, byte[] body) {
    String[] steps = steps(exchange, PATH);
    String what = exchange.getRequestMethod() + " " + (steps.length == 2 ? steps[1] : steps.length);
    return switch (what) {
      case "POST 0" -> create(key, parse(new String(body, StandardCharsets.UTF_8)));
      case "GET 0" -> list(key, query(exchange));
      case "GET 1" -> look(key, steps[0]);
      case "POST cancel" -> cancelled(key, steps[0]);
      case "GET results" -> results(key, steps[0]);
      default -> Sent.whole(notFound(what));
    };
  }

  private Sent create(String key, JsonNode asked) {
    JsonNode requests = asked.path("requests");
    String problem = problem(requests);
    if (problem != null) {
      return Sent.whole(error(400, "invalid_request_error", problem));
    }
    List<Item> items = new ArrayList<>();
    for (JsonNode request : requests) {
      JsonNode params = request.path("params");
      items.add(
          new Item(
              request.path("custom_id").asText(),
              params,
              params.toString(),
              wire.inputTokens(params)));
    }
    return created(
        store.create("msgbatch_", key, JSON.createObjectNode(), items, List.of(), false));
  }

  private static @Nullable String problem(JsonNode requests) {
    if (!requests.isArray() || requests.isEmpty() || requests.size() > MAX_REQUESTS) {
      return "requests: expected 1 to " + MAX_REQUESTS;
    }
    Set<String> ids = new HashSet<>();
    for (JsonNode request : requests) {
      String id = request.path("custom_id").asText("");
      if (!id.matches(CUSTOM_ID)) {
        return "requests.custom_id: String should match pattern '^" + CUSTOM_ID + "$'";
      }
      if (!ids.add(id)) {
        return "requests.custom_id: " + id + " is there twice";
      }
      if (!request.path("params").isObject()) {
        return "requests.params: Field required";
      }
    }
    return null;
  }

  private Sent list(String key, Map<String, String> query) {
    int limit = Integer.parseInt(query.getOrDefault("limit", "20"));
    String before = query.get("before_id");
    if (before == null) {
      return page(key, query.get("after_id"), limit);
    }
    // The page that ends just before the named batch.
    List<String> ids = store.list(key).stream().map(job -> job.id).toList();
    int end = Math.max(0, ids.indexOf(before));
    int start = Math.max(0, end - limit);
    return Sent.whole(Reply.json(200, page(store.list(key).subList(start, end), start > 0)));
  }

  private Sent results(String key, String id) {
    BatchJob job = store.get(key, id);
    List<Result> results = job == null ? null : job.results();
    if (job == null || results == null) {
      return Sent.whole(notFound("results of " + id));
    }
    StringBuilder text = new StringBuilder();
    results.forEach(result -> text.append(line(result)).append('\n'));
    return download(job, text.toString());
  }

  @Override
  public ObjectNode show(BatchJob job) {
    Phase phase = job.phase(store.now());
    boolean over = job.results() != null;
    ObjectNode out = JSON.createObjectNode().put("id", job.id).put("type", "message_batch");
    out.put(
        "processing_status",
        over ? "ended" : phase == Phase.CANCELLING ? "canceling" : "in_progress");
    out.putObject("request_counts")
        .put("processing", over ? 0 : job.items.size())
        .put("succeeded", job.count(Outcome.ANSWERED))
        .put("errored", job.count(Outcome.FAILED))
        .put("canceled", job.count(Outcome.CANCELLED))
        .put("expired", job.count(Outcome.EXPIRED));
    out.put("created_at", job.createdAt.toString());
    out.put("expires_at", job.createdAt.plusSeconds(86_400).toString());
    out.put("ended_at", over ? job.createdAt.toString() : null);
    out.put("cancel_initiated_at", job.isCancelled() ? job.createdAt.toString() : null);
    out.putNull("archived_at");
    return out.put("results_url", over ? baseUrl + PATH + "/" + job.id + "/results" : null);
  }

  private static ObjectNode line(Result result) {
    ObjectNode line = JSON.createObjectNode().put("custom_id", result.item().customId());
    ObjectNode out = line.putObject("result");
    Reply reply = result.reply();
    switch (result.outcome()) {
      case EXPIRED -> out.put("type", "expired");
      case CANCELLED -> out.put("type", "canceled");
      case ANSWERED ->
          out.put("type", "succeeded").set("message", parse(reply == null ? "" : reply.body()));
      case FAILED ->
          out.put("type", "errored").set("error", parse(reply == null ? "" : reply.body()));
    }
    return line;
  }

  @Override
  public Reply noCredit() {
    return error(400, "billing_error", "Your credit balance is too low");
  }

  @Override
  public Reply notFound(String what) {
    return error(404, "not_found_error", "There is no " + what);
  }

  @Override
  public Reply serverError() {
    return error(500, "api_error", "Internal server error");
  }

  private static Reply error(int status, String type, String message) {
    ObjectNode out = JSON.createObjectNode().put("type", "error");
    out.putObject("error").put("type", type).put("message", message);
    return Reply.json(status, out.put("request_id", "req_simulated"));
  }
}
