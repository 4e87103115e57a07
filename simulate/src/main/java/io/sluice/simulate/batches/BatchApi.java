package io.sluice.simulate.batches;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import io.sluice.simulate.wire.Reply;
import io.sluice.simulate.wire.Wire;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What the providers' batch endpoints have in common: keys, looks that fail, answers that are lost,
 * downloads that are cut, pages. Thread-safe.
 */
public abstract class BatchApi {
  public static final ObjectMapper JSON = new ObjectMapper();

  public final BatchStore store;
  private final Wire wire;
  private final Predicate<String> noCredit;

  /**
   * @param wire of the provider's real-time endpoint, for keys and errors
   * @param noCredit whether an account has spent all it had
   */
  public BatchApi(BatchStore store, Wire wire, Predicate<String> noCredit) {
    this.store = store;
    this.wire = wire;
    this.noCredit = noCredit;
  }

  /** Answers a request whose path begins as {@link #route} expects. */
  public final void handle(HttpExchange exchange) throws IOException {
    byte[] body = exchange.getRequestBody().readAllBytes();
    String key = wire.key(exchange.getRequestHeaders());
    Reply refused = wire.rejected(exchange.getRequestHeaders(), key, acceptable());
    if (refused != null) {
      refused.send(exchange);
      return;
    }
    if (exchange.getRequestMethod().equals("POST") && noCredit.test(key)) {
      noCredit().send(exchange);
      return;
    }
    send(exchange, route(exchange, key, body));
  }

  /** A request that nothing is wrong with, where only the headers are to be judged. */
  private static JsonNode acceptable() {
    return JSON.createObjectNode().put("model", "").put("max_tokens", 1);
  }

  private static void send(HttpExchange exchange, Sent sent) throws IOException {
    switch (sent.how()) {
      case WHOLE -> sent.reply().send(exchange);
      case HALF -> sent.reply().sendHalf(exchange);
      case LOST -> exchange.close();
    }
  }

  /** How an answer arrives. */
  enum How {
    WHOLE,
    HALF,
    LOST
  }

  public record Sent(Reply reply, How how) {
    public static Sent whole(Reply reply) {
      return new Sent(reply, How.WHOLE);
    }
  }

  public abstract Sent route(HttpExchange exchange, String key, byte[] body);

  public abstract Reply noCredit();

  public abstract Reply notFound(String what);

  public abstract Reply serverError();

  public abstract ObjectNode show(BatchJob job);

  /** A batch that was just created. */
  public final Sent created(BatchJob job) {
    return new Sent(
        Reply.json(200, show(job)), store.strikes(BatchFault.LOST, job) ? How.LOST : How.WHOLE);
  }

  /** One batch. */
  public final Sent look(String key, String id) {
    if (store.strikesLook()) {
      return Sent.whole(serverError());
    }
    BatchJob job = store.get(key, id);
    return Sent.whole(job == null ? notFound("batch " + id) : Reply.json(200, show(job)));
  }

  public final Sent cancelled(String key, String id) {
    BatchJob job = store.get(key, id);
    if (job == null) {
      return Sent.whole(notFound("batch " + id));
    }
    store.cancel(job);
    return Sent.whole(Reply.json(200, show(job)));
  }

  /** A file of results. */
  public final Sent download(BatchJob job, String lines) {
    return new Sent(
        new Reply(200, "application/octet-stream", lines),
        store.strikesDownload(job) ? How.HALF : How.WHOLE);
  }

  /**
   * A page of the batches.
   *
   * @param after the id before the first of the page; null for the first page
   */
  public final Sent page(String key, @Nullable String after, int limit) {
    if (store.strikesLook()) {
      return Sent.whole(serverError());
    }
    List<BatchJob> all = store.list(key);
    int from = 0;
    if (after != null) {
      while (from < all.size() && !all.get(from).id.equals(after)) {
        from++;
      }
      from = Math.min(from + 1, all.size());
    }
    List<BatchJob> page = all.subList(from, Math.min(all.size(), from + limit));
    return Sent.whole(Reply.json(200, page(page, from + page.size() < all.size())));
  }

  /** Batches as a list. */
  public ObjectNode page(List<BatchJob> page, boolean hasMore) {
    ObjectNode out = JSON.createObjectNode();
    page.forEach(job -> out.withArray("/data").add(show(job)));
    out.withArray("/data");
    out.put("first_id", page.isEmpty() ? null : page.get(0).id);
    out.put("last_id", page.isEmpty() ? null : page.get(page.size() - 1).id);
    return out.put("has_more", hasMore);
  }

  public static JsonNode parse(String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      return JSON.missingNode();
    }
  }

  public static Map<String, String> query(HttpExchange exchange) {
    Map<String, String> query = new HashMap<>();
    String text = exchange.getRequestURI().getQuery();
    for (String part : text == null ? new String[0] : text.split("&")) {
      String[] pair = part.split("=", 2);
      query.put(pair[0], pair.length == 2 ? pair[1] : "");
    }
    return query;
  }

  /** The steps of the path after the prefix. */
  public static String[] steps(HttpExchange exchange, String prefix) {
    String rest = exchange.getRequestURI().getPath().substring(prefix.length());
    return rest.isEmpty() ? new String[0] : rest.substring(1).split("/");
  }
}
