package io.sluice.spi;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A server that answers each route with a list of answers, of which the last one repeats. */
public final class ScriptedServer implements AutoCloseable {
  static {
    // Head and body are two writes, of which the second would wait 40 ms for the first's receipt.
    System.setProperty("sun.net.httpserver.nodelay", "true");
  }

  /** How an answer arrives. */
  public enum Arrival {
    WHOLE,
    /** With half of the body that was promised. */
    HALF,
    /** With half of the body and nothing to show that it is half. */
    HALF_UNNOTICED,
    /** The connection is closed instead. */
    DROPPED,
    /** Never. */
    HANGING
  }

  /** What is answered, with headers of its own. */
  public record Answer(int status, String body, Arrival arrival, Map<String, String> headers) {
    public Answer(int status, String body) {
      this(status, body, Arrival.WHOLE, Map.of());
    }

    public Answer withHeaders(Map<String, String> more) {
      return new Answer(status, body, arrival, more);
    }

    public Answer arriving(Arrival other) {
      return new Answer(status, body, other, headers);
    }
  }

  /**
   * @param length as the client gave it; empty where it gave none
   */
  public record Received(
      String method,
      String uri,
      String type,
      String length,
      Map<String, List<String>> headers,
      String body) {
    /** Parameters in alphabetical order: their order means nothing. */
    String route() {
      int query = uri.indexOf('?');
      String[] parameters = query < 0 ? new String[0] : uri.substring(query + 1).split("&");
      Arrays.sort(parameters);
      String path = query < 0 ? uri : uri.substring(0, query + 1);
      return method + " " + path + String.join("&", parameters);
    }
  }

  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Map<String, Deque<Answer>> script = new ConcurrentHashMap<>();
  private final List<Received> received = new ArrayList<>();

  public ScriptedServer() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
  }

  public String url() {
    return "http://localhost:" + server.getAddress().getPort();
  }

  /** The next answer of a route: a method and a path with its query, sorted. */
  public ScriptedServer on(String route, int status, String body) {
    return on(route, status, body, Arrival.WHOLE);
  }

  public ScriptedServer on(String route, int status, String body, Arrival arrival) {
    return on(route, new Answer(status, body).arriving(arrival));
  }

  public ScriptedServer on(String route, Answer answer) {
    script.computeIfAbsent(route, name -> new ArrayDeque<>()).add(answer);
    return this;
  }

  /** Forgets what a route was to answer, for one answer instead. */
  public ScriptedServer nowOn(String route, Answer answer) {
    script.remove(route);
    return on(route, answer);
  }

  public synchronized List<Received> received() {
    return List.copyOf(received);
  }

  /** How often a route was asked. */
  public long count(String route) {
    return received().stream().filter(one -> one.route().equals(route)).count();
  }

  private void handle(HttpExchange exchange) throws IOException {
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    String type = exchange.getRequestHeaders().getFirst("Content-Type");
    Received one =
        new Received(
            exchange.getRequestMethod(),
            exchange.getRequestURI().toString(),
            type == null ? "" : type,
            Objects.requireNonNullElse(exchange.getRequestHeaders().getFirst("Content-Length"), ""),
            Map.copyOf(exchange.getRequestHeaders()),
            body);
    send(exchange, next(one));
  }

  private synchronized Answer next(Received one) {
    received.add(one);
    Deque<Answer> answers = script.get(one.route());
    if (answers == null) {
      return new Answer(404, "{\"error\":{\"message\":\"no route\"}}");
    }
    return answers.size() == 1 ? answers.getFirst() : answers.removeFirst();
  }

  private static void send(HttpExchange exchange, Answer answer) throws IOException {
    byte[] bytes = answer.body().getBytes(StandardCharsets.UTF_8);
    int half = bytes.length / 2;
    answer.headers().forEach(exchange.getResponseHeaders()::set);
    switch (answer.arrival()) {
      case WHOLE -> {
        exchange.sendResponseHeaders(answer.status(), bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
      }
      case HALF -> {
        exchange.sendResponseHeaders(answer.status(), bytes.length);
        exchange.getResponseBody().write(bytes, 0, half);
        exchange.getResponseBody().flush();
        exchange.close();
      }
      case HALF_UNNOTICED -> {
        exchange.sendResponseHeaders(answer.status(), half);
        exchange.getResponseBody().write(bytes, 0, half);
        exchange.close();
      }
      case DROPPED -> exchange.close();
      case HANGING -> {}
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
