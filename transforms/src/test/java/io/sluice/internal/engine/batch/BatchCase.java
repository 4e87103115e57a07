package io.sluice.internal.engine.batch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.aMapWithSize;
import static org.hamcrest.Matchers.everyItem;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThanOrEqualTo;

import io.sluice.Answer.ServedBy;
import io.sluice.Document;
import io.sluice.ErrorKind;
import io.sluice.ModelTask;
import io.sluice.ModelTask.Delivery;
import io.sluice.ModelTask.KeyQuota;
import io.sluice.ModelTask.KeySource;
import io.sluice.ModelTask.Provider;
import io.sluice.ModelTask.Quota;
import io.sluice.ModelTask.Stragglers;
import io.sluice.Source;
import io.sluice.Tier;
import io.sluice.Usage;
import io.sluice.cost.Budget;
import io.sluice.cost.Price;
import io.sluice.internal.batches.BatchClient;
import io.sluice.internal.batches.BatchClients;
import io.sluice.internal.engine.CallSettings;
import io.sluice.internal.engine.Engine;
import io.sluice.internal.engine.Finished;
import io.sluice.internal.engine.InputBound;
import io.sluice.internal.engine.Job;
import io.sluice.internal.engine.Journal;
import io.sluice.internal.engine.PreparedDocument;
import io.sluice.internal.engine.Spending;
import io.sluice.internal.engine.StoredAnswers;
import io.sluice.internal.engine.Tally;
import io.sluice.internal.engine.realtime.CallEngine;
import io.sluice.internal.engine.realtime.FakeModel;
import io.sluice.internal.engine.realtime.LaneFactory;
import io.sluice.internal.engine.realtime.VirtualTime;
import io.sluice.internal.engine.rows.PlannedEngine;
import io.sluice.internal.judge.AnswerJudge;
import io.sluice.internal.plan.Plan;
import io.sluice.internal.provider.Callers;
import io.sluice.spi.RateHeaders;
import io.sluice.spi.Reply;
import io.sluice.spi.Request;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An engine whose time is the test's, against a provider that outlives it. */
@Timeout(60)
abstract class BatchCase {
  static final long FREE = Long.MAX_VALUE;
  static final Price PRICE =
      new Price(
          BigDecimal.ONE,
          null,
          BigDecimal.ONE,
          new BigDecimal("0.5"),
          new BigDecimal("0.5"),
          null,
          null);
  static final ModelTask TASK =
      ModelTask.of(
              "test",
              new Provider("openai", "http://localhost", KeySource.NONE),
              "fake",
              new ModelTask.Prompt(null, "{{text}}"))
          .withQuota(new Quota(FREE, FREE, 8, Duration.ofSeconds(1), Map.of()))
          .withDelivery(Delivery.BATCH);

  static final Duration OUTAGE = Duration.ofMinutes(5);

  @TempDir Path directory;

  final VirtualTime time =
      new VirtualTime(Instant.now().truncatedTo(ChronoUnit.MILLIS).toEpochMilli() * 1_000_000);
  final FakeProvider provider =
      new FakeProvider(() -> Instant.ofEpochMilli(time.epochNanos() / 1_000_000));
  final List<BatchEngine> engines = new ArrayList<>();
  final FakeModel model =
      new FakeModel(
          request ->
              new Reply.Answered(
                  "realtime", "fake", "stop", new Usage(10, 0, 5), RateHeaders.NONE));
  @Nullable BigDecimal budgetUsd;

  /** In place of the task's own; null for that. */
  @Nullable AnswerJudge judge;

  final Map<String, BigDecimal> keyBudgetsUsd = new HashMap<>();

  @AfterEach
  void close() {
    engines.forEach(BatchEngine::close);
  }

  /** A new process: what it knows of the past is in the ledger. */
  BatchEngine engine(ModelTask task) {
    CallSettings settings =
        CallSettings.ofRun("run" + engines.size()).withLedger(directory.toString());
    Journal journal = Journal.of(Journal.ledger(task, settings), task, settings, Tally.of(0));
    Budget budget = budgetUsd == null ? null : new Budget(budgetUsd, journal.spentUsd());
    Map<String, Budget> own = new HashMap<>();
    keyBudgetsUsd.forEach((key, usd) -> own.put(key, new Budget(usd, journal.spentUsd(key))));
    Spending spending = new Spending(PRICE, budget, own, new InputBound(true), 0, Tier.STANDARD);
    Callers callers = new Callers(task, name -> null, caller -> model);
    Job usual = Job.of(task, journal, spending);
    Job job =
        judge == null
            ? usual
            : new Job(task, journal, spending, List.of(judge), usual.retries(), usual.signals());
    Engine realtime =
        BatchEngine.needsRealtime(task)
            ? time.drive(
                new CallEngine(
                    job.within(),
                    new LaneFactory(task, callers, Map.of(), account -> 0),
                    time,
                    new Random(1),
                    time))
            : null;
    BatchClients clients =
        new BatchClients(callers) {
          @Override
          public BatchClient open(KeyQuota quota) {
            return provider;
          }
        };
    BatchEngine engine = new BatchEngine(job, realtime, clients, time, Runnable::run);
    engines.add(engine);
    return engine;
  }

  static String fingerprint(String text) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8));
      return HexFormat.of().formatHex(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  static PreparedDocument row(int number, String text) {
    return new PreparedDocument(
        new Document("d" + number, null, "{}", new Source("f", number)),
        new Request(fingerprint(text), "{\"text\": \"" + text + "\"}", 10, 20),
        "");
  }

  static List<PreparedDocument> rows(int count) {
    return IntStream.range(0, count).mapToObj(i -> row(i, "text " + i)).toList();
  }

  /** A process that gets as far as a batch, and no further. */
  void beginAndLeave(List<PreparedDocument> rows) {
    begin(engine(TASK), rows);
  }

  /** As far as a first turn. */
  static void begin(BatchEngine engine, List<PreparedDocument> rows) {
    engine.submit(rows);
    engine.inputEnded();
    engine.turn();
  }

  /** Every row's end by its id, for as long as it takes; a row that ends twice fails. */
  Map<String, Finished> run(BatchEngine engine, List<PreparedDocument> rows)
      throws InterruptedException {
    engine.submit(rows);
    engine.inputEnded();
    return ends(engine, rows.size());
  }

  Map<String, Finished> ends(BatchEngine engine, int rows) throws InterruptedException {
    Map<String, Finished> ends = new HashMap<>();
    for (int turns = 0; ends.size() < rows; turns++) {
      assertThat("turns", turns, lessThanOrEqualTo(2_000));
      engine.turn();
      time.pass(VirtualTime.SECOND);
      for (Finished end : engine.takeFinished(0)) {
        assertThat(ends.put(end.document().id(), end) == null, is(true));
      }
    }
    return ends;
  }

  static ServedBy servedBy(@Nullable Finished end) {
    return end instanceof Finished.Answered answered
        ? answered.answer().servedBy()
        : ServedBy.LOCAL;
  }

  static @Nullable ErrorKind kind(@Nullable Finished end) {
    return end instanceof Finished.Dead dead ? dead.deadLetter().kind() : null;
  }

  Engine planned(ModelTask task, BatchEngine engine) {
    CallSettings settings =
        CallSettings.ofRun("planned" + engines.size()).withLedger(directory.toString());
    Journal journal = Journal.of(Journal.ledger(task, settings), task, settings, Tally.of(0));
    AnswerJudge judge = new AnswerJudge(task.output(), task.operation());
    return new PlannedEngine(
        engine, List.of(new Plan(task, PRICE)), new StoredAnswers(journal, List.of(judge)));
  }

  Map<String, Finished> ends(Engine planned, BatchEngine engine, List<PreparedDocument> rows)
      throws InterruptedException {
    planned.submit(rows);
    planned.inputEnded();
    Map<String, Finished> ends = new HashMap<>();
    for (int turns = 0; ends.size() < rows.size(); turns++) {
      assertThat("turns", turns, lessThanOrEqualTo(2_000));
      engine.turn();
      time.pass(VirtualTime.SECOND);
      for (Finished end : planned.takeFinished(0)) {
        assertThat(ends.put(end.document().id(), end) == null, is(true));
      }
    }
    return ends;
  }

  void allBilledOnce(int requests) {
    assertThat(provider.billed, aMapWithSize(requests));
    assertThat(provider.billed.values(), everyItem(is(1)));
  }

  static Delivery delivery(
      Stragglers stragglers, double realtimeShare, @Nullable Instant deadline) {
    Delivery all = Delivery.BATCH;
    return new Delivery(
        true,
        all.poll(),
        all.maxRequests(),
        all.enqueuedTokens(),
        stragglers,
        realtimeShare,
        deadline);
  }
}
