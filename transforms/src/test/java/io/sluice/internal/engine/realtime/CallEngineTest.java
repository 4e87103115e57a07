package io.sluice.internal.engine.realtime;

import static io.sluice.internal.engine.realtime.EngineRig.FREE;
import static io.sluice.internal.engine.realtime.EngineRig.TASK;
import static io.sluice.internal.engine.realtime.EngineRig.kind;
import static io.sluice.internal.engine.realtime.EngineRig.output;
import static io.sluice.internal.engine.realtime.EngineRig.row;
import static io.sluice.internal.engine.realtime.EngineRig.rows;
import static io.sluice.internal.engine.realtime.EngineRig.run;
import static java.util.Objects.requireNonNull;
import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.aMapWithSize;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThanOrEqualTo;
import static org.hamcrest.Matchers.nullValue;
import static org.hamcrest.Matchers.startsWith;

import io.sluice.DeadLetter;
import io.sluice.Document;
import io.sluice.ErrorKind;
import io.sluice.ModelTask;
import io.sluice.ModelTask.KeyQuota;
import io.sluice.ModelTask.KeySource;
import io.sluice.ModelTask.Quota;
import io.sluice.Source;
import io.sluice.Tier;
import io.sluice.cost.Budget;
import io.sluice.cost.Price;
import io.sluice.internal.engine.Finished;
import io.sluice.internal.engine.InputBound;
import io.sluice.internal.engine.PreparedDocument;
import io.sluice.internal.engine.Spending;
import io.sluice.internal.http.ErrorReply;
import io.sluice.internal.http.ErrorVerdict;
import io.sluice.spi.PackLimits;
import io.sluice.spi.RateHeaders;
import io.sluice.spi.Reply;
import io.sluice.spi.Reply.Scope;
import io.sluice.spi.Request;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.hc.core5.http.message.HeaderGroup;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An engine whose time is the test's. */
@Timeout(60)
class CallEngineTest {
  private final EngineRig rig = new EngineRig();

  @AfterEach
  void close() {
    rig.close();
  }

  private CallEngine engine(ModelTask task, FakeModel model, Spending spending) {
    return rig.engine(task, model, spending);
  }

  private CallEngine engine(ModelTask task, FakeModel model) {
    return rig.engine(task, model);
  }

  private static Set<ErrorKind> kinds(Map<String, Finished> ends) {
    Set<ErrorKind> kinds = new HashSet<>();
    for (Finished end : ends.values()) {
      ErrorKind kind = kind(end);
      if (kind != null) {
        kinds.add(kind);
      }
    }
    return kinds;
  }

  @Test
  void everyRowGetsItsOwnAnswer() throws Exception {
    FakeModel model = new FakeModel(request -> FakeModel.answer("re: " + request.body()));
    Map<String, Finished> ends = run(engine(TASK, model), rows(500));
    for (int i = 0; i < 500; i++) {
      assertThat(output(ends.get("d" + i)), is("\"re: text " + i + "\""));
    }
    assertThat(model.calls().size(), is(500));
  }

  @Test
  void identicalRequestsAreAskedOnce() throws Exception {
    FakeModel model = new FakeModel(request -> FakeModel.answer(request.body()));
    List<PreparedDocument> rows =
        IntStream.range(0, 400).mapToObj(i -> row(i, "text " + i % 100, "")).toList();
    assertThat(run(engine(TASK, model), rows), aMapWithSize(400));
    assertThat(model.calls().size(), is(100));
  }

  @Test
  void aRateLimitIsNoAttempt() throws Exception {
    Map<String, AtomicInteger> asked = new ConcurrentHashMap<>();
    FakeModel model =
        new FakeModel(
            request -> {
              int time =
                  asked.computeIfAbsent(request.body(), body -> new AtomicInteger()).addAndGet(1);
              return time <= 3
                  ? FakeModel.failure(ErrorKind.RATE_LIMITED, Scope.RATE, true, Duration.ZERO)
                  : FakeModel.answer("at last");
            });
    ModelTask once = TASK.withRetry(new ModelTask.Retry(1, Duration.ofSeconds(1)));
    Map<String, Finished> ends = run(engine(once, model), rows(20));
    assertThat(kinds(ends), is(Set.of()));
    assertThat(model.calls().size(), is(80));
  }

  @Test
  void aFailureIsTriedAgainUpToTheLimit() throws Exception {
    FakeModel model =
        new FakeModel(
            request ->
                request.body().endsWith("77")
                    ? FakeModel.failure(ErrorKind.SERVER_ERROR, Scope.ROW, true, Duration.ZERO)
                    : FakeModel.answer("fine"));
    ModelTask thrice = TASK.withRetry(new ModelTask.Retry(3, Duration.ofSeconds(1)));
    Map<String, Finished> ends = run(engine(thrice, model), rows(500));
    for (int i = 0; i < 500; i++) {
      ErrorKind failed = i % 100 == 77 ? ErrorKind.SERVER_ERROR : null;
      assertThat(kind(ends.get("d" + i)), is(failed));
    }
    assertThat(model.calls().size(), is(495 + 5 * 3));
    DeadLetter dead = ((Finished.Dead) requireNonNull(ends.get("d77"))).deadLetter();
    assertThat(dead.attempts(), is(3));
  }

  @Test
  void aBrokenAccountStopsAloneAndSoon() throws Exception {
    FakeModel model =
        new FakeModel(
            request ->
                request.fingerprint().endsWith("@bad")
                    ? FakeModel.failure(ErrorKind.ACCOUNT, Scope.ACCOUNT, false, null)
                    : FakeModel.answer("fine"));
    List<PreparedDocument> rows = new ArrayList<>();
    for (int i = 0; i < 600; i++) {
      rows.add(row(i, "text " + i, i % 2 == 0 ? "good" : "bad"));
    }
    Map<String, Finished> ends = run(engine(TASK, model), rows);
    for (int i = 0; i < 600; i++) {
      assertThat(kind(ends.get("d" + i)), is(i % 2 == 0 ? null : ErrorKind.ACCOUNT));
    }
    long sent =
        model.calls().stream().filter(call -> call.get(0).fingerprint().endsWith("@bad")).count();
    assertThat(sent, lessThanOrEqualTo(9L));
  }

  @Test
  void wordsOfAnAccountAreTheDocumentsWhereOthersAreAnswered() throws Exception {
    Reply.Failed refused =
        FakeModel.refused("Cannot parse 'api key not valid'")
            .judged(ErrorKind.ACCOUNT, Scope.ACCOUNT, false, "Cannot parse 'api key not valid'");
    FakeModel model =
        new FakeModel(
            request ->
                Set.of("text 50", "text 51", "text 120").contains(request.body())
                    ? refused
                    : FakeModel.answer("fine"));
    Map<String, Finished> ends = run(engine(TASK, model), rows(200));
    assertThat(kinds(ends), is(Set.of(ErrorKind.BAD_REQUEST)));
    DeadLetter dead = ((Finished.Dead) requireNonNull(ends.get("d50"))).deadLetter();
    assertThat(dead.message(), startsWith("Cannot parse 'api key not valid'; but others"));
    assertThat(dead.attempts(), is(2));
    assertThat(model.calls().size(), is(203));
  }

  /** As a filter in front of the API does at a word of the text. */
  @ParameterizedTest
  @ValueSource(ints = {301, 304, 307, 403, 405, 451})
  void aRedirectOrAFilterIsTheDocumentsWhereOthersAreAnswered(int status) throws Exception {
    Reply.Failed turned =
        ErrorVerdict.ofStatus(status)
            .toReply(ErrorReply.of(status, new HeaderGroup(), "POST /x", "", ""));
    assertThat(turned.kind(), is(ErrorKind.ACCOUNT));
    FakeModel model =
        new FakeModel(
            request -> request.body().equals("text 50") ? turned : FakeModel.answer("fine"));
    Map<String, Finished> ends = run(engine(TASK, model), rows(200));
    assertThat(kinds(ends), is(Set.of(ErrorKind.BAD_REQUEST)));
  }

  /** A key that comes and goes is asked for again by the next run. */
  @Test
  void aRefusedKeyIsTheAccountsWhoeverElseIsAnswered() throws Exception {
    FakeModel model =
        new FakeModel(
            request ->
                request.body().equals("text 50")
                    ? FakeModel.failure(ErrorKind.ACCOUNT, Scope.ACCOUNT, false, null)
                    : FakeModel.answer("fine"));
    Map<String, Finished> ends = run(engine(TASK, model), rows(200));
    assertThat(kinds(ends), is(Set.of(ErrorKind.ACCOUNT)));
  }

  @Test
  void theBudgetIsNeverPassed() throws Exception {
    // An answer costs 10 in + 5 out = 20 USD, and at worst 10 in + 20 out = 50.
    Price price = Price.of(new BigDecimal(1_000_000), new BigDecimal(2_000_000));
    FakeModel model = new FakeModel(request -> FakeModel.answer("fine"));
    Budget budget = new Budget(new BigDecimal(330), BigDecimal.ZERO);
    Map<String, Finished> ends = run(engine(TASK, model, new Spending(price, budget)), rows(100));
    // After 15 answers 30 are left, and no call could cost that little at worst.
    assertThat(model.calls().size(), is(15));
    assertThat(budget.spent(), is(new BigDecimal(300)));
    assertThat(kinds(ends), is(Set.of(ErrorKind.BUDGET)));
    assertThat(
        ends.values().stream().filter(end -> kind(end) == ErrorKind.BUDGET).count(), is(85L));
  }

  @Test
  void aKeysBudgetIsNeverPassed_andTheOthersGoOn() throws Exception {
    // An answer costs 10 in + 5 out = 20 USD, and at worst 10 in + 20 out = 50.
    Price price = Price.of(new BigDecimal(1_000_000), new BigDecimal(2_000_000));
    FakeModel model = new FakeModel(request -> FakeModel.answer("fine"));
    Budget whole = new Budget(new BigDecimal(10_000), BigDecimal.ZERO);
    Budget small = whole.part(new BigDecimal(330), BigDecimal.ZERO);
    Spending spending =
        new Spending(price, whole, Map.of("k0", small), new InputBound(true), 0, Tier.STANDARD);
    List<PreparedDocument> rows = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      String key = "k" + i % 2;
      rows.add(
          new PreparedDocument(
              new Document("d" + i, key, "{}", new Source("f", i)),
              new Request("text " + i, "text " + i, 10, 20),
              key));
    }
    Map<String, Finished> ends = run(engine(TASK, model, spending), rows);
    assertThat(small.spent(), is(new BigDecimal(300)));
    assertThat(whole.spent(), is(new BigDecimal(1_300)));
    for (int i = 1; i < 100; i += 2) {
      assertThat(kind(ends.get("d" + i)), is(nullValue()));
    }
    Finished.Dead dead =
        (Finished.Dead)
            ends.values().stream()
                .filter(end -> kind(end) == ErrorKind.BUDGET)
                .findFirst()
                .orElseThrow();
    assertThat(dead.deadLetter().message(), containsString("budget of key k0"));
    assertThat(dead.deadLetter().message(), containsString("quota.keys.k0.budgetUsd"));
  }

  @Test
  void aRequestTooDearForWhatIsLeft_leavesItToSmallerOnes() throws Exception {
    Price price = Price.of(new BigDecimal(1_000_000), new BigDecimal(2_000_000));
    FakeModel model = new FakeModel(request -> FakeModel.answer("fine"));
    Budget budget = new Budget(new BigDecimal(130), BigDecimal.ZERO);
    List<PreparedDocument> rows = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      boolean dear = i % 3 == 1;
      rows.add(
          new PreparedDocument(
              new Document("d" + i, "k" + i % 2, "{}", new Source("f", i)),
              new Request("text " + i, "text " + i, dear ? 200 : 10, 20),
              "k" + i % 2));
    }
    Map<String, Finished> ends = run(engine(TASK, model, new Spending(price, budget)), rows);
    // Five answers at 20 USD leave 30, which no more call could cost at worst.
    assertThat(model.calls().size(), is(5));
    assertThat(budget.spent(), is(new BigDecimal(100)));
    for (int i = 1; i < 30; i += 3) {
      assertThat(kind(ends.get("d" + i)), is(ErrorKind.BUDGET));
    }
  }

  @Test
  void anAnswerThatNothingLimits_isHeldAsLongAsTheModelMakesThem() throws Exception {
    Price price = Price.of(new BigDecimal(1_000_000), new BigDecimal(2_000_000));
    FakeModel model = new FakeModel(request -> FakeModel.answer("fine"));
    Budget budget = new Budget(new BigDecimal(330), BigDecimal.ZERO);
    Spending spending = new Spending(price, budget, new InputBound(true), 100);
    run(engine(TASK, model, spending), rows(100));
    // Held are 10 in and 100 out, 210 USD: after 7 answers 190 are left.
    assertThat(model.calls().size(), is(7));
    assertThat(budget.spent(), is(new BigDecimal(140)));
  }

  @Test
  void aLimitOfItsOwnHoldsForItsKeyAlone() throws Exception {
    Quota quota =
        new Quota(
            FREE,
            FREE,
            8,
            Duration.ofSeconds(1),
            Map.of("one", new KeyQuota(1, 20, 1, KeySource.NONE)));
    FakeModel model = new FakeModel(request -> FakeModel.answer("fine"));
    List<PreparedDocument> rows = List.of(row(1, "a", "one"), row(2, "b", "two"));
    Map<String, Finished> ends = run(engine(TASK.withQuota(quota), model), rows);
    assertThat("30 tokens never fit into 20", kind(ends.get("d1")), is(ErrorKind.TOO_LARGE));
    assertThat(output(ends.get("d2")), is("\"fine\""));
  }

  @Test
  void requestsThatFitTogetherShareACall() throws Exception {
    FakeModel model =
        new FakeModel(
            new PackLimits(2_048, 300_000), request -> FakeModel.answer("re: " + request.body()));
    Map<String, Finished> ends = run(engine(TASK, model), rows(1_000));
    for (int i = 0; i < 1_000; i++) {
      assertThat(output(ends.get("d" + i)), is("\"re: text " + i + "\""));
    }
    assertThat("a chunk is a call", model.calls().size(), is(10));
  }

  @Test
  void aCallIsNoLargerThanItsTokensMayBe() throws Exception {
    FakeModel model =
        new FakeModel(new PackLimits(2_048, 100), request -> FakeModel.answer("fine"));
    assertThat(run(engine(TASK, model), rows(30)), aMapWithSize(30));
    assertThat("three of 30 tokens fit into 100", model.calls().size(), is(10));
  }

  @Test
  void oneBadRequestAmongManyIsFoundAndDiesAlone() throws Exception {
    Set<Integer> poisoned = Set.of(3, 4, 250, 777, 999);
    FakeModel model =
        new FakeModel(
            new PackLimits(2_048, 300_000),
            request ->
                request.body().endsWith("poison")
                    ? FakeModel.failure(ErrorKind.BAD_REQUEST, Scope.ROW, false, null)
                    : FakeModel.answer("re: " + request.body()));
    List<PreparedDocument> rows = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      rows.add(row(i, "text " + i + (poisoned.contains(i) ? " poison" : ""), ""));
    }
    Map<String, Finished> ends = run(engine(TASK, model), rows);
    for (int i = 0; i < 1_000; i++) {
      if (poisoned.contains(i)) {
        assertThat(kind(ends.get("d" + i)), is(ErrorKind.BAD_REQUEST));
      } else {
        assertThat(output(ends.get("d" + i)), startsWith("\"re: text " + i));
      }
    }
    // Ten calls, and for each poisoned one two calls at each of seven halvings.
    assertThat(model.calls().size(), greaterThan(10));
    assertThat(model.calls().size(), lessThanOrEqualTo(10 + 5 * 2 * 7));
  }

  /** A server that takes ten at a time, and says so or not. */
  private static final class Small extends FakeModel {
    private final String message;
    final AtomicInteger refused = new AtomicInteger();

    Small(String message) {
      super(new PackLimits(2_048, 300_000), request -> FakeModel.answer("re: " + request.body()));
      this.message = message;
    }

    @Override
    public List<Reply> callPacked(List<Request> requests) {
      if (requests.size() <= 10) {
        return super.callPacked(requests);
      }
      refused.incrementAndGet();
      return Collections.nCopies(requests.size(), FakeModel.refused(message));
    }
  }

  @Test
  void howManyAServerTakes_isLearntOnce() throws Exception {
    Quota one = new Quota(EngineRig.FREE, EngineRig.FREE, 1, Duration.ofSeconds(1), Map.of());
    Small saying = new Small("batch size is invalid, it should not be larger than 10.");
    assertThat(run(engine(TASK.withQuota(one), saying), rows(1_000)), aMapWithSize(1_000));
    assertThat(saying.refused.get(), is(1));
    Small silent = new Small("no");
    assertThat(run(engine(TASK.withQuota(one), silent), rows(1_000)), aMapWithSize(1_000));
    // From 100 down to below 11: a call at each size until both halves of one have passed.
    assertThat(silent.refused.get(), lessThanOrEqualTo(12));
  }

  @Test
  void oneRequestThatBreaksTheServer_isFoundAndDiesAlone() throws Exception {
    FakeModel broken =
        new FakeModel(
            new PackLimits(2_048, 300_000),
            request ->
                request.body().endsWith("poison")
                    ? new Reply.Failed(
                        ErrorKind.SERVER_ERROR,
                        Scope.ROW,
                        true,
                        "unsupported value: NaN",
                        500,
                        null,
                        null,
                        Reply.Billing.NOT_BILLED,
                        null,
                        null,
                        RateHeaders.NONE)
                    : FakeModel.answer("re: " + request.body()));
    List<PreparedDocument> rows = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      rows.add(row(i, "text " + i + (i == 7 ? " poison" : ""), ""));
    }
    Map<String, Finished> ends = run(engine(TASK, broken), rows);
    for (int i = 0; i < 40; i++) {
      if (i == 7) {
        assertThat(kind(ends.get("d" + i)), is(ErrorKind.SERVER_ERROR));
      } else {
        assertThat(output(ends.get("d" + i)), startsWith("\"re: text " + i));
      }
    }
    assertThat(broken.calls().size(), lessThanOrEqualTo(20));
  }

  @Test
  void theLastOneThatTakesTooLongEveryTime_isPaidForAsOftenAsTheTaskSays() throws Exception {
    FakeModel model =
        new FakeModel(
            request ->
                request.body().endsWith("endless")
                    ? new Reply.Failed(
                        ErrorKind.TIMEOUT,
                        Scope.LOAD,
                        true,
                        "it was not answered within 8000 ms",
                        null,
                        null,
                        null,
                        Reply.Billing.UNKNOWN,
                        null,
                        null,
                        RateHeaders.NONE)
                    : FakeModel.answer("fine"));
    List<PreparedDocument> rows = new ArrayList<>(rows(20));
    rows.add(row(20, "endless", ""));
    Map<String, Finished> ends = run(engine(TASK, model), rows);
    assertThat(kind(ends.get("d20")), is(ErrorKind.TIMEOUT));
    assertThat(
        model.calls().stream().filter(call -> call.toString().contains("endless")).count(),
        is((long) TASK.retry().maxAttempts()));
  }
}
