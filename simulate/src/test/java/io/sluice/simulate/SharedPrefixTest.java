package io.sluice.simulate;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.closeTo;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThan;
import static org.hamcrest.Matchers.lessThanOrEqualTo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.sluice.Document;
import io.sluice.ModelTask;
import io.sluice.ModelTask.Delivery;
import io.sluice.ModelTask.KeySource;
import io.sluice.ModelTask.Prompt;
import io.sluice.ModelTask.Provider;
import io.sluice.ModelTask.Quota;
import io.sluice.Service;
import io.sluice.Source;
import io.sluice.Usage;
import io.sluice.cost.Price;
import io.sluice.cost.PriceTable;
import io.sluice.internal.batches.BatchClient;
import io.sluice.internal.batches.BatchClients;
import io.sluice.internal.batches.BatchException;
import io.sluice.internal.batches.BatchPacker;
import io.sluice.internal.batches.Orphans;
import io.sluice.internal.batches.ResultCounts;
import io.sluice.internal.batches.ResultLine;
import io.sluice.internal.engine.CallSettings;
import io.sluice.internal.engine.EngineClock;
import io.sluice.internal.engine.Finished;
import io.sluice.internal.engine.Job;
import io.sluice.internal.engine.Journal;
import io.sluice.internal.engine.PreparedDocument;
import io.sluice.internal.engine.Spending;
import io.sluice.internal.engine.Tally;
import io.sluice.internal.engine.batch.BatchEngine;
import io.sluice.internal.engine.realtime.CallEngine;
import io.sluice.internal.engine.realtime.CallThreads;
import io.sluice.internal.engine.realtime.LaneFactory;
import io.sluice.internal.prepare.RequestBuilder;
import io.sluice.internal.provider.Callers;
import io.sluice.internal.provider.Providers;
import io.sluice.simulate.batches.BatchOptions;
import io.sluice.spi.BatchIntent;
import io.sluice.spi.BatchLimits;
import io.sluice.spi.BatchStatus;
import io.sluice.spi.PackedBatch;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Batches whose requests share a beginning, by the books of a provider that runs the requests of a
 * batch side by side. Batches take 100 s of the test's clock.
 */
@Timeout(120)
class SharedPrefixTest {
  private static final int SECONDS = 100;
  private static final String WORD = "several rules of the house ";

  @TempDir Path directory;

  private final AtomicLong nanos = new AtomicLong(1_700_000_000_000_000_000L);
  private final EngineClock clock =
      new EngineClock() {
        @Override
        public long epochNanos() {
          return nanos.get();
        }

        @Override
        public void await(Object monitor, long atMost) {}
      };
  private final List<BatchEngine> engines = new ArrayList<>();
  private Simulator simulator;

  @BeforeEach
  void start() throws IOException {
    simulator =
        Simulator.start(
            new Simulator.Options(
                0,
                60_000,
                60_000_000,
                1,
                false,
                30,
                0,
                "",
                List.of(),
                new BigDecimal(1_000),
                1,
                new BatchOptions(SECONDS, Long.MAX_VALUE, "")),
            nanos::get);
  }

  @AfterEach
  void stop() {
    simulator.close();
    engines.forEach(BatchEngine::close);
  }

  /** The process is killed. */
  private static final class Killed extends Error {
    private static final long serialVersionUID = 1L;
  }

  /** How many batches are created before the process is killed, in place of creating another. */
  private int killedAfter = Integer.MAX_VALUE;

  private final class Mortal implements BatchClient {
    private final BatchClient client;

    Mortal(BatchClient client) {
      this.client = client;
    }

    @Override
    public BatchLimits limits() {
      return client.limits();
    }

    @Override
    public BatchPacker packer(BatchLimits limits, Path at, Supplier<String> intentIds) {
      return client.packer(limits, at, intentIds);
    }

    @Override
    public BatchStatus submit(BatchIntent intent, PackedBatch batch, Predicate<String> known)
        throws BatchException, InterruptedException {
      if (killedAfter-- == 0) {
        throw new Killed();
      }
      return client.submit(intent, batch, known);
    }

    @Override
    public Orphans findOrphans(BatchIntent intent, Predicate<String> known)
        throws BatchException, InterruptedException {
      return client.findOrphans(intent, known);
    }

    @Override
    public BatchStatus poll(String batchId) throws BatchException, InterruptedException {
      return client.poll(batchId);
    }

    @Override
    public ResultCounts results(BatchIntent intent, BatchStatus batch, Consumer<ResultLine> lines)
        throws BatchException, InterruptedException {
      return client.results(intent, batch, lines);
    }

    @Override
    public BatchStatus cancel(String batchId) throws BatchException, InterruptedException {
      return client.cancel(batchId);
    }

    @Override
    public void discardInput(BatchIntent intent, BatchStatus batch)
        throws BatchException, InterruptedException {
      client.discardInput(intent, batch);
    }

    @Override
    public void close() {
      client.close();
    }
  }

  /**
   * @param kind of provider, {@code responses} for the other interface of OpenAI's
   */
  private ModelTask task(String kind, String model, String system) {
    boolean responses = kind.equals("responses");
    String of = responses ? "openai" : kind;
    return ModelTask.of(
            "t",
            new Provider(of, simulator.baseUrl(of), new KeySource("KEY", null))
                .withService(Service.USUAL.withApi(responses ? kind : "")),
            model,
            new Prompt(system, "What is said of {{text}}?"))
        .withParameters(
            responses
                ? "{\"max_output_tokens\":30}"
                : kind.equals("bedrock")
                    ? "{\"maxTokens\":30,\"cachePoint\":{\"type\":\"default\"}}"
                    : "{\"max_tokens\":30}")
        .withQuota(new Quota(60_000, 60_000_000, 8, Duration.ofSeconds(1), Map.of()))
        .withDelivery(Delivery.BATCH);
  }

  /** A new process: what it knows of the past is in the ledger. */
  private BatchEngine engine(ModelTask task) {
    Price price = price(task);
    CallSettings settings =
        CallSettings.ofRun("run" + engines.size())
            .withLedger(directory.resolve("ledger").toString())
            .withPrice(price);
    Journal journal = Journal.of(Journal.ledger(task, settings), task, settings, Tally.of(0));
    Callers callers = new Callers(task, name -> "some-key");
    BatchClients clients =
        new BatchClients(callers) {
          @Override
          public BatchClient open(ModelTask.KeyQuota quota) {
            return new Mortal(
                BatchClient.open(callers.connection(quota), wait -> {}, new Random(1)));
          }
        };
    Job job = Job.of(task, journal, new Spending(price, null));
    BatchEngine engine = new BatchEngine(job, null, clients, clock, Runnable::run);
    engines.add(engine);
    return engine;
  }

  private static Price price(ModelTask task) {
    if (task.provider().kind().equals("bedrock")) {
      // Not among those that are listed.
      return Price.of(new BigDecimal(3), new BigDecimal(15));
    }
    Price listed = PriceTable.builtin().find(task.provider().kind(), task.model()).orElseThrow();
    return Providers.of(task).completed(listed);
  }

  private static List<PreparedDocument> rows(ModelTask task, int count) {
    RequestBuilder requests = new RequestBuilder(task);
    List<PreparedDocument> rows = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      rows.add(
          new PreparedDocument(
              new Document("d" + i, null, "{}", new Source("f", i)),
              requests.build(
                  JsonNodeFactory.instance
                      .objectNode()
                      .put("text", "number " + i)
                      .put("house", i % 2)),
              ""));
    }
    return rows;
  }

  private void turnUntil(BatchEngine engine, BooleanSupplier done) {
    for (int turns = 0; !done.getAsBoolean(); turns++) {
      assertThat("turns", turns, lessThan(5_000));
      engine.turn();
      nanos.addAndGet(1_000_000_000L);
    }
  }

  private BatchEngine run(ModelTask task, int count) {
    BatchEngine engine = engine(task);
    engine.submit(rows(task, count));
    engine.inputEnded();
    int[] ended = {0};
    turnUntil(
        engine,
        () -> {
          try {
            for (Finished end : engine.takeFinished(0)) {
              ended[0] += end instanceof Finished.Answered ? 1 : 0;
            }
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
          return ended[0] == count;
        });
    return engine;
  }

  private JsonNode books() {
    return simulator.books().path("accounts").elements().next();
  }

  private double costUsd() {
    return books().path("costUsd").asDouble();
  }

  /** What the same tokens cost where so many are read and written. */
  private double cost(ModelTask task, long read, long written) {
    Usage usage =
        new Usage(
            books().path("inputTokens").asLong(),
            read,
            books().path("outputTokens").asLong(),
            written);
    return price(task).batchCost(usage).orElseThrow().doubleValue();
  }

  @ParameterizedTest
  @CsvSource({
    "anthropic,claude-sonnet-4-5,3000",
    "openai,gpt-4.1,300",
    "openai,gpt-5.6-sol,300",
    "responses,gpt-4.1,300"
  })
  void oneGoesAhead_andTheOthersRead(String kind, String model, int requests) {
    ModelTask task = task(kind, model, WORD.repeat(600));
    BatchEngine engine = run(task, requests);
    long prefix = books().path("cacheWriteTokens").asLong();
    assertThat(prefix, greaterThan(2_500L));
    assertThat(books().path("cachedInputTokens").asLong(), is((requests - 1) * prefix));
    assertThat(simulator.books().path("batches").asInt(), is(2));
    double optimum = cost(task, (requests - 1) * prefix, prefix);
    assertThat(costUsd(), lessThanOrEqualTo(optimum * 1.01));
    assertThat(costUsd(), lessThan(cost(task, 0, 0)));
    assertThat(
        "counted as billed",
        engine.snapshot().spent.doubleValue(),
        closeTo(costUsd(), costUsd() * 1e-6));
  }

  /** A beginning below the minimum, and one that every document has for itself. */
  @ParameterizedTest
  @CsvSource({"100,", "600,{{text}} "})
  void whatCannotPay_isNotMarked(int words, String own) {
    ModelTask task =
        task("anthropic", "claude-sonnet-4-5", (own == null ? "" : own) + WORD.repeat(words));
    run(task, 20);
    assertThat(books().path("cacheWriteTokens").asLong(), is(0L));
    assertThat(simulator.books().path("batches").asInt(), is(1));
    assertThat(costUsd(), closeTo(cost(task, 0, 0), 1e-9));
  }

  @Test
  void severalBeginnings_goAheadTogether_eachWithARequest() {
    ModelTask task = task("anthropic", "claude-sonnet-4-5", "{{house}} " + WORD.repeat(600));
    run(task, 40);
    assertThat(simulator.books().path("batches").asInt(), is(2));
    long both = books().path("cacheWriteTokens").asLong();
    assertThat(books().path("cachedInputTokens").asLong(), is(19 * both));
  }

  /** Killed when the first of them is at work: the others wait for it as if nothing had been. */
  @Test
  void killedBetweenTheFirstAndTheOthers_writesOnce() {
    ModelTask task = task("anthropic", "claude-sonnet-4-5", WORD.repeat(600));
    BatchEngine killed = engine(task);
    killed.submit(rows(task, 50));
    killed.inputEnded();
    turnUntil(killed, () -> simulator.books().path("batches").asInt() == 1);
    nanos.addAndGet(20_000_000_000L);
    run(task, 50);
    assertThat(simulator.books().path("batches").asInt(), is(2));
    assertThat(books().path("billedAgain").asInt(), is(0));
    long prefix = books().path("cacheWriteTokens").asLong();
    assertThat(books().path("cachedInputTokens").asLong(), is(49 * prefix));
  }

  /** Killed when the answer is there and the others were about to follow. */
  @Test
  void killedBeforeTheOthersFollow_writesOnce() {
    ModelTask task = task("anthropic", "claude-sonnet-4-5", WORD.repeat(600));
    nanos.set(System.currentTimeMillis() * 1_000_000);
    killedAfter = 1;
    BatchEngine killed = engine(task);
    killed.submit(rows(task, 50));
    killed.inputEnded();
    turnUntil(killed, () -> killedAfter < 0);
    nanos.addAndGet(60_000_000_000L);
    run(task, 50);
    assertThat(simulator.books().path("batches").asInt(), is(2));
    assertThat(books().path("billedAgain").asInt(), is(0));
    long prefix = books().path("cacheWriteTokens").asLong();
    assertThat(books().path("cachedInputTokens").asLong(), is(49 * prefix));
  }

  /** What a job in real time is billed for, whose calls are as many at once as may be. */
  private void runInRealtime(ModelTask task, int count) throws InterruptedException {
    ExecutorService workers = Executors.newCachedThreadPool();
    Price price = price(task);
    CallSettings settings = CallSettings.ofRun("run").withPrice(price);
    Journal journal = Journal.of(null, task, settings, Tally.of(0));
    Job job = Job.of(task, journal, new Spending(price, null));
    LaneFactory lanes =
        new LaneFactory(task, new Callers(task, name -> "some-key"), Map.of(), account -> 0);
    CallEngine engine =
        new CallEngine(job, lanes, EngineClock.real(), new Random(1), new CallThreads(workers));
    try {
      engine.start();
      engine.submit(rows(task, count));
      engine.inputEnded();
      int ended = 0;
      while (ended < count) {
        ended += engine.takeFinished(1_000_000_000L).size();
      }
    } finally {
      engine.close();
      workers.shutdownNow();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "anthropic,claude-sonnet-4-5",
    "openai,gpt-4.1",
    "responses,gpt-4.1",
    "bedrock,eu.anthropic.claude-sonnet-4-5-20250929-v1:0"
  })
  void inRealtime_theFirstGoesAheadOfItsCrowd(String kind, String model) throws Exception {
    runInRealtime(task(kind, model, WORD.repeat(600)).withDelivery(Delivery.REALTIME), 40);
    long prefix = books().path("cacheWriteTokens").asLong();
    assertThat(prefix, greaterThan(2_500L));
    assertThat(books().path("cachedInputTokens").asLong(), is(39 * prefix));
    assertThat(simulator.books().path("maxInFlight").asInt(), greaterThan(1));
  }

  @ParameterizedTest
  @CsvSource({
    "anthropic,claude-sonnet-4-5",
    "bedrock,eu.anthropic.claude-sonnet-4-5-20250929-v1:0"
  })
  void inRealtime_whatCannotPay_isNotMarked(String kind, String model) throws Exception {
    runInRealtime(
        task(kind, model, "{{text}} " + WORD.repeat(600)).withDelivery(Delivery.REALTIME), 20);
    assertThat(books().path("cacheWriteTokens").asLong(), is(0L));
  }
}
