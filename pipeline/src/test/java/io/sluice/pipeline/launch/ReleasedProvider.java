package io.sluice.pipeline.launch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A provider that answers what it answered when a fixture was made, and nothing else. A POST is
 * answered as often as it was then; what only looks may look as often as it likes. It listens where
 * the fixture's task says, since the base URL is part of every fingerprint; a file's lock keeps
 * builds that run side by side on one machine from meeting there.
 */
final class ReleasedProvider implements AutoCloseable {
  static final int PORT = 18_479;

  private static final ObjectMapper JSON = new ObjectMapper();

  private final FileChannel turn;
  private final HttpServer server;
  private final ExecutorService handlers = Executors.newFixedThreadPool(8);
  private final List<JsonNode> known = new ArrayList<>();
  private final List<JsonNode> open = new ArrayList<>();
  private final List<String> asked = new ArrayList<>();
  private final List<String> unexpected = new ArrayList<>();

  /**
   * @param exchanges a JSON object a line: method, path, body, status, answer; need not be there
   */
  ReleasedProvider(Path exchanges) throws IOException {
    if (Files.exists(exchanges)) {
      for (String line : Files.readAllLines(exchanges)) {
        known.add(JSON.readTree(line));
      }
    }
    known.stream().filter(exchange -> isPost(exchange.path("method").asText())).forEach(open::add);
    Path lock = Path.of(System.getProperty("java.io.tmpdir"), "sluice-port-" + PORT + ".lock");
    turn = FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    turn.lock();
    try {
      server =
          HttpServer.create(
              new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), PORT), 64);
    } catch (BindException e) {
      turn.close();
      throw new IOException(
          "Cannot listen on port "
              + PORT
              + " of 127.0.0.1, which the fixtures were made with; end the program that does",
          e);
    }
    server.setExecutor(handlers);
    server.createContext("/", this::handle);
    server.start();
  }

  private static boolean isPost(String method) {
    return method.equals("POST");
  }

  private void handle(HttpExchange exchange) throws IOException {
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    JsonNode answer = find(exchange.getRequestMethod(), exchange.getRequestURI().toString(), body);
    byte[] text = answer.path("answer").asText("{}").getBytes(StandardCharsets.UTF_8);
    try (exchange) {
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      exchange.sendResponseHeaders(answer.path("status").asInt(404), text.length);
      exchange.getResponseBody().write(text);
    }
  }

  private synchronized JsonNode find(String method, String path, String body) {
    asked.add(method + " " + path);
    List<JsonNode> among = isPost(method) ? open : known;
    // The last one: a batch that is looked at has ended.
    for (int i = among.size() - 1; i >= 0; i--) {
      JsonNode one = among.get(i);
      if (one.path("method").asText().equals(method)
          && one.path("path").asText().equals(path)
          && (!isPost(method) || unmarked(one.path("body").asText()).equals(unmarked(body)))) {
        return isPost(method) ? among.remove(i) : one;
      }
    }
    unexpected.add(method + " " + path + " " + body);
    return JSON.missingNode();
  }

  /**
   * What a provider's cache is to keep is chosen anew in every version; the question is the same.
   */
  private static String unmarked(String body) {
    return body.replaceAll(",\"cache_control\":\\{[^}]*\\}", "");
  }

  /** All requests: method and path. */
  synchronized List<String> asked() {
    return List.copyOf(asked);
  }

  /** Requests that may cost something, and were not made when the fixture was. */
  synchronized List<String> unexpected() {
    return unexpected.stream().filter(request -> request.startsWith("POST")).toList();
  }

  /** Requests that may cost something, and were made only when the fixture was. */
  synchronized List<String> missing() {
    return open.stream().map(JsonNode::toString).toList();
  }

  @Override
  public void close() {
    server.stop(0);
    handlers.shutdownNow();
    try {
      turn.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
