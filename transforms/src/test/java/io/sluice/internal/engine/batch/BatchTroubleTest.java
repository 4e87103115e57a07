package io.sluice.internal.engine.batch;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.both;
import static org.hamcrest.Matchers.comparesEqualTo;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.everyItem;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.instanceOf;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThan;
import static org.hamcrest.Matchers.nullValue;

import io.sluice.Answer.ServedBy;
import io.sluice.ErrorKind;
import io.sluice.Fallback.Cause;
import io.sluice.ModelTask;
import io.sluice.ModelTask.Stragglers;
import io.sluice.internal.batches.BatchException.Problem;
import io.sluice.internal.batches.BatchProblems;
import io.sluice.internal.engine.CallSettings;
import io.sluice.internal.engine.Finished;
import io.sluice.internal.engine.Journal;
import io.sluice.internal.engine.PreparedDocument;
import io.sluice.internal.engine.Tally;
import io.sluice.internal.evidence.Scope;
import io.sluice.internal.plan.Ask;
import io.sluice.spi.BatchStatus.BatchProblem;
import io.sluice.spi.Request;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Batches that fail, expire, come late or cannot be read. */
class BatchTroubleTest extends BatchCase {
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

  /** As of Gemini, where an operation is called a success without its response. */
  @Test
  void aSuccessThatShowsAndCountsNothing_isWaitedFor_andSpent() throws Exception {
    budgetUsd = new BigDecimal("0.000100");
    provider.fileless = true;
    provider.countless = true;
    long begun = time.epochNanos();

    run(engine(TASK), rows(5));

    assertThat(time.epochNanos() - begun, greaterThan(Duration.ofMinutes(2).toNanos()));
    assertThat("75 of 100 millionths are gone: one fits", provider.sizes(), contains(5, 1));
  }

  @Test
  void aFailureBeforeTheAnswer_isNotBelieved() throws Exception {
    provider.failedFirst.add(fingerprint("text 3"));

    Map<String, Finished> ends = run(engine(TASK), rows(5));

    assertThat(servedBy(ends.get("d3")), is(ServedBy.BATCH));
    assertThat(provider.sizes(), contains(5));
    allBilledOnce(5);
  }

  @Test
  void aFailureWithoutAnAnswer_isAsked() throws Exception {
    provider.failedFirst.add(fingerprint("text 3"));
    provider.expireOnce.add(fingerprint("text 3"));

    Map<String, Finished> ends = run(engine(TASK), rows(5));

    assertThat(servedBy(ends.get("d3")), is(ServedBy.BATCH));
    assertThat(provider.sizes(), contains(5, 1));
    allBilledOnce(5);
  }

  @Test
  void resultsOfNobodysRequests_areWaitedFor_andAskedForOnceMore() throws Exception {
    long begun = time.epochNanos();
    provider.strange = true;

    Map<String, Finished> ends = run(engine(TASK), rows(5));

    assertThat(kind(ends.get("d3")), is(ErrorKind.SERVER_ERROR));
    assertThat(provider.sizes(), contains(5, 5));
    assertThat(time.epochNanos() - begun, greaterThan(Duration.ofMinutes(4).toNanos()));
  }

  /** What is counted was billed: the next ask finds its worst case gone from the budget. */
  @Test
  void whatABatchCountsAndDoesNotShow_isSpent_alsoForTheNextRun() throws Exception {
    budgetUsd = new BigDecimal("0.000100");
    provider.strange = true;

    Map<String, Finished> ends = run(engine(TASK), rows(5));

    assertThat("75 of 100 millionths are gone: one fits", provider.sizes(), contains(5, 1));
    assertThat(kind(ends.get("d4")), is(ErrorKind.BUDGET));
    provider.strange = false;
    run(engine(TASK), rows(5));
    assertThat("90 of 100 millionths are gone", provider.sizes(), contains(5, 1));
  }

  @Test
  void whatCannotBeRead_isSpent_alsoWithoutCounts() throws Exception {
    budgetUsd = new BigDecimal("0.000100");
    provider.unreadable = true;
    provider.countless = true;

    run(engine(TASK), rows(5));

    assertThat(provider.sizes(), contains(5, 1));
  }

  @Test
  void whatIsHidden_isSpent_andWhatIsCountedAsFailedIsNot() throws Exception {
    budgetUsd = new BigDecimal("0.000100");
    provider.countedAsFailed = 2;
    provider.hidden.add(fingerprint("text 1"));
    provider.expireOnce.add(fingerprint("text 2"));
    provider.expireOnce.add(fingerprint("text 3"));
    BatchEngine engine = engine(TASK);

    run(engine, rows(5));

    // Four answers of 7.5; and what is hidden, in each of three batches.
    assertThat(provider.sizes(), contains(5, 3, 1));
    assertThat(spentUsd(), comparesEqualTo(new BigDecimal("0.000075")));
  }

  /** Billed or not, an answer of which nothing is left but its id was the model's. */
  @Test
  void aLineThatSaysNothing_isSpent_andAskedForOnceMore() throws Exception {
    provider.blank.add(fingerprint("text 1"));

    run(engine(TASK), rows(2));

    assertThat(provider.sizes(), contains(2, 1));
    assertThat(spentUsd().compareTo(new BigDecimal("0.000022")), is(1));
  }

  private BigDecimal spentUsd() {
    CallSettings settings = CallSettings.ofRun("spent").withLedger(directory.toString());
    return Journal.of(Journal.ledger(TASK, settings), TASK, settings, Tally.of(0)).spentUsd();
  }

  @Test
  void resultsThatCannotBeRead_areAskedForOnceMore() throws Exception {
    provider.unreadable = true;

    Map<String, Finished> ends = run(engine(TASK), rows(5));

    assertThat(kind(ends.get("d3")), is(ErrorKind.SERVER_ERROR));
    assertThat(provider.sizes(), contains(5, 5));
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
    begin(engine, rows(4));
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
    begin(engine, List.of(fallingBack(row(0, "in the batch"))));
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
  void theProvidersWaitIsKept_andOneOfHoursIsNotSatOut() throws Exception {
    BatchEngine engine = engine(TASK);
    provider.away = BatchProblems.of(429, Duration.ofSeconds(200));
    begin(engine, rows(4));
    time.pass(Duration.ofSeconds(100).toNanos());
    engine.turn();
    assertThat(provider.attempts.size(), is(1));
    time.pass(Duration.ofSeconds(101).toNanos());
    provider.away = BatchProblems.of(429, Duration.ofHours(5));
    Map<String, Finished> ends = ends(engine, 4);
    assertThat("told three times", provider.attempts.size(), is(4));
    assertThat(kind(ends.get("d0")), is(ErrorKind.ACCOUNT));
    assertThat(
        String.valueOf(engine.snapshot().brokenBecause),
        containsString("The account is used up until "));
  }

  /** A reply that lies, of a proxy on the way or by a clock that is wrong, is no end of a job. */
  @Test
  void aWaitOfYearsThatIsToldOnce_stopsNothing() throws Exception {
    BatchEngine engine = engine(TASK);
    provider.away = BatchProblems.of(503, Duration.ofDays(2_000_000));
    begin(engine, rows(4));
    provider.away = null;
    Map<String, Finished> ends = ends(engine, 4);
    assertThat(provider.attempts.size(), is(2));
    assertThat(ends.get("d0"), instanceOf(Finished.Answered.class));
  }

  /** By whatever answers for the provider just then. */
  @Test
  void aRefusalOfTheAccountThatIsToldOnce_ofACreationAndOfALook_stopsNothing() throws Exception {
    BatchEngine engine = engine(TASK);
    provider.away = BatchProblems.of(Problem.ACCOUNT);
    begin(engine, rows(4));
    provider.away = null;
    while (provider.sizes().isEmpty()) {
      time.pass(Duration.ofSeconds(1).toNanos());
      engine.turn();
    }
    provider.away = BatchProblems.of(Problem.ACCOUNT);
    time.pass(Duration.ofSeconds(5).toNanos());
    engine.turn();
    provider.away = null;
    Map<String, Finished> ends = ends(engine, 4);
    assertThat(ends.get("d0"), instanceOf(Finished.Answered.class));
    assertThat("not created twice", provider.sizes(), contains(4));
    allBilledOnce(4);
  }

  @Test
  void aRefusalOfTheAccountThatIsToldAgain_stopsIt() throws Exception {
    provider.away = BatchProblems.of(Problem.ACCOUNT);
    Map<String, Finished> ends = run(engine(TASK), rows(4));
    assertThat("told three times", provider.attempts.size(), is(3));
    assertThat(kind(ends.get("d0")), is(ErrorKind.ACCOUNT));
    assertThat(
        String.valueOf(engines.get(0).snapshot().brokenBecause),
        is("Submit a batch: as the test wants it: ACCOUNT"));
    assertThat(engines.get(0).snapshot().failures, is(Map.of(Scope.ACCOUNT, 3L)));
  }

  @Test
  void aBatchThatSomebodyCancelled_isNotAskedAgainInThisRunButInTheNext() throws Exception {
    provider.quick = false;
    BatchEngine engine = engine(TASK);
    begin(engine, rows(4));
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
}
