package io.sluice.simulate;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.sluice.Usage;
import io.sluice.cost.Price;
import io.sluice.cost.PriceTable;
import io.sluice.internal.provider.Providers;
import io.sluice.simulate.batches.BatchApi;
import io.sluice.simulate.batches.BatchJob;
import io.sluice.simulate.batches.BatchOptions;
import io.sluice.simulate.batches.BatchStore;
import io.sluice.simulate.provider.SimulatedProvider;
import io.sluice.simulate.wire.Account;
import io.sluice.simulate.wire.Answers;
import io.sluice.simulate.wire.FaultRates;
import io.sluice.simulate.wire.Faults;
import io.sluice.simulate.wire.Latency;
import io.sluice.simulate.wire.PromptCache;
import io.sluice.simulate.wire.Questions;
import io.sluice.simulate.wire.Reply;
import io.sluice.simulate.wire.Wire;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A provider on localhost to rehearse against: OpenAI's chat completions and embeddings,
 * Anthropic's Messages, Gemini's generateContent and embeddings, and Bedrock's Converse and
 * embeddings, each also in batches, with real quotas, latency, faults, and books of what it billed.
 * A slow answer holds no thread.
 */
public final class Simulator implements AutoCloseable {
  /** The names of faults, and which of them pass. */
  public static final String FAULTS = Faults.NAMES;

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
      long seed,
      BatchOptions batches) {
    /**
     * @throws IllegalArgumentException for an unknown fault or a rate outside 0 to 1
     */
    public Options {
      Faults.parse(faults);
      labels = List.copyOf(labels);
    }

    /** Batches take five seconds and have no faults. */
    public Options(
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
      this(
          port,
          requestsPerMinute,
          tokensPerMinute,
          burstSeconds,
          settle,
          latencyMs,
          latencySigma,
          faults,
          labels,
          creditUsd,
          seed,
          BatchOptions.DEFAULT);
    }
  }

  private static final List<SimulatedProvider> PROVIDERS =
      ServiceLoader.load(SimulatedProvider.class).stream()
          .map(ServiceLoader.Provider::get)
          .toList();

  private final Options options;
  private final HttpServer server;
  private final ExecutorService handlers;
  private final ScheduledExecutorService later = Executors.newScheduledThreadPool(2);
  private final Latency latency;
  private final Faults faults;
  private final Map<String, Account> accounts = new ConcurrentHashMap<>();
  private final ModelLists models = new ModelLists(PROVIDERS);
  private final Questions questions = new Questions();
  private final Map<String, AtomicInteger> attempts = new ConcurrentHashMap<>();
  private final Set<String> connections = ConcurrentHashMap.newKeySet();
  private final AtomicInteger inFlight = new AtomicInteger();
  private final AtomicInteger maxInFlight = new AtomicInteger();
  private final PromptCache cache = new PromptCache();
  private final AtomicLong drawn = new AtomicLong();
  private final long begun = System.nanoTime();
  private final Object billing = new Object();
  private final List<BatchStore> batches;
  private long billed;

  private Simulator(Options options, HttpServer server, LongSupplier batchNanos) {
    this.options = options;
    this.server = server;
    this.latency = new Latency(options.latencyMs(), options.latencySigma(), options.seed());
    this.faults = Faults.parse(options.faults());
    Answers answers = new Answers(options.labels());
    this.handlers = Executors.newFixedThreadPool(8);
    server.setExecutor(handlers);
    server.createContext("/stats", this::stats);
    Set<String> lists = new HashSet<>(models.paths());
    List<BatchStore> stores = new ArrayList<>();
    for (SimulatedProvider provider : PROVIDERS) {
      Map<String, Wire> wires = provider.wires(answers);
      BatchStore store =
          new BatchStore(
              options.batches(),
              batchNanos,
              new BatchAnswers(item -> provider.inBatches(wires, item.request())));
      stores.add(store);
      Map<String, BatchApi> apis =
          provider.batches(wires, store, key -> account(key).isSpent(), url());
      apis.forEach((path, api) -> server.createContext(path, api::handle));
      wires.forEach((path, wire) -> serve(path, wire, provider, apis));
      lists.removeAll(wires.keySet());
    }
    lists.forEach(path -> server.createContext(path, models::handle));
    this.batches = List.copyOf(stores);
  }

  /** Answers the requests of batches, at their prices and outside of the quota. */
  private final class BatchAnswers implements BatchStore.Answering {
    private final Function<BatchJob.Item, Wire> wires;
    private final PromptCache cache = new PromptCache();

    BatchAnswers(Function<BatchJob.Item, Wire> wires) {
      this.wires = wires;
    }

    @Override
    public Reply answer(BatchJob job, BatchJob.Item item, Faults.@Nullable Fault fault) {
      String body = item.body();
      String question = questions.first(item.request(), body);
      int attempt = attempts.computeIfAbsent(question, k -> new AtomicInteger()).getAndIncrement();
      Faults.Fault drawn = fault == null ? faults.of(question, body, attempt) : fault;
      Wire wire = wires.apply(item);
      PromptCache.Found found =
          cache.ask(
              job.key, wire.prefix(item.request()), job, job.begunNanos(), job.answeredNanos());
      Wire.Made made =
          wire.make(
              found.into(item.request()),
              Integer.toHexString(body.hashCode()),
              item.inputTokens(),
              drawn == null || drawn.isInAnswer() ? drawn : null);
      if (made.billed()) {
        Usage used = found.usage(item.inputTokens(), made.outputTokens());
        bill(wire, item.request(), body, account(job.key), used, true);
      }
      return made.reply();
    }

    @Override
    public int attempts(BatchJob.Item item) {
      AtomicInteger count = attempts.get(questions.first(item.request(), item.body()));
      return count == null ? 0 : count.get();
    }
  }

  private void serve(
      String path, Wire wire, SimulatedProvider provider, Map<String, BatchApi> apis) {
    server.createContext(
        path,
        exchange -> {
          String of = provider.batchesAt(exchange.getRequestURI().getPath());
          BatchApi api = of == null ? null : apis.get(of);
          if (api == null) {
            handle(exchange, wire);
          } else {
            api.handle(exchange);
          }
        });
  }

  public static Simulator start(Options options) throws IOException {
    return start(options, System::nanoTime);
  }

  /**
   * As above, with a clock of its own for batches.
   *
   * @param batchNanos the time by which they go, in nanoseconds from any beginning
   */
  public static Simulator start(Options options, LongSupplier batchNanos) throws IOException {
    // Read once, when the server's classes are loaded: answers leave at once, connections stay.
    System.setProperty("sun.net.httpserver.nodelay", "true");
    System.setProperty("sun.net.httpserver.maxIdleConnections", "10000");
    HttpServer server =
        HttpServer.create(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), options.port()), 1024);
    Simulator simulator = new Simulator(options, server, batchNanos);
    server.start();
    return simulator;
  }

  public int port() {
    return server.getAddress().getPort();
  }

  /** What a task's {@code provider.baseUrl} is with {@code kind: openai}. */
  public String baseUrl() {
    return baseUrl("openai");
  }

  /**
   * What a task's {@code provider.baseUrl} is with a kind of provider.
   *
   * @throws IllegalArgumentException for a kind that there is not
   */
  public String baseUrl(String kind) {
    String base = baseUrls().get(kind);
    if (base == null) {
      throw new IllegalArgumentException(
          "kind: expected one of " + baseUrls().keySet() + ", got " + kind);
    }
    return base;
  }

  /** The base URLs of all kinds of providers. */
  public Map<String, String> baseUrls() {
    Map<String, String> urls = new LinkedHashMap<>();
    PROVIDERS.forEach(provider -> urls.put(provider.kind(), url() + provider.basePath()));
    return urls;
  }

  /** What {@link #books} says, over HTTP. */
  public String statsUrl() {
    return url() + "/stats";
  }

  private String url() {
    return "http://localhost:" + port();
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

  private void handle(HttpExchange exchange, Wire wire) throws IOException {
    connections.add(String.valueOf(exchange.getRemoteAddress()));
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    String key = wire.key(exchange.getRequestHeaders());
    if (exchange.getRequestMethod().equals("GET")) {
      models.handle(exchange);
      return;
    }
    JsonNode request = wire.request(exchange, BatchApi.parse(body));
    Reply rejected = wire.rejected(exchange.getRequestHeaders(), key, request);
    if (rejected != null) {
      rejected.send(exchange);
      return;
    }
    Account account = account(key);
    Reply troubled = trouble(account);
    if (troubled != null) {
      account.turnedAway(troubled.status() == 429);
      troubled.send(exchange);
      return;
    }
    long input = wire.inputTokens(request);
    long reserved = wire.reservedTokens(request);
    Account.Admission admission = account.admit(input + reserved, System.nanoTime());
    if (!admission.admitted()) {
      wire.refused(account, admission, input + reserved)
          .with(wire.headers(account, admission))
          .send(exchange);
      return;
    }
    String question = faults.hasRates() ? questions.first(request, body) : body;
    int attempt = attempts.computeIfAbsent(question, k -> new AtomicInteger()).getAndIncrement();
    Faults.Fault fault = faults.of(question, body, attempt);
    maxInFlight.accumulateAndGet(inFlight.incrementAndGet(), Math::max);
    long now = System.nanoTime();
    long nanos = latency.nanos(body, attempt);
    PromptCache.Found found = cache.ask(key, wire.prefix(request), new Object(), now, now + nanos);
    Wire.Made made =
        wire.make(found.into(request), Integer.toHexString(body.hashCode()), input, fault);
    if (made.billed()) {
      bill(wire, request, body, account, found.usage(input, made.outputTokens()), false);
      if (options.settle()) {
        long taken = wire.quotaTokens(request, made.outputTokens());
        account.refund(Math.max(0, reserved - taken), System.nanoTime());
      }
    }
    Reply reply = made.reply().with(wire.headers(account, admission));
    later.schedule(
        () ->
            handlers.execute(
                () -> {
                  inFlight.decrementAndGet();
                  reply.deliver(exchange, fault);
                }),
        nanos,
        TimeUnit.NANOSECONDS);
  }

  private @Nullable Reply trouble(Account account) {
    long now = System.nanoTime();
    double seconds = (now - begun) / 1e9;
    account.give(faults.trouble().gives(seconds), now);
    double chance =
        FaultRates.uniform(options.seed() + 0x9E3779B97F4A7C15L * drawn.getAndIncrement());
    return faults.trouble().of(seconds, account.letIn(), chance);
  }

  private void bill(
      Wire wire, JsonNode request, String body, Account account, Usage usage, boolean batch) {
    BigDecimal usd =
        PriceTable.builtin()
            .find(wire.provider(), request.path("model").asText())
            .map(
                listed ->
                    Providers.kinds().contains(wire.provider())
                        ? Providers.of(wire.provider()).completed(listed)
                        : listed)
            .map((Price price) -> cost(price, usage.at(wire.tier(request)), batch))
            .orElse(BigDecimal.ZERO);
    account.bill(body, usage, usd);
    synchronized (billing) {
      billed++;
      billing.notifyAll();
    }
  }

  private static BigDecimal cost(Price price, Usage usage, boolean batch) {
    BigDecimal realtime = price.cost(usage);
    return batch ? price.batchCost(usage).orElse(realtime) : realtime;
  }

  /**
   * Waits until this many answers have been billed, to all accounts together.
   *
   * @param goesOn looked at once a second; the wait ends when it says no
   */
  public void awaitBilled(long answers, BooleanSupplier goesOn) throws InterruptedException {
    synchronized (billing) {
      while (billed < answers && goesOn.getAsBoolean()) {
        billing.wait(1_000);
      }
    }
  }

  /**
   * Waits until so many batches were created in all, without a pause of its own.
   *
   * @param goesOn looked at often; the wait ends when it says no
   */
  public void awaitBatches(int created, BooleanSupplier goesOn) throws InterruptedException {
    while (books().path("batches").asInt() < created && goesOn.getAsBoolean()) {
      synchronized (billing) {
        billing.wait(50);
      }
    }
  }

  /** The books, as JSON. */
  public ObjectNode books() {
    batches.forEach(BatchStore::settleAll);
    ObjectNode out = JSON.createObjectNode();
    out.put("batches", batches.stream().mapToInt(BatchStore::size).sum());
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
}
