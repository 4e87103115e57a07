package io.sluice.dataflow;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * As much of Cloud Storage's JSON API on localhost as Beam's file system asks for (Cloud Storage's
 * documentation, <i>JSON API</i>): an object is there once it is complete. Objects are named {@code
 * bucket/name}.
 */
final class FakeGcs implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Pattern OBJECT = Pattern.compile("/storage/v1/b/([^/]+)/o/([^/]+)");
  private static final Pattern LIST = Pattern.compile("/storage/v1/b/([^/]+)/o");
  private static final Pattern COPY =
      Pattern.compile("/storage/v1/b/([^/]+)/o/([^/]+)/rewriteTo/b/([^/]+)/o/([^/]+)");
  private static final Pattern UPLOAD = Pattern.compile("/upload/storage/v1/b/([^/]+)/o");
  private static final Pattern PART =
      Pattern.compile(
          "content-id: *([^\\r\\n]+).*?\\r?\\n\\r?\\n(GET|POST|DELETE|PATCH) (\\S+)",
          Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

  private record Stored(byte[] content, long generation) {}

  private record Answer(int status, byte[] body) {
    static Answer of(ObjectNode json) {
      return new Answer(200, json.toString().getBytes(StandardCharsets.UTF_8));
    }

    static Answer error(int status) {
      ObjectNode json = JSON.createObjectNode();
      json.putObject("error").put("code", status).put("message", "status " + status);
      return new Answer(status, json.toString().getBytes(StandardCharsets.UTF_8));
    }
  }

  private final ConcurrentNavigableMap<String, Stored> objects = new ConcurrentSkipListMap<>();
  private final Map<String, ByteArrayOutputStream> uploads = new ConcurrentHashMap<>();
  private final AtomicLong generations = new AtomicLong();
  private final HttpServer server;

  FakeGcs() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newCachedThreadPool());
    server.createContext("/", this::handle);
    server.start();
  }

  /** For {@code --gcsEndpoint}. */
  String endpoint() {
    return root() + "storage/v1/";
  }

  private String root() {
    return "http://localhost:" + server.getAddress().getPort() + "/";
  }

  void put(String name, String content) {
    put(name, content.getBytes(StandardCharsets.UTF_8));
  }

  private Stored put(String name, byte[] content) {
    Stored stored = new Stored(content, generations.incrementAndGet());
    objects.put(name, stored);
    return stored;
  }

  /** The text of an object that must be there. */
  String get(String name) {
    Stored stored = objects.get(name);
    if (stored == null) {
      throw new AssertionError("There is no " + name + " among " + objects.keySet());
    }
    return new String(stored.content(), StandardCharsets.UTF_8);
  }

  /** The names that begin with a prefix, in order. */
  List<String> names(String prefix) {
    return objects.keySet().stream().filter(name -> name.startsWith(prefix)).toList();
  }

  private void handle(HttpExchange exchange) throws IOException {
    byte[] body = exchange.getRequestBody().readAllBytes();
    URI uri = exchange.getRequestURI();
    Answer answer;
    if (uri.getPath().startsWith("/batch")) {
      batch(exchange, new String(body, StandardCharsets.UTF_8));
      return;
    } else if (UPLOAD.matcher(uri.getRawPath()).matches()
        || uri.getPath().startsWith("/session/")) {
      answer = upload(exchange, uri, body);
    } else if ("media".equals(query(uri).get("alt"))) {
      answer = media(exchange, uri);
    } else {
      answer = answer(exchange.getRequestMethod(), uri);
    }
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(
        answer.status(), answer.body().length == 0 ? -1 : answer.body().length);
    exchange.getResponseBody().write(answer.body());
    exchange.close();
  }

  private Answer answer(String method, URI uri) {
    Matcher copy = COPY.matcher(uri.getRawPath());
    Matcher object = OBJECT.matcher(uri.getRawPath());
    Matcher list = LIST.matcher(uri.getRawPath());
    if (copy.matches()) {
      Stored from = objects.get(name(copy, 1));
      if (from == null) {
        return Answer.error(404);
      }
      String to = name(copy, 3);
      ObjectNode json = JSON.createObjectNode().put("done", true);
      json.set("resource", describe(to, put(to, from.content())));
      return Answer.of(json);
    }
    if (object.matches()) {
      String name = name(object, 1);
      Stored stored = method.equals("DELETE") ? objects.remove(name) : objects.get(name);
      if (stored == null) {
        return Answer.error(404);
      }
      return method.equals("DELETE")
          ? new Answer(204, new byte[0])
          : Answer.of(describe(name, stored));
    }
    if (list.matches()) {
      return list(list.group(1), query(uri).getOrDefault("prefix", ""));
    }
    return Answer.error(404);
  }

  private Answer list(String bucket, String prefix) {
    ObjectNode json = JSON.createObjectNode();
    ArrayNode items = json.putArray("items");
    objects.forEach(
        (name, stored) -> {
          if (name.startsWith(bucket + "/" + prefix)) {
            items.add(describe(name, stored));
          }
        });
    return Answer.of(json);
  }

  private Answer media(HttpExchange exchange, URI uri) {
    Matcher object = OBJECT.matcher(uri.getRawPath().replaceFirst("^/download", ""));
    Stored stored = object.matches() ? objects.get(name(object, 1)) : null;
    if (stored == null) {
      return Answer.error(404);
    }
    byte[] all = stored.content();
    String range = exchange.getRequestHeaders().getFirst("Range");
    exchange.getResponseHeaders().set("x-goog-generation", "" + stored.generation());
    if (range == null) {
      return new Answer(200, all);
    }
    String[] ends = range.replace("bytes=", "").split("-", -1);
    int from = Integer.parseInt(ends[0]);
    int to = ends[1].isEmpty() ? all.length : Math.min(all.length, Integer.parseInt(ends[1]) + 1);
    if (from >= all.length) {
      return Answer.error(416);
    }
    exchange
        .getResponseHeaders()
        .set("Content-Range", "bytes " + from + "-" + (to - 1) + "/" + all.length);
    return new Answer(206, Arrays.copyOfRange(all, from, to));
  }

  /** A resumable upload: a request that begins it, and requests that bring its bytes. */
  private Answer upload(HttpExchange exchange, URI uri, byte[] body) throws IOException {
    Matcher begin = UPLOAD.matcher(uri.getRawPath());
    if (begin.matches()) {
      String name = query(uri).get("name");
      if (name == null) {
        name = JSON.readTree(body).path("name").asText();
      }
      String session = "session/" + UUID.randomUUID() + "?o=" + encode(begin.group(1) + "/" + name);
      uploads.put("/" + session.substring(0, session.indexOf('?')), new ByteArrayOutputStream());
      exchange.getResponseHeaders().set("Location", root() + session);
      return new Answer(200, new byte[0]);
    }
    ByteArrayOutputStream bytes = uploads.get(uri.getPath());
    String name = query(uri).get("o");
    if (bytes == null || name == null) {
      return Answer.error(410);
    }
    bytes.write(body);
    String range = exchange.getRequestHeaders().getFirst("Content-Range");
    if (range != null && range.endsWith("/*")) {
      exchange.getResponseHeaders().set("Range", "bytes=0-" + (bytes.size() - 1));
      return new Answer(308, new byte[0]);
    }
    uploads.remove(uri.getPath());
    return Answer.of(describe(name, put(name, bytes.toByteArray())));
  }

  private void batch(HttpExchange exchange, String body) throws IOException {
    StringBuilder out = new StringBuilder();
    Matcher parts = PART.matcher(body);
    while (parts.find()) {
      URI uri = URI.create(parts.group(3));
      Answer answer = answer(parts.group(2).toUpperCase(java.util.Locale.ROOT), uri);
      out.append("--part\r\nContent-Type: application/http\r\nContent-ID: response-")
          .append(parts.group(1).strip())
          .append("\r\n\r\nHTTP/1.1 ")
          .append(answer.status())
          .append(" X\r\nContent-Type: application/json; charset=UTF-8\r\nContent-Length: ")
          .append(answer.body().length)
          .append("\r\n\r\n")
          .append(new String(answer.body(), StandardCharsets.UTF_8))
          .append("\r\n\r\n");
    }
    byte[] bytes = out.append("--part--").toString().getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "multipart/mixed; boundary=part");
    exchange.sendResponseHeaders(200, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  private static ObjectNode describe(String name, Stored stored) {
    int slash = name.indexOf('/');
    return JSON.createObjectNode()
        .put("kind", "storage#object")
        .put("bucket", name.substring(0, slash))
        .put("name", name.substring(slash + 1))
        .put("size", "" + stored.content().length)
        .put("generation", "" + stored.generation())
        .put("metageneration", "1")
        .put("contentType", "application/octet-stream")
        .put("timeCreated", "2026-01-01T00:00:00.000Z")
        .put("updated", "2026-01-01T00:00:00.000Z");
  }

  private static String name(Matcher matcher, int group) {
    return matcher.group(group) + "/" + decode(matcher.group(group + 1));
  }

  private static Map<String, String> query(URI uri) {
    Map<String, String> query = new HashMap<>();
    if (uri.getRawQuery() != null) {
      for (String pair : uri.getRawQuery().split("&")) {
        String[] parts = pair.split("=", 2);
        query.put(parts[0], parts.length == 1 ? "" : decode(parts[1]));
      }
    }
    return query;
  }

  private static String decode(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  private static String encode(String text) {
    return java.net.URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
