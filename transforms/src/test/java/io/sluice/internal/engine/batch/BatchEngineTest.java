package io.sluice.internal.engine.batch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.aMapWithSize;
import static org.hamcrest.Matchers.both;
import static org.hamcrest.Matchers.closeTo;
import static org.hamcrest.Matchers.comparesEqualTo;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.everyItem;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThan;
import static org.hamcrest.Matchers.lessThanOrEqualTo;
import static org.hamcrest.Matchers.nullValue;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.Answer.ServedBy;
import io.sluice.Document;
import io.sluice.ErrorKind;
import io.sluice.Fallback.Cause;
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
import io.sluice.internal.batches.BatchException.Problem;
import io.sluice.internal.batches.BatchProblems;
import io.sluice.internal.engine.CallSettings;
import io.sluice.internal.engine.Engine;
import io.sluice.internal.engine.Finished;
import io.sluice.internal.engine.InputBound;
import io.sluice.internal.engine.Interrupted;
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
import io.sluice.internal.evidence.Scope;
import io.sluice.internal.judge.AnswerJudge;
import io.sluice.internal.judge.Judges;
import io.sluice.internal.ledger.LedgerScan;
import io.sluice.internal.ledger.LedgerTotals;
import io.sluice.internal.plan.Ask;
import io.sluice.internal.plan.Plan;
import io.sluice.internal.prepare.RequestBuilder;
import io.sluice.internal.provider.Callers;
import io.sluice.spi.BatchStatus.BatchProblem;
import io.sluice.spi.RateHeaders;
import io.sluice.spi.Reply;
import io.sluice.spi.Request;
import java.math.BigDecimal;
import java.nio.file.Files;
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
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An engine whose time is the test's, against a provider that outlives it. */
@Timeout(60)
class BatchEngineTest {
  private static final long FREE = Long.MAX_VALUE;
  private static final Price PRICE =
      new Price(
          BigDecimal.ONE,
          null,
          BigDecimal.ONE,
          new BigDecimal("0.5"),
          new BigDecimal("0.5"),
          null,
          null);
  private static final ModelTask TASK =
      ModelTask.of(
              "test",
              new Provider("openai", "http://localhost", KeySource.NONE),
              "fake",
              new ModelTask.Prompt(null, "{{text}}"))
          .withQuota(new Quota(FREE, FREE, 8, Duration.ofSeconds(1), Map.of()))
          .withDelivery(Delivery.BATCH);

  private static final Duration OUTAGE = Duration.ofMinutes(5);

  @TempDir Path directory;

  private final VirtualTime time =
      new VirtualTime(Instant.now().truncatedTo(ChronoUnit.MILLIS).toEpochMilli() * 1_000_000);
  private final FakeProvider provider =
      new FakeProvider(() -> Instant.ofEpochMilli(time.epochNanos() / 1_000_000));
  private final List<BatchEngine> engines = new ArrayList<>();
  private final FakeModel model =
      new FakeModel(
          request ->
              new Reply.Answered(
                  "realtime", "fake", "stop", new Usage(10, 0, 5), RateHeaders.NONE));
  private @Nullable BigDecimal budgetUsd;

  /** In place of the task's own; null for that. */
  private @Nullable AnswerJudge judge;

  private final Map<String, BigDecimal> keyBudgetsUsd = new HashMap<>();

  @AfterEach
  void close() {
    engines.forEach(BatchEngine::close);
  }

  /** A new process: what it knows of the past is in the ledger. */
  private BatchEngine engine(ModelTask task) {
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

  private static String fingerprint(String text) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8));
      return HexFormat.of().formatHex(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  private static PreparedDocument row(int number, String text) {
    return new PreparedDocument(
        new Document("d" + number, null, "{}", new Source("f", number)),
        new Request(fingerprint(text), "{\"text\": \"" + text + "\"}", 10, 20),
        "");
  }

  private static List<PreparedDocument> rows(int count) {
    return IntStream.range(0, count).mapToObj(i -> row(i, "text " + i)).toList();
  }

  /** A process that gets as far as a batch, and no further. */
  private void beginAndLeave(List<PreparedDocument> rows) {
    BatchEngine engine = engine(TASK);
    engine.submit(rows);
    engine.inputEnded();
    engine.turn();
  }

  /** Every row's end by its id, for as long as it takes; a row that ends twice fails. */
  private Map<String, Finished> run(BatchEngine engine, List<PreparedDocument> rows)
      throws InterruptedException {
    engine.submit(rows);
    engine.inputEnded();
    return ends(engine, rows.size());
  }

  private Map<String, Finished> ends(BatchEngine engine, int rows) throws InterruptedException {
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

  private static ServedBy servedBy(@Nullable Finished end) {
    return end instanceof Finished.Answered answered
        ? answered.answer().servedBy()
        : ServedBy.LOCAL;
  }

  private static @Nullable ErrorKind kind(@Nullable Finished end) {
    return end instanceof Finished.Dead dead ? dead.deadLetter().kind() : null;
  }

  @Test
  void answersThatDoNotFit_areAskedAgainWithTheReason_inTheNextBatch() throws Exception {
    ModelTask task = TASK.withOutput(ModelTask.Output.ofLabels("yes", "no"));
    List<PreparedDocument> rows = new ArrayList<>();
    RequestBuilder requests = new RequestBuilder(task);
    for (int i = 0; i < 300; i++) {
      ObjectNode fields = JsonNodeFactory.instance.objectNode().put("text", "text " + i);
      Document document = new Document("d" + i, null, fields.toString(), new Source("f", i));
      rows.add(new PreparedDocument(document, requests.build(fields), ""));
    }
    Set<String> first =
        rows.stream().map(row -> row.request().fingerprint()).collect(Collectors.toSet());
    provider.says = fingerprint -> first.contains(fingerprint) ? "maybe" : "yes";
    BatchEngine engine = engine(task);
    Map<String, Finished> ends = ends(planned(task, engine), engine, rows);
    assertThat(
        ends.values().stream().map(BatchEngineTest::servedBy).distinct().toList(),
        is(List.of(ServedBy.BATCH)));
    assertThat(provider.sizes(), is(List.of(300, 300)));
    allBilledOnce(600);
    BatchEngine second = engine(task);
    ends = ends(planned(task, second), second, rows);
    assertThat(servedBy(ends.get("d5")), is(ServedBy.LEDGER));
    Finished end = ends.get("d5");
    assertThat(end instanceof Finished.Answered a ? a.answer().attempts() : 0, is(2));
    allBilledOnce(600);
  }

  private Engine planned(ModelTask task, BatchEngine engine) {
    CallSettings settings =
        CallSettings.ofRun("planned" + engines.size()).withLedger(directory.toString());
    Journal journal = Journal.of(Journal.ledger(task, settings), task, settings, Tally.of(0));
    AnswerJudge judge = new AnswerJudge(task.output(), task.operation());
    return new PlannedEngine(
        engine, List.of(new Plan(task, PRICE)), new StoredAnswers(journal, List.of(judge)));
  }

  private Map<String, Finished> ends(
      Engine planned, BatchEngine engine, List<PreparedDocument> rows) throws InterruptedException {
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

  private void allBilledOnce(int requests) {
    assertThat(provider.billed, aMapWithSize(requests));
    assertThat(provider.billed.values(), everyItem(is(1)));
  }

  @Test
  void rowsAreAnsweredByOneBatch_andNextTimeByTheLedger() throws Exception {
    Map<String, Finished> ends = run(engine(TASK), rows(5));

    assertThat(provider.sizes(), contains(5));
    assertThat(
        ends.values().stream().map(BatchEngineTest::servedBy).toList(),
        everyItem(is(ServedBy.BATCH)));

    Map<String, Finished> again = run(engine(TASK), rows(5));

    assertThat(provider.created(), is(1));
    assertThat(
        again.values().stream().map(BatchEngineTest::servedBy).toList(),
        everyItem(is(ServedBy.LEDGER)));
  }

  @Test
  void identicalRequestsAreAskedOnce() throws Exception {
    List<PreparedDocument> rows = List.of(row(0, "same"), row(1, "same"), row(2, "other"));

    Map<String, Finished> ends = run(engine(TASK), rows);

    assertThat(ends, aMapWithSize(3));
    assertThat(provider.sizes(), contains(2));
    allBilledOnce(2);
  }

  @Test
  void withoutTheEndOfTheInput_aPauseMakesABatch() {
    BatchEngine engine = engine(TASK);
    engine.submit(rows(3));
    engine.turn();
    assertThat(provider.created(), is(0));

    time.pass(Duration.ofSeconds(31).toNanos());
    engine.turn();

    assertThat(provider.sizes(), contains(3));
  }

  @Test
  void killedRightAfterTheBatchWasCreated_isTakenUp() throws Exception {
    provider.killAfterCreate = true;
    beginAndLeave(rows(5));
    assertThat(provider.created(), is(1));

    Map<String, Finished> ends = run(engine(TASK), rows(5));

    assertThat(ends, aMapWithSize(5));
    assertThat(provider.created(), is(1));
    allBilledOnce(5);
  }

  @Test
  void killedBeforeTheBatchWasCreated_isAskedOnce() throws Exception {
    provider.killBeforeCreate = true;
    beginAndLeave(rows(5));
    provider.killBeforeCreate = false;

    run(engine(TASK), rows(5));

    assertThat(provider.sizes(), contains(5));
    allBilledOnce(5);
  }

  @Test
  void killedWhileTheBatchWorks_keepsItsAnswersEvenForRowsThatComeLater() throws Exception {
    provider.quick = false;
    beginAndLeave(rows(5));
    provider.quick = true;
    BatchEngine second = engine(TASK);
    for (int i = 0; i < 10; i++) {
      second.turn();
      time.pass(VirtualTime.SECOND);
    }

    Map<String, Finished> ends = run(second, rows(6));

    assertThat(servedBy(ends.get("d0")), is(ServedBy.LEDGER));
    assertThat(servedBy(ends.get("d5")), is(ServedBy.BATCH));
    assertThat(provider.sizes(), contains(5, 1));
    allBilledOnce(6);
  }

  @Test
  void anAnswerThatLandsWhileItsRowIsLookedUp_isNotAskedForAgain() throws Exception {
    provider.quick = false;
    beginAndLeave(rows(5));
    provider.quick = true;
    BatchEngine second = engine(TASK);

    second.submit(
        Interrupted.beforeTheLast(
            rows(5),
            () -> {
              for (int i = 0; i < 10; i++) {
                second.turn();
                time.pass(VirtualTime.SECOND);
              }
            }));
    second.inputEnded();
    Map<String, Finished> ends = ends(second, 5);

    assertThat(servedBy(ends.get("d0")), is(ServedBy.LEDGER));
    assertThat(provider.sizes(), contains(5));
    allBilledOnce(5);
  }

  @Test
  void rowsThatAreForgottenAndComeAgain_waitForTheSameBatch() throws Exception {
    provider.quick = false;
    BatchEngine engine = engine(TASK);
    engine.submit(rows(5));
    engine.inputEnded();
    engine.turn();
    engine.forgetRows();
    provider.quick = true;

    run(engine, rows(5));

    assertThat(provider.sizes(), contains(5));
    allBilledOnce(5);
  }

  @Test
  void expiredRequests_goIntoTheNextBatch() throws Exception {
    provider.expireOnce.add(fingerprint("text 3"));

    Map<String, Finished> ends = run(engine(TASK), rows(5));

    assertThat(provider.sizes(), contains(5, 1));
    assertThat(servedBy(ends.get("d3")), is(ServedBy.BATCH));
    allBilledOnce(5);
  }

  @Test
  void expiredRequests_goInRealtimeWhereTheTaskAllowsIt() throws Exception {
    provider.expireOnce.add(fingerprint("text 3"));
    ModelTask task = TASK.withDelivery(delivery(Stragglers.REALTIME, 0, null));

    Map<String, Finished> ends = run(engine(task), rows(5));

    assertThat(provider.sizes(), contains(5));
    assertThat(servedBy(ends.get("d3")), is(ServedBy.REALTIME));
    assertThat(model.calls().size(), is(1));
  }

  @Test
  void aShareIsAskedInRealtimeFromTheBeginning() throws Exception {
    ModelTask task = TASK.withDelivery(delivery(Stragglers.BATCH, 0.5, null));

    Map<String, Finished> ends = run(engine(task), rows(200));

    long realtime =
        ends.values().stream().filter(end -> servedBy(end) == ServedBy.REALTIME).count();
    assertThat((double) realtime, closeTo(100, 30));
    assertThat(provider.billed, aMapWithSize(200 - (int) realtime));
  }

  @Test
  void whenOnlyRealtimeCanKeepTheDeadline_theRestIsTakenOutOfTheBatch() throws Exception {
    provider.quick = false;
    Instant deadline =
        Instant.ofEpochMilli(time.epochNanos() / 1_000_000).plus(Duration.ofMinutes(10));
    ModelTask task = TASK.withDelivery(delivery(Stragglers.REALTIME, 0, deadline));

    Map<String, Finished> ends = run(engine(task), rows(5));

    assertThat(provider.sizes(), contains(5));
    assertThat(provider.billed, aMapWithSize(0));
    assertThat(
        ends.values().stream().map(BatchEngineTest::servedBy).toList(),
        everyItem(is(ServedBy.REALTIME)));
    assertThat(provider.cancelledAt.isBefore(deadline), is(true));
  }

  private static final ModelTask HUNDRED =
      ModelTask.of(
              "test",
              new Provider("bedrock", "http://localhost", KeySource.NONE)
                  .withSettings(
                      Map.of(
                          "batch.s3Uri", "s3://bucket", "batch.roleArn", "arn:aws:iam::1:role/r")),
              "fake",
              new ModelTask.Prompt(null, "{{text}}"))
          .withQuota(new Quota(FREE, FREE, 8, Duration.ofSeconds(1), Map.of()))
          .withDelivery(Delivery.BATCH);

  private static long inRealtime(Map<String, Finished> ends) {
    return ends.values().stream().filter(end -> servedBy(end) == ServedBy.REALTIME).count();
  }

  @Test
  void restThatIsTooSmallForABatch_isAskedInRealtime() throws Exception {
    BatchEngine engine = engine(HUNDRED);
    Map<String, Finished> few = run(engine, rows(99));
    assertThat(few, aMapWithSize(99));
    assertThat(inRealtime(few), is(99L));
    assertThat(provider.created(), is(0));
  }

  @Test
  void batchOfTheLeast_isOne() throws Exception {
    Map<String, Finished> ends = run(engine(HUNDRED), rows(100));
    assertThat(inRealtime(ends), is(0L));
    assertThat(provider.created(), is(1));
  }

  @Test
  void restThatABudgetMakesTooSmall_isAskedInRealtime_withinIt() throws Exception {
    // 60 requests of a batch cost this much at most.
    budgetUsd = new BigDecimal("0.0009");
    Map<String, Finished> ends = run(engine(HUNDRED), rows(200));
    assertThat(provider.created(), is(0));
    assertThat(inRealtime(ends), is(both(greaterThan(0L)).and(lessThanOrEqualTo(60L))));
    assertThat(
        ends.values().stream().filter(end -> kind(end) == ErrorKind.BUDGET).count(),
        is(200 - inRealtime(ends)));
  }

  private static Delivery delivery(
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

  @Test
  void aBatchTakesNoMoreRequestsThanTheTaskSays_andNoMoreTokensThanTheQueue() throws Exception {
    Delivery all = Delivery.BATCH;
    ModelTask three =
        TASK.withDelivery(
            new Delivery(true, all.poll(), 3, all.enqueuedTokens(), Stragglers.BATCH, 0, null));

    run(engine(three), rows(7));

    assertThat(provider.sizes(), contains(3, 3, 1));

    ModelTask forty =
        TASK.withDelivery(new Delivery(true, all.poll(), 1_000, 40, Stragglers.BATCH, 0, null));
    run(engine(forty), rows(17));

    assertThat("ten new requests of ten tokens", provider.sizes(), contains(3, 3, 1, 4, 4, 2));
  }

  @Test
  void aFullQueue_makesSmallerBatches() throws Exception {
    provider.refusal =
        List.of(new BatchProblem("token_limit_exceeded", "Enqueued token limit", null));

    run(engine(TASK), rows(8));

    assertThat(provider.sizes(), contains(8, 4, 4));
    allBilledOnce(8);
  }

  @Test
  void aLineThatTheProviderRefuses_diesAlone() throws Exception {
    provider.refusal = List.of(new BatchProblem("invalid_request", "bad parameter", 2L));

    Map<String, Finished> ends = run(engine(TASK), rows(4));

    assertThat(kind(ends.get("d1")), is(ErrorKind.BAD_REQUEST));
    assertThat(provider.sizes(), contains(4, 3));
    allBilledOnce(3);
  }

  /** What a process that was killed after the first line's end finds of the ledger. */
  @Test
  void killedAmongTheLinesThatTheProviderRefuses_theOthersAreNotBlamed() throws Exception {
    provider.refusal =
        List.of(
            new BatchProblem("invalid_request", "bad parameter", 1L),
            new BatchProblem("invalid_request", "bad parameter", 3L));
    run(engine(TASK), rows(5));
    Path whole = directory;
    directory = whole.resolve("killed");
    Path segment;
    try (Stream<Path> files = Files.list(whole.resolve("part-00"))) {
      segment = files.findFirst().orElseThrow();
    }
    List<String> records = Files.readAllLines(segment);
    int end = 0;
    while (!records.get(end).contains("\"t\":\"end\"")) {
      end++;
    }
    Files.createDirectories(directory.resolve("part-00"));
    Files.write(
        directory.resolve("part-00").resolve(segment.getFileName()), records.subList(0, end + 1));

    Map<String, Finished> ends = run(engine(TASK), rows(5));

    assertThat(kind(ends.get("d1")), is(nullValue()));
    assertThat(kind(ends.get("d3")), is(nullValue()));
  }

  @Test
  void resultsThatComeLate_areWaitedFor() throws Exception {
    provider.refusedReads = 1;
    provider.emptyReads = 2;

    Map<String, Finished> ends = run(engine(TASK), rows(5));

    assertThat(
        ends.values().stream().map(BatchEngineTest::servedBy).toList(),
        everyItem(is(ServedBy.BATCH)));
    assertThat(provider.sizes(), contains(5));
    allBilledOnce(5);
  }

  @Test
  void resultsThatNeverCome_areAskedForAgain() throws Exception {
    long begun = time.epochNanos();
    provider.emptyReads = 6;

    run(engine(TASK), rows(5));

    assertThat(provider.sizes(), contains(5, 5));
    assertThat(time.epochNanos() - begun, greaterThan(Duration.ofMinutes(2).toNanos()));
  }

  @Test
  void killedLongAfterItsIntent_aBatchThatIsListedLateIsFound() throws Exception {
    provider.killAfterCreate = true;
    beginAndLeave(rows(5));
    time.pass(Duration.ofMinutes(10).toNanos());
    provider.staleLists = 3;

    run(engine(TASK), rows(5));

    assertThat(provider.sizes(), contains(5));
    allBilledOnce(5);
  }

  @Test
  void aRefusalOfTheWhole_stopsWithEverythingStillToDo() throws Exception {
    provider.refusal = List.of(new BatchProblem("billing_hard_limit_reached", "no credit", null));
    BatchEngine engine = engine(TASK);

    Map<String, Finished> ends = run(engine, rows(4));

    assertThat(kind(ends.get("d0")), is(ErrorKind.ACCOUNT));
    assertThat(
        String.valueOf(engine.snapshot().brokenBecause),
        containsString("billing_hard_limit_reached"));
    assertThat(
        run(engine(TASK), rows(4)).values().stream().map(BatchEngineTest::kind).toList(),
        everyItem(is((ErrorKind) null)));
  }

  @Test
  void aSubmissionThatFails_isRepeated_andAnUncertainOneIsLookedForFirst() throws Exception {
    provider.before.add(Problem.RETRY);
    provider.before.add(Problem.UNCERTAIN);

    run(engine(TASK), rows(4));

    assertThat(provider.sizes(), contains(4));
    allBilledOnce(4);
  }

  @Test
  void whileTheProviderIsAway_itIsTriedWithGrowingGaps_andStopsAfterRetryOutage() throws Exception {
    run(engine(TASK), rows(1));
    ModelTask task = TASK.withRetry(new ModelTask.Retry(5, Duration.ofMinutes(1), OUTAGE));
    BatchEngine engine = engine(task);
    provider.away = BatchProblems.of(503, null);
    provider.attempts.clear();
    Instant began = Instant.ofEpochMilli(time.epochNanos() / 1_000_000);

    Map<String, Finished> ends = run(engine, rows(4));

    assertThat(kind(ends.get("d0")), is((ErrorKind) null));
    assertThat(kind(ends.get("d1")), is(ErrorKind.ACCOUNT));
    assertThat(
        String.valueOf(engine.snapshot().brokenBecause),
        both(containsString("(retry.outage): Submit a batch: was answered 503"))
            .and(containsString("run the same command again")));
    assertThat(engine.snapshot().failures.get(Scope.OUTAGE), greaterThan(4L));
    Duration waited = Duration.between(began, provider.attempts.get(provider.attempts.size() - 1));
    assertThat(
        waited,
        is(both(greaterThan(OUTAGE.minusSeconds(1))).and(lessThan(OUTAGE.plusSeconds(10)))));
    assertThat(provider.attempts.size(), lessThan(12));
    provider.away = null;
    run(engine(TASK), rows(4));
    allBilledOnce(4);
  }

  @Test
  void whileABatchCannotBeRead_thatIsSaid_andItIsTakenUpByTheNextRun() throws Exception {
    provider.quick = false;
    BatchEngine engine =
        engine(TASK.withRetry(new ModelTask.Retry(5, Duration.ofMinutes(1), OUTAGE)));
    engine.submit(rows(4));
    engine.inputEnded();
    engine.turn();
    provider.away = BatchProblems.of(Problem.RETRY);
    time.pass(Duration.ofSeconds(5).toNanos());
    engine.turn();
    assertThat(
        String.valueOf(engine.snapshot().situation),
        containsString("provider does not do what is asked about batches since"));

    Map<String, Finished> ends = ends(engine, 4);

    assertThat(kind(ends.get("d0")), is(ErrorKind.ACCOUNT));
    provider.away = null;
    provider.quick = true;
    run(engine(TASK), rows(4));
    assertThat(provider.sizes(), contains(4));
    allBilledOnce(4);
  }

  /** It may answer it, and bill it, when it is back. */
  @Test
  void whatABatchThatCannotBeReadMayAnswer_noOtherModelIsAsked() throws Exception {
    provider.quick = false;
    BatchEngine engine =
        engine(TASK.withRetry(new ModelTask.Retry(5, Duration.ofMinutes(1), OUTAGE)));
    engine.submit(List.of(fallingBack(row(0, "in the batch"))));
    engine.inputEnded();
    engine.turn();
    provider.away = BatchProblems.of(Problem.RETRY);
    Map<String, Finished> ends = ends(engine, 1);
    engine.submit(List.of(fallingBack(row(1, "in the batch")), fallingBack(row(2, "in none"))));
    ends.putAll(ends(engine, 2));

    assertThat(toFallback(ends.get("d0")), nullValue());
    assertThat(toFallback(ends.get("d1")), nullValue());
    assertThat(toFallback(ends.get("d2")), is(Cause.ACCOUNT));
  }

  private static PreparedDocument fallingBack(PreparedDocument row) {
    Request request = row.request();
    Ask.Follows follows = new Ask.Follows(false, false, true);
    return row.asking(
        new Ask(
            0,
            request.fingerprint(),
            request,
            null,
            false,
            0,
            0,
            0,
            follows,
            false,
            null,
            Ask.On.OWN));
  }

  private static @Nullable Cause toFallback(@Nullable Finished end) {
    return ((Finished.OfAsk) Objects.requireNonNull(end)).ended().ending().toFallback();
  }

  @Test
  void whatJudgingThrows_leavesThePaidAnswerInTheLedger() throws Exception {
    judge =
        Judges.by(
            raw -> {
              throw new NoClassDefFoundError("io/sluice/Gone");
            });
    BatchEngine engine = engine(TASK);
    assertThrows(IllegalStateException.class, () -> run(engine, rows(4)));
    judge = null;
    Map<String, Finished> ends = run(engine(TASK), rows(4));
    assertThat(
        ends.values().stream().map(BatchEngineTest::kind).toList(),
        everyItem(is((ErrorKind) null)));
    assertThat(provider.created(), is(1));
    allBilledOnce(4);
  }

  @Test
  void theProvidersWaitIsKept_andOneOfHoursIsNotSatOut() throws Exception {
    BatchEngine engine = engine(TASK);
    provider.away = BatchProblems.of(429, Duration.ofSeconds(200));
    engine.submit(rows(4));
    engine.inputEnded();
    engine.turn();
    time.pass(Duration.ofSeconds(100).toNanos());
    engine.turn();
    assertThat(provider.attempts.size(), is(1));
    time.pass(Duration.ofSeconds(101).toNanos());
    provider.away = BatchProblems.of(429, Duration.ofHours(5));
    engine.turn();
    Map<String, Finished> ends = ends(engine, 4);
    assertThat(provider.attempts.size(), is(2));
    assertThat(kind(ends.get("d0")), is(ErrorKind.ACCOUNT));
    assertThat(
        String.valueOf(engine.snapshot().brokenBecause),
        containsString("The account is used up until "));
  }

  @Test
  void aBatchThatSomebodyCancelled_isNotAskedAgainInThisRunButInTheNext() throws Exception {
    provider.quick = false;
    BatchEngine engine = engine(TASK);
    engine.submit(rows(4));
    engine.inputEnded();
    engine.turn();
    time.pass(Duration.ofSeconds(3).toNanos());
    engine.turn();
    provider.cancelAll();
    provider.quick = true;

    Map<String, Finished> ends = ends(engine, 4);

    assertThat(kind(ends.get("d0")), is(ErrorKind.EXPIRED));
    run(engine(TASK), rows(4));
    assertThat(provider.sizes(), contains(4, 4));
    allBilledOnce(4);
  }

  @Test
  void anAnswerThatIsNoneIsADeadLetter_andWasBilled() throws Exception {
    provider.declined.add(fingerprint("text 0"));
    BatchEngine engine = engine(TASK);

    Map<String, Finished> ends = run(engine, rows(2));

    assertThat(kind(ends.get("d0")), is(ErrorKind.REFUSAL));
    LedgerTotals totals = new LedgerTotals();
    LedgerScan.scan(directory.toString(), (segment, offset, record) -> totals.add(segment, record));
    assertThat(totals.failedUsd(), comparesEqualTo(new BigDecimal("0.0000075")));
    assertThat(totals.spentUsd(), comparesEqualTo(new BigDecimal("0.000015")));
  }

  @Test
  void theBudgetIsNeverPassed_andWhatItLeavesOutIsStillToDo() throws Exception {
    // A request holds 15 millionths at most, and takes 7.5.
    budgetUsd = new BigDecimal("0.000040");

    Map<String, Finished> ends = run(engine(TASK), rows(10));

    long answered = ends.values().stream().filter(Finished.Answered.class::isInstance).count();
    assertThat(answered, is(4L));
    assertThat(ends.values().stream().filter(end -> kind(end) == ErrorKind.BUDGET).count(), is(6L));

    budgetUsd = new BigDecimal("1");
    run(engine(TASK), rows(10));
    allBilledOnce(10);
  }

  @Test
  void aKeysBudgetIsNeverPassed_overAllRuns_andTheOtherKeysGoOn() throws Exception {
    // A request holds 15 millionths at most, and takes 7.5.
    keyBudgetsUsd.put("small", new BigDecimal("0.000040"));
    List<PreparedDocument> rows = new ArrayList<>();
    for (PreparedDocument row : rows(20)) {
      boolean isSmall = rows.size() % 2 == 0;
      rows.add(new PreparedDocument(row.document(), row.request(), isSmall ? "small" : ""));
    }

    Map<String, Finished> ends = run(engine(TASK), rows);
    run(engine(TASK), rows);

    assertThat(ends.values().stream().filter(end -> kind(end) == ErrorKind.BUDGET).count(), is(6L));
    allBilledOnce(14);
    keyBudgetsUsd.put("small", new BigDecimal(1));
    run(engine(TASK), rows);
    allBilledOnce(20);
  }

  @Test
  void whatABatchAtWorkMayCost_isHeldAfterACrash() throws Exception {
    budgetUsd = new BigDecimal("0.000080");
    provider.quick = false;
    beginAndLeave(rows(4));
    BatchEngine second = engine(TASK);
    second.submit(rows(8));
    second.inputEnded();
    second.turn();

    assertThat(
        "60 of 80 millionths are held: one more request fits", provider.sizes(), contains(4, 1));
  }
}
