package io.sluice.pipeline.simulate;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.sluice.ModelTask.ProviderKind;
import io.sluice.Usage;
import io.sluice.cost.Price;
import io.sluice.cost.PriceTable;
import io.sluice.prepare.TokenCounter;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigDecimal;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A provider on localhost to rehearse against: OpenAI's chat completions and embeddings, with real
 * quotas, latency, faults, and books of what it billed. A slow answer holds no thread.
 */
public final class Simulator implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * @param port 0 picks a free one
   * @param latencyMs mean time to an answer
   * @param latencySigma spread of the logarithm of latency; 0 is constant
   * @param burstSeconds how many seconds of quota the buckets hold
   * @param settle whether output that was reserved and not used is given back
   * @param creditUsd what each account can spend
   */
  public record Options(
      int port,
      long requestsPerMinute,
      long tokensPerMinute,
      double burstSeconds,
      boolean settle,
      double latencyMs,
      double latencySigma,
      String faults,
      List<String> labels,
      BigDecimal creditUsd,
      long seed) {
    public Options {
      labels = List.copyOf(labels);
    }
  }

  private final Options options;
  private final HttpServer server;
  private final ExecutorService handlers;
  private final ScheduledExecutorService later = Executors.newScheduledThreadPool(2);
  private final Faults faults;
  private final Answers answers;
  private final Map<String, Account> accounts = new ConcurrentHashMap<>();
  private final Map<String, AtomicInteger> attempts = new ConcurrentHashMap<>();
  private final Set<String> connections = ConcurrentHashMap.newKeySet();
  private final AtomicInteger inFlight = new AtomicInteger();
  private final AtomicInteger maxInFlight = new AtomicInteger();

  private Simulator(Options options, HttpServer server) {
    this.options = options;
    this.server = server;
    this.faults = Faults.parse(options.faults());
    this.answers = new Answers(options.labels());
    this.handlers = Executors.newFixedThreadPool(8);
    server.setExecutor(handlers);
    server.createContext("/v1/chat/completions", exchange -> handle(exchange, true));
    server.createContext("/v1/embeddings", exchange -> handle(exchange, false));
    server.createContext("/stats", this::stats);
  }

  public static Simulator start(Options options) throws IOException {
    // Read once, when the server's classes are loaded: answers leave at once, connections stay.
    System.setProperty("sun.net.httpserver.nodelay", "true");
    System.setProperty("sun.net.httpserver.maxIdleConnections", "10000");
    HttpServer server =
        HttpServer.create(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), options.port()), 1024);
    Simulator simulator = new Simulator(options, server);
    server.start();
    return simulator;
  }

  public int port() {
    return server.getAddress().getPort();
  }

  /** What a task's {@code provider.baseUrl} is. */
  public String baseUrl() {
    return "http://localhost:" + port() + "/v1";
  }

  private Account account(String key) {
    return accounts.computeIfAbsent(
        key,
        name ->
            new Account(
                options.requestsPerMinute(),
                options.tokensPerMinute(),
                options.burstSeconds(),
                options.creditUsd(),
                System.nanoTime()));
  }

  private void handle(HttpExchange exchange, boolean chat) throws IOException {
    connections.add(String.valueOf(exchange.getRemoteAddress()));
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    String authorization = exchange.getRequestHeaders().getFirst("Authorization");
    String key = authorization == null ? "" : authorization.replaceFirst("^Bearer ", "");
    if (key.startsWith("bad")) {
      Reply.error(
              401, "invalid_request_error", "invalid_api_key", "Incorrect API key provided: " + key)
          .send(exchange);
      return;
    }
    JsonNode request;
    try {
      request = JSON.readTree(body);
    } catch (JsonProcessingException e) {
      Reply.error(400, "invalid_request_error", null, "We could not parse the JSON body")
          .send(exchange);
      return;
    }
    if (request.path("model").asText().startsWith("unknown")) {
      Reply.error(
              404,
              "invalid_request_error",
              "model_not_found",
              "The model `" + request.path("model").asText() + "` does not exist")
          .send(exchange);
      return;
    }
    Account account = account(key);
    long input = inputTokens(request, chat);
    long reserved = chat ? maxTokens(request) : 0;
    Account.Admission admission = account.admit(input + reserved, System.nanoTime());
    if (!admission.admitted()) {
      refused(account, admission, input + reserved)
          .with(headers(account, admission))
          .send(exchange);
      return;
    }
    int attempt = attempts.computeIfAbsent(body, k -> new AtomicInteger()).getAndIncrement();
    Faults.Fault fault = faults.of(body, attempt);
    maxInFlight.accumulateAndGet(inFlight.incrementAndGet(), Math::max);
    Reply reply =
        chat
            ? chatReply(request, body, account, input, reserved, fault)
            : embeddingReply(request, body, account, input);
    later.schedule(
        () -> handlers.execute(() -> deliver(exchange, reply, fault, account, admission)),
        latencyNanos(body, attempt),
        TimeUnit.NANOSECONDS);
  }

  private void deliver(
      HttpExchange exchange,
      Reply reply,
      Faults.@Nullable Fault fault,
      Account account,
      Account.Admission admission) {
    inFlight.decrementAndGet();
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
        reply.with(headers(account, admission)).sendHalf(exchange);
        return;
      }
      reply.with(headers(account, admission)).send(exchange);
    } catch (IOException e) {
      // The client has gone away: it was billed all the same.
      exchange.close();
    }
  }

  private Reply chatReply(
      JsonNode request,
      String body,
      Account account,
      long input,
      long reserved,
      Faults.@Nullable Fault fault) {
    if (fault != null) {
      switch (fault) {
        case RATE -> {
          return Reply.error(
              429,
              "requests",
              "rate_limit_exceeded",
              "Rate limit reached. Please try again in 50ms");
        }
        case SERVER -> {
          return Reply.error(500, "server_error", null, "The server had an error");
        }
        case OVERLOAD -> {
          return Reply.error(503, "server_error", "server_is_overloaded", "Slow Down");
        }
        case HTML -> {
          return new Reply(502, "text/html", "<html><h1>502 Bad Gateway</h1></html>");
        }
        case BAD -> {
          return Reply.error(400, "invalid_request_error", "invalid_value", "Invalid value");
        }
        default -> {}
      }
    }
    String content = fault == Faults.Fault.INVALID ? "no such answer" : answers.chat(request);
    ObjectNode out = JSON.createObjectNode();
    out.put("id", "chatcmpl-" + Integer.toHexString(body.hashCode()))
        .put("object", "chat.completion");
    out.put("model", request.path("model").asText());
    ObjectNode choice = out.putArray("choices").addObject().put("index", 0);
    String finish =
        fault == Faults.Fault.LENGTH
            ? "length"
            : fault == Faults.Fault.FILTER ? "content_filter" : "stop";
    choice.put("finish_reason", finish);
    ObjectNode message = choice.putObject("message").put("role", "assistant");
    message.put("content", fault == Faults.Fault.REFUSAL ? null : content);
    message.put("refusal", fault == Faults.Fault.REFUSAL ? "I cannot help with that." : null);
    if (fault == Faults.Fault.EMPTY) {
      out.putArray("choices");
    }
    long output =
        TokenCounter.forModel(ProviderKind.OPENAI, request.path("model").asText()).count(content);
    out.putObject("usage")
        .put("prompt_tokens", input)
        .put("completion_tokens", output)
        .put("total_tokens", input + output);
    bill(request, body, account, input, output);
    if (options.settle()) {
      account.refund(Math.max(0, reserved - output), System.nanoTime());
    }
    return new Reply(
        200,
        "application/json",
        fault == Faults.Fault.GARBAGE ? out.toString().substring(1) + "{{" : out.toString());
  }

  private Reply embeddingReply(JsonNode request, String body, Account account, long input) {
    List<String> inputs = inputs(request);
    if (inputs.isEmpty() || inputs.contains("")) {
      return Reply.error(
          400, "invalid_request_error", null, "'$.input' is invalid: it must not be empty");
    }
    ObjectNode out = answers.embeddings(request, inputs);
    out.putObject("usage").put("prompt_tokens", input).put("total_tokens", input);
    bill(request, body, account, input, 0);
    return new Reply(200, "application/json", out.toString());
  }

  private static void bill(
      JsonNode request, String body, Account account, long input, long output) {
    BigDecimal usd =
        PriceTable.builtin()
            .find("openai", request.path("model").asText())
            .map((Price price) -> price.cost(new Usage(input, 0, output)))
            .orElse(BigDecimal.ZERO);
    account.bill(body, input, output, usd);
  }

  private static List<String> inputs(JsonNode request) {
    List<String> inputs = new ArrayList<>();
    JsonNode input = request.path("input");
    if (input.isArray()) {
      input.forEach(text -> inputs.add(text.asText()));
    } else if (input.isTextual()) {
      inputs.add(input.asText());
    }
    return inputs;
  }

  private static long inputTokens(JsonNode request, boolean chat) {
    TokenCounter counter =
        TokenCounter.forModel(ProviderKind.OPENAI, request.path("model").asText());
    if (!chat) {
      return inputs(request).stream().mapToLong(counter::count).sum();
    }
    long tokens = 3;
    for (JsonNode message : request.path("messages")) {
      tokens +=
          3
              + counter.count(message.path("role").asText())
              + counter.count(message.path("content").asText());
    }
    return tokens;
  }

  private static long maxTokens(JsonNode request) {
    return request.path("max_completion_tokens").asLong(request.path("max_tokens").asLong(0));
  }

  private static Reply refused(Account account, Account.Admission admission, long tokens) {
    if (admission.noCredit()) {
      return Reply.error(
          429,
          "insufficient_quota",
          "insufficient_quota",
          "You exceeded your current quota, please check your plan and billing details.");
    }
    if (admission.tooLarge()) {
      return Reply.error(
          429,
          "tokens",
          "rate_limit_exceeded",
          "Request too large: Limit " + account.tokensPerMinute() + ", Requested " + tokens);
    }
    long millis = Math.max(1, admission.waitNanos() / 1_000_000);
    return Reply.error(
            429,
            "requests",
            "rate_limit_exceeded",
            "Rate limit reached. Please try again in " + millis + "ms")
        .with(
            Map.of(
                "retry-after-ms",
                String.valueOf(millis),
                "retry-after",
                String.valueOf((millis + 999) / 1000)));
  }

  private static Map<String, String> headers(Account account, Account.Admission admission) {
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("x-ratelimit-limit-requests", String.valueOf(account.requestsPerMinute()));
    headers.put("x-ratelimit-remaining-requests", String.valueOf(admission.remainingRequests()));
    headers.put("x-ratelimit-limit-tokens", String.valueOf(account.tokensPerMinute()));
    headers.put("x-ratelimit-remaining-tokens", String.valueOf(admission.remainingTokens()));
    headers.put("x-ratelimit-reset-requests", admission.waitNanos() / 1_000_000 + "ms");
    headers.put("x-ratelimit-reset-tokens", admission.waitNanos() / 1_000_000 + "ms");
    return headers;
  }

  private long latencyNanos(String body, int attempt) {
    double nanos = options.latencyMs() * 1e6;
    double sigma = options.latencySigma();
    if (sigma > 0) {
      long seed = options.seed() + 31L * body.hashCode() + attempt;
      double u = Math.max(1e-12, Faults.uniform(seed));
      double normal =
          Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * Faults.uniform(seed + 17));
      nanos *= Math.exp(sigma * normal - sigma * sigma / 2);
    }
    return (long) nanos;
  }

  /** The books, as JSON. */
  public ObjectNode books() {
    ObjectNode out = JSON.createObjectNode();
    out.put("connections", connections.size());
    out.put("maxInFlight", maxInFlight.get());
    ObjectNode all = out.putObject("accounts");
    accounts.forEach(
        (key, account) -> {
          // Keys are secrets here too: an account is shown by its last characters.
          String name = "…" + key.substring(Math.max(0, key.length() - 4));
          all.set(name, JSON.valueToTree(account.books()));
        });
    return out;
  }

  private void stats(HttpExchange exchange) throws IOException {
    exchange.getRequestBody().readAllBytes();
    new Reply(200, "application/json", books().toPrettyString()).send(exchange);
  }

  @Override
  public void close() {
    server.stop(0);
    later.shutdownNow();
    handlers.shutdownNow();
  }

  /** An HTTP answer. */
  private record Reply(int status, String type, String body, Map<String, String> headers) {
    Reply(int status, String type, String body) {
      this(status, type, body, Map.of());
    }

    static Reply error(int status, String type, @Nullable String code, String message) {
      ObjectNode out = JSON.createObjectNode();
      out.putObject("error")
          .put("message", message)
          .put("type", type)
          .putNull("param")
          .put("code", code);
      return new Reply(status, "application/json", out.toString());
    }

    Reply with(Map<String, String> more) {
      Map<String, String> all = new LinkedHashMap<>(headers);
      more.forEach(all::putIfAbsent);
      return new Reply(status, type, body, all);
    }

    void send(HttpExchange exchange) throws IOException {
      write(exchange, 1);
    }

    /** Promises the whole body and breaks off in the middle. */
    void sendHalf(HttpExchange exchange) throws IOException {
      write(exchange, 2);
    }

    private void write(HttpExchange exchange, int part) throws IOException {
      byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", type);
      headers.forEach((name, value) -> exchange.getResponseHeaders().set(name, value));
      exchange.sendResponseHeaders(status, bytes.length);
      try (OutputStream out = exchange.getResponseBody()) {
        out.write(bytes, 0, bytes.length / part);
      } finally {
        exchange.close();
      }
    }
  }
}
