package io.sluice.simulate;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import io.sluice.simulate.provider.SimulatedProvider;
import io.sluice.simulate.wire.Reply;
import java.io.IOException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What clients ask for to see whether a key is taken: the list of models. It takes every key, and
 * lists none, because it answers for every model. Thread-safe.
 */
final class ModelLists {
  private static final List<String> KEYS =
      List.of("Authorization", "x-api-key", "api-key", "x-goog-api-key");

  private final Map<String, String> lists = new LinkedHashMap<>();

  ModelLists(Collection<SimulatedProvider> providers) {
    providers.forEach(each -> lists.put(each.modelsPath(), each.modelsField()));
  }

  Set<String> paths() {
    return lists.keySet();
  }

  /** Answers what is asked for without a body. */
  void handle(HttpExchange exchange) throws IOException {
    exchange.getRequestBody().readAllBytes();
    String field = lists.get(exchange.getRequestURI().getPath());
    if (field == null) {
      new Reply(404, "text/plain", "There is nothing to look at").send(exchange);
      return;
    }
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    if (!hasKey(exchange.getRequestHeaders())) {
      body.putObject("error").put("type", "authentication_error").put("message", "There is no key");
      Reply.json(401, body).send(exchange);
      return;
    }
    body.putArray(field);
    Reply.json(200, body).send(exchange);
  }

  private static boolean hasKey(Headers headers) {
    return KEYS.stream().map(headers::getFirst).anyMatch(key -> key != null && !key.isBlank());
  }
}
