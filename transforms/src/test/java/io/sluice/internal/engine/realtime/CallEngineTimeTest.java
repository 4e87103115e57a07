package io.sluice.internal.engine.realtime;

import static io.sluice.internal.engine.realtime.EngineRig.FREE;
import static io.sluice.internal.engine.realtime.EngineRig.TASK;
import static io.sluice.internal.engine.realtime.EngineRig.ends;
import static io.sluice.internal.engine.realtime.EngineRig.kind;
import static io.sluice.internal.engine.realtime.EngineRig.output;
import static io.sluice.internal.engine.realtime.EngineRig.row;
import static io.sluice.internal.engine.realtime.EngineRig.rows;
import static io.sluice.internal.engine.realtime.EngineRig.run;
import static io.sluice.internal.engine.realtime.VirtualTime.SECOND;
import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.aMapWithSize;
import static org.hamcrest.Matchers.both;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.everyItem;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.greaterThanOrEqualTo;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThan;
import static org.hamcrest.Matchers.lessThanOrEqualTo;
import static org.hamcrest.Matchers.sameInstance;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sluice.ErrorKind;
import io.sluice.ModelTask;
import io.sluice.ModelTask.KeyQuota;
import io.sluice.ModelTask.KeySource;
import io.sluice.ModelTask.Quota;
import io.sluice.ModelTask.Retry;
import io.sluice.cost.Budget;
import io.sluice.cost.Price;
import io.sluice.internal.engine.Finished;
import io.sluice.internal.engine.PreparedDocument;
import io.sluice.internal.engine.Spending;
import io.sluice.spi.PackLimits;
import io.sluice.spi.Reply;
import io.sluice.spi.Reply.Scope;
import io.sluice.spi.Request;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** When calls are made, and what their ends do to those that follow. */
@Timeout(60)
class CallEngineTimeTest {
  /** A call as the provider saw it. */
  private record Seen(double second, String account, String text) {}

  private final EngineRig rig = new EngineRig();
  private final VirtualTime time = rig.time;
  private final long begun = time.epochNanos();
  private final List<Seen> seen = new ArrayList<>();

  @AfterEach
  void close() {
    rig.close();
  }

  private double seconds() {
    return (time.epochNanos() - begun) / 1e9;
  }

  /** A model that notes when it is asked. */
  private FakeModel model(Function<Request, Reply> replies) {
    return new FakeModel(request -> noted(request, replies));
  }

  private Reply noted(Request request, Function<Request, Reply> replies) {
    String account = request.fingerprint().substring(request.fingerprint().indexOf('@') + 1);
    seen.add(new Seen(seconds(), account, request.body()));
    return replies.apply(request);
  }

  private List<Double> timesOf(String text) {
    return seen.stream().filter(call -> call.text().equals(text)).map(Seen::second).toList();
  }

  private static ModelTask perMinute(long requests, int concurrent) {
    return TASK.withQuota(new Quota(requests, FREE, concurrent, Duration.ofSeconds(1), Map.of()));
  }

  private static Reply fine() {
    return FakeModel.answer("fine");
  }

  private static Reply failure(ErrorKind kind, Scope scope, boolean retryable) {
    return FakeModel.failure(kind, scope, retryable, null);
  }

  @Test
  void nothingIsSentBeforeTheFirstTurn() throws Exception {
    FakeModel model = model(request -> fine());
    CallEngine engine = rig.engine(TASK, model);
    engine.submit(rows(3));
    assertThat(engine.takeFinished(0), is(List.of()));
    assertThat(seen, is(List.of()));
    engine.turn();
    assertThat(seen, hasSize(3));
  }

  @Test
  void callsAreSpreadOverTheMinute() throws Exception {
    run(rig.engine(perMinute(600, 100), model(request -> fine())), rows(300));
    // Ten a second: no second has more than its ten and what the burst of one second holds.
    for (int from = 0; from < 30; from++) {
      int begin = from;
      long within =
          seen.stream().filter(call -> call.second() >= begin && call.second() < begin + 1).count();
      assertThat("second " + from, within, lessThanOrEqualTo(20L));
    }
    double last = seen.get(seen.size() - 1).second();
    assertThat(last, both(greaterThan(28.0)).and(lessThan(33.0)));
  }

  @Test
  void noMoreAreAtOnceThanTheTaskAllows() throws Exception {
    time.latencyNanos = request -> 10 * SECOND;
    run(rig.engine(perMinute(FREE, 3), model(request -> fine())), rows(9));
    assertThat(
        seen.stream().map(call -> (int) call.second()).toList(),
        is(List.of(0, 0, 0, 10, 10, 10, 20, 20, 20)));
  }

  @Test
  void aFailureWaitsAsLongAsTheProviderAsks() throws Exception {
    FakeModel model =
        model(
            request ->
                timesOf("text 0").size() <= 2
                    ? FakeModel.failure(
                        ErrorKind.SERVER_ERROR, Scope.ROW, true, Duration.ofSeconds(7))
                    : fine());
    run(rig.engine(TASK, model), rows(1));
    List<Double> times = timesOf("text 0");
    // A second for the call, the hint, and a tenth of what a wait without one would be.
    assertThat(times.get(1) - times.get(0), both(greaterThanOrEqualTo(8.0)).and(lessThan(8.1)));
    assertThat(times.get(2) - times.get(1), both(greaterThanOrEqualTo(8.0)).and(lessThan(8.2)));
  }

  @Test
  void withoutAHintTheWaitsGrow_andDifferFromRowToRow() throws Exception {
    ModelTask task = perMinute(6_000, 300).withRetry(new Retry(5, Duration.ofSeconds(1)));
    FakeModel model =
        model(
            request ->
                request.body().matches("text [1-8]00")
                    ? failure(ErrorKind.SERVER_ERROR, Scope.ROW, true)
                    : fine());
    Map<String, Finished> ends = run(rig.engine(task, model), rows(2_000));
    assertThat(kind(ends.get("d300")), is(ErrorKind.SERVER_ERROR));
    assertThat(kind(ends.get("d301")), is((Object) null));
    List<Double> second = new ArrayList<>();
    for (int i = 100; i < 900; i += 100) {
      List<Double> times = timesOf("text " + i);
      assertThat(i + ": " + times, times, hasSize(5));
      for (int attempt = 1; attempt < 5; attempt++) {
        // A second for the call; and a twentieth of one until the account may.
        double wait = times.get(attempt) - times.get(attempt - 1) - 1;
        double most = 0.25 * (1 << attempt) + 0.1;
        assertThat(wait, both(greaterThanOrEqualTo(0.0)).and(lessThan(most)));
      }
      second.add(times.get(1) - times.get(0));
    }
    assertThat(second.stream().distinct().toList(), hasSize(8));
  }

  @Test
  void anAnswerThatDoesNotFitIsAskedAgainAtOnce() throws Exception {
    ModelTask task =
        TASK.withOutput(ModelTask.Output.ofLabels("yes", "no"))
            .withRetry(new Retry(2, Duration.ofSeconds(1)));
    FakeModel model =
        model(request -> FakeModel.answer(request.body().endsWith("0") ? "maybe" : "yes"));
    Map<String, Finished> ends = run(rig.engine(task, model), rows(2));
    assertThat(kind(ends.get("d0")), is(ErrorKind.INVALID_OUTPUT));
    assertThat(output(ends.get("d1")), is("\"yes\""));
    assertThat(timesOf("text 0"), is(List.of(0.0, 1.0)));
  }

  @Test
  void aRateLimitPausesItsAccountAlone_andIsNoAttempt() throws Exception {
    Map<String, Integer> asked = new HashMap<>();
    FakeModel model =
        model(
            request ->
                request.fingerprint().endsWith("@slow")
                        && asked.merge(request.body(), 1, Integer::sum) == 1
                    ? FakeModel.failure(
                        ErrorKind.RATE_LIMITED, Scope.RATE, true, Duration.ofSeconds(20))
                    : fine());
    ModelTask task = perMinute(6_000, 4).withRetry(new Retry(1, Duration.ofSeconds(1)));
    List<PreparedDocument> rows = new ArrayList<>();
    for (int i = 0; i < 80; i++) {
      rows.add(row(i, "text " + i, i < 4 ? "slow" : "quick"));
    }
    Map<String, Finished> ends = run(rig.engine(task, model), rows);
    assertThat(ends.values().stream().map(EngineRig::kind).toList(), everyItem(is((Object) null)));
    List<Double> slow =
        seen.stream().filter(call -> call.account().equals("slow")).map(Seen::second).toList();
    // The first before the refusals; none until the pause that began with them is over.
    assertThat(slow.stream().filter(at -> at < 1).count(), is(slow.size() - 4L));
    assertThat(slow.stream().filter(at -> at >= 1 && at < 21).count(), is(0L));
    double quick =
        seen.stream()
            .filter(call -> call.account().equals("quick"))
            .mapToDouble(Seen::second)
            .max()
            .orElseThrow();
    assertThat("19 rounds of four", quick, lessThan(20.0));
  }

  @Test
  void anAccountThatIsRateLimitedForEver_isGivenUpInTheEnd_andNoDocumentDies() throws Exception {
    FakeModel model =
        model(
            request ->
                FakeModel.failure(ErrorKind.RATE_LIMITED, Scope.RATE, true, Duration.ofSeconds(1)));
    CallEngine engine = rig.engine(TASK, model);
    Map<String, Finished> ends = run(engine, rows(100));
    for (Finished end : ends.values()) {
      assertThat(kind(end), is(ErrorKind.ACCOUNT));
    }
    assertThat(seconds(), both(greaterThan(100.0)).and(lessThan(200.0)));
    assertThat("it is looked at now and then", seen.size(), lessThan(60));
    assertThat(engine.snapshot().brokenBecause, containsString("refused every call since"));
  }

  @Test
  void theOneAskedAfterAnOutage_andTheOthers_losesNone() throws Exception {
    double[] away = {10, 35};
    FakeModel model =
        model(
            request ->
                seconds() >= away[0] && seconds() < away[1]
                    ? failure(ErrorKind.TRANSPORT, Scope.ROW, true)
                    : fine());
    time.latencyNanos = request -> seconds() >= away[0] && seconds() < away[1] ? 1_000_000 : SECOND;
    CallEngine engine = rig.engine(perMinute(6_000, 200), model);
    Map<String, Finished> ends = run(engine, rows(4_000));
    assertThat(ends.values().stream().map(EngineRig::kind).toList(), everyItem(is((Object) null)));
    assertThat("few ask in vain", seen.size() - 4_000, lessThan(330));
    assertThat(seconds(), lessThan(40 + 56.0));
  }

  @Test
  void aKeyRefusedByA400_stopsTheAccount_andWhatWasHeldIsStillToDo() throws Exception {
    FakeModel model = model(request -> failure(ErrorKind.BAD_REQUEST, Scope.ROW, false));
    time.latencyNanos = request -> 5_000_000;
    CallEngine engine = rig.engine(perMinute(FREE, 20), model);
    Map<String, Finished> ends = run(engine, rows(200));
    for (Finished end : ends.values()) {
      assertThat(kind(end), is(ErrorKind.ACCOUNT));
    }
    assertThat("a run, then single ones", seen.size(), lessThan(50));
    assertThat(engine.snapshot().brokenBecause, containsString("failed alike"));
    assertThat(engine.snapshot().brokenBecause, containsString("the fake model says BAD_REQUEST"));
  }

  @Test
  void badDocumentsAtTheHeadOfTheInput_areNotTakenForTheAccount() throws Exception {
    FakeModel model =
        model(
            request ->
                Integer.parseInt(request.body().substring(5)) < 50
                    ? failure(ErrorKind.BAD_REQUEST, Scope.ROW, false)
                    : fine());
    Map<String, Finished> ends = run(rig.engine(perMinute(FREE, 20), model), rows(200));
    for (int i = 0; i < 200; i++) {
      assertThat(kind(ends.get("d" + i)), is(i < 50 ? ErrorKind.BAD_REQUEST : null));
    }
    assertThat("each once", seen, hasSize(200));
  }

  @Test
  void aFewBadDocumentsAndNothingElse_areDeadLetters() throws Exception {
    FakeModel model = model(request -> failure(ErrorKind.BAD_REQUEST, Scope.ROW, false));
    Map<String, Finished> ends = run(rig.engine(TASK, model), rows(3));
    for (Finished end : ends.values()) {
      assertThat(kind(end), is(ErrorKind.BAD_REQUEST));
    }
    assertThat(seen, hasSize(3));
  }

  @Test
  void whatComesBackToABrokenAccount_isStillToDo() throws Exception {
    time.latencyNanos = request -> (request.body().endsWith("0") ? 1 : 5) * SECOND;
    Map<String, Reply> replies =
        Map.of(
            "text 0", failure(ErrorKind.ACCOUNT, Scope.ACCOUNT, false),
            "text 1", failure(ErrorKind.RATE_LIMITED, Scope.RATE, true),
            "text 2", failure(ErrorKind.SERVER_ERROR, Scope.ROW, true),
            "text 3", fine());
    FakeModel model = model(request -> Objects.requireNonNull(replies.get(request.body())));
    CallEngine engine = rig.engine(TASK, model);
    Map<String, Finished> ends = run(engine, rows(4));
    assertThat(kind(ends.get("d0")), is(ErrorKind.ACCOUNT));
    assertThat(kind(ends.get("d1")), is(ErrorKind.ACCOUNT));
    assertThat(kind(ends.get("d2")), is(ErrorKind.ACCOUNT));
    assertThat("what was paid is kept", output(ends.get("d3")), is("\"fine\""));
    assertThat(
        "and nothing is sent afterwards",
        kind(run(engine, List.of(row(9, "new", ""))).get("d9")),
        is(ErrorKind.ACCOUNT));
    assertThat(seen, hasSize(4));
    assertThat(engine.snapshot().brokenBecause, containsString("ACCOUNT"));
  }

  @Test
  void whatTheBudgetHoldsBack_goesWhenACallHasCostLess() throws Exception {
    // At worst 50 USD, in fact 20: of 130, two may be at work, and the others wait for their ends.
    Price price = Price.of(new BigDecimal(1_000_000), new BigDecimal(2_000_000));
    Budget budget = new Budget(new BigDecimal(130), BigDecimal.ZERO);
    Map<String, Finished> ends =
        run(rig.engine(TASK, model(request -> fine()), new Spending(price, budget)), rows(6));
    assertThat(seen.stream().map(call -> (int) call.second()).toList(), is(List.of(0, 0, 1, 2, 3)));
    assertThat(kind(ends.get("d5")), is(ErrorKind.BUDGET));
    assertThat(budget.spent(), is(new BigDecimal(100)));
  }

  @Test
  void aPackedCallThatFails_waitsOnce_andStaysTogether() throws Exception {
    List<Double> times = new ArrayList<>();
    FakeModel model =
        new FakeModel(
            new PackLimits(2_048, 300_000),
            request -> {
              times.add(seconds());
              return seconds() < 1 ? failure(ErrorKind.SERVER_ERROR, Scope.LOAD, true) : fine();
            });
    assertThat(run(rig.engine(TASK, model), rows(50)), aMapWithSize(50));
    assertThat(model.calls().stream().map(List::size).toList(), is(List.of(50, 50)));
    assertThat(times.stream().distinct().toList(), hasSize(2));
  }

  @Test
  void aPackedCallThatIsRefused_isHalvedWithoutAWait() throws Exception {
    FakeModel model =
        new FakeModel(
            new PackLimits(2_048, 300_000),
            request ->
                request.body().equals("text 5")
                    ? failure(ErrorKind.BAD_REQUEST, Scope.ROW, false)
                    : fine());
    CallEngine engine = rig.engine(perMinute(FREE, 1), model);
    Map<String, Finished> ends = run(engine, rows(8));
    assertThat(kind(ends.get("d5")), is(ErrorKind.BAD_REQUEST));
    assertThat(model.calls().stream().map(List::size).toList(), is(List.of(8, 4, 4, 2, 1, 1, 2)));
    assertThat(seconds(), lessThanOrEqualTo(7.0));
  }

  @Test
  void whenTheEngineItselfFails_callersHearWhy_andNothingMoreIsSent() throws Exception {
    time.lostNext = new IllegalStateException("the ledger's disk is full");
    CallEngine engine = rig.engine(perMinute(FREE, 1), model(request -> fine()));
    engine.submit(rows(5));
    IllegalStateException thrown = assertThrows(IllegalStateException.class, () -> ends(engine, 5));
    assertThat(thrown.getMessage(), containsString("the ledger's disk is full"));
    assertThrows(IllegalStateException.class, () -> engine.submit(rows(1)));
    assertThat(engine.awaitLanded(Duration.ofMinutes(1)), is(0));
    time.pass(60 * SECOND);
    assertThat(seen, hasSize(1));
  }

  @Test
  void aCallerThatThrows_isAFailureOfTheEngine() {
    Error thrown = new AssertionError("of the caller");
    FakeModel model =
        model(
            request -> {
              throw thrown;
            });
    CallEngine engine = rig.engine(TASK, model);
    engine.submit(rows(1));
    Throwable heard = assertThrows(IllegalStateException.class, () -> ends(engine, 1));
    assertThat(
        Objects.requireNonNull(heard.getCause()).getMessage(), containsString("of the caller"));
  }

  @Test
  void afterAStop_whatIsInFlightLands() throws Exception {
    time.latencyNanos = request -> 5 * SECOND;
    CallEngine engine = rig.engine(perMinute(FREE, 2), model(request -> fine()));
    engine.submit(rows(4));
    engine.turn();
    engine.stop();
    assertThat("a second is too short", engine.awaitLanded(Duration.ofSeconds(1)), is(2));
    assertThat(engine.awaitLanded(Duration.ofSeconds(10)), is(0));
    assertThat(seconds(), is(5.0));
    assertThat(engine.takeFinished(0), hasSize(2));
    time.pass(60 * SECOND);
    assertThat(seen, hasSize(2));
    assertThat(engine.snapshot().waiting, is(2));
  }

  @Test
  void rowsThatAreForgottenAndComeAgain_areNotAskedTwice() throws Exception {
    time.latencyNanos = request -> 5 * SECOND;
    CallEngine engine = rig.engine(perMinute(FREE, 2), model(request -> fine()));
    engine.submit(rows(4));
    engine.turn();
    engine.forgetRows();
    assertThat(engine.snapshot().waiting, is(0));
    Map<String, Finished> ends = run(engine, rows(4));
    assertThat(ends, aMapWithSize(4));
    assertThat(
        seen.stream().map(Seen::text).sorted().toList(),
        is(List.of("text 0", "text 1", "text 2", "text 3")));
  }

  @Test
  void whatAForgottenCallBrings_endsNoRow() throws Exception {
    CallEngine engine = rig.engine(TASK, model(request -> fine()));
    engine.submit(rows(2));
    engine.turn();
    engine.forgetRows();
    time.pass(10 * SECOND);
    assertThat(engine.takeFinished(SECOND), is(List.of()));
    assertThat(engine.snapshot().answered, is(0L));
    assertThat(engine.snapshot().succeeded, is(2L));
  }

  @Test
  void eachAccountHasItsOwnPace() throws Exception {
    Quota quota =
        new Quota(
            600,
            FREE,
            50,
            Duration.ofSeconds(1),
            Map.of("slow", new KeyQuota(60, FREE, 50, KeySource.NONE)));
    List<PreparedDocument> rows = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      rows.add(row(i, "text " + i, i % 3 == 0 ? "slow" : "quick"));
    }
    run(rig.engine(TASK.withQuota(quota), model(request -> fine())), rows);
    double slow =
        seen.stream()
            .filter(call -> call.account().equals("slow"))
            .mapToDouble(Seen::second)
            .max()
            .orElseThrow();
    double quick =
        seen.stream()
            .filter(call -> call.account().equals("quick"))
            .mapToDouble(Seen::second)
            .max()
            .orElseThrow();
    assertThat(slow, both(greaterThan(17.0)).and(lessThan(21.0)));
    assertThat(quick, lessThan(5.0));
  }

  @Test
  void startedOnThreads_itWorksByItself() throws Exception {
    ExecutorService workers = Executors.newCachedThreadPool();
    FakeModel model = new FakeModel(request -> FakeModel.answer(Thread.currentThread().getName()));
    try (CallEngine engine = EngineRig.onThreads(TASK, model, workers).start()) {
      Map<String, Finished> ends = run(engine, rows(500));
      assertThat(output(ends.get("d0")).contains(Thread.currentThread().getName()), is(false));
      assertThat(engine.awaitLanded(Duration.ofSeconds(10)), is(0));
      assertThat(engine.price(), sameInstance(null));
    } finally {
      workers.shutdownNow();
    }
    assertThat(model.calls(), hasSize(500));
  }
}
