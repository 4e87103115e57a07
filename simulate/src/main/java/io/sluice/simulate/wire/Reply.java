package io.sluice.simulate.wire;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An HTTP answer. */
public record Reply(int status, String type, String body, Map<String, String> headers) {
  public Reply(int status, String type, String body) {
    this(status, type, body, Map.of());
  }

  public static Reply json(int status, ObjectNode body) {
    return new Reply(status, "application/json", body.toString());
  }

  public Reply with(Map<String, String> more) {
    Map<String, String> all = new LinkedHashMap<>(headers);
    more.forEach(all::putIfAbsent);
    return new Reply(status, type, body, all);
  }

  /** The same with a body that is not JSON. */
  public Reply garbled() {
    return new Reply(status, type, body.substring(1) + "{{", headers);
  }

  public void send(HttpExchange exchange) throws IOException {
    write(exchange, 1);
  }

  /** Promises the whole body and breaks off in the middle. */
  public void sendHalf(HttpExchange exchange) throws IOException {
    write(exchange, 2);
  }

  /** Sends it in the way that a fault says, to whoever may have gone away: it is billed anyway. */
  public void deliver(HttpExchange exchange, Faults.@Nullable Fault fault) {
    try {
      if (fault == Faults.Fault.HANG) {
        // No answer ever: the client's time-out ends it.
        return;
      }
      if (fault == Faults.Fault.RESET) {
        exchange.close();
        return;
      }
      if (fault == Faults.Fault.HALF) {
        sendHalf(exchange);
        return;
      }
      send(exchange);
    } catch (IOException e) {
      exchange.close();
    }
  }

  private void write(HttpExchange exchange, int part) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", type);
    headers.forEach((name, value) -> exchange.getResponseHeaders().set(name, value));
    exchange.sendResponseHeaders(status, status == 204 ? -1 : bytes.length);
    OutputStream out = exchange.getResponseBody();
    try {
      out.write(bytes, 0, bytes.length / part);
      out.flush();
    } finally {
      // Not the stream first: where half is missing that would leave the connection open.
      exchange.close();
    }
  }
}
