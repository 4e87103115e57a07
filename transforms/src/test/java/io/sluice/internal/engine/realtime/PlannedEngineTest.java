package io.sluice.internal.engine.realtime;

import static io.sluice.internal.engine.realtime.EngineRig.kind;
import static io.sluice.internal.engine.realtime.EngineRig.output;
import static io.sluice.internal.engine.realtime.PlannedRows.answer;
import static io.sluice.internal.engine.realtime.PlannedRows.dead;
import static io.sluice.internal.engine.realtime.PlannedRows.json;
import static io.sluice.internal.engine.realtime.PlannedRows.rows;
import static io.sluice.internal.engine.realtime.PlannedRows.run;
import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.everyItem;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThan;
import static org.hamcrest.Matchers.not;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.Document;
import io.sluice.ErrorKind;
import io.sluice.ModelTask;
import io.sluice.ModelTask.Output;
import io.sluice.ModelTask.Quota;
import io.sluice.ModelTask.Retry;
import io.sluice.Source;
import io.sluice.Usage;
import io.sluice.cost.Budget;
import io.sluice.cost.Price;
import io.sluice.internal.answers.Answers;
import io.sluice.internal.engine.CallSettings;
import io.sluice.internal.engine.Engine;
import io.sluice.internal.engine.Finished;
import io.sluice.internal.engine.Job;
import io.sluice.internal.engine.Journal;
import io.sluice.internal.engine.PreparedDocument;
import io.sluice.internal.engine.Spending;
import io.sluice.internal.engine.StoredAnswers;
import io.sluice.internal.engine.Tally;
import io.sluice.internal.engine.rows.PlannedEngine;
import io.sluice.internal.ledger.Ledger;
import io.sluice.internal.plan.Plan;
import io.sluice.spi.RateHeaders;
import io.sluice.spi.Reply;
import io.sluice.spi.Request;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Rows whose first answer is of no use, and what is made of it. */
@Timeout(60)
class PlannedEngineTest {
  private static final Price PRICE =
      new Price(BigDecimal.ONE, null, BigDecimal.ONE, null, null, null, 100L);
  private static final ModelTask TASK =
      EngineRig.TASK
          .withParameters("{\"max_tokens\":20}")
          .withOutput(Output.ofLabels("yes", "no"))
          .withRetry(new Retry(3, Duration.ofSeconds(1)));

  @TempDir Path directory;

  private final EngineRig rig = new EngineRig();
  private final List<Ledger> ledgers = new ArrayList<>();
  private @Nullable BigDecimal budgetUsd;
  private boolean keepsFailures;

  @AfterEach
  void close() {
    rig.close();
    ledgers.forEach(Ledger::close);
  }

  /** A new process: what it knows of the past is in the ledger. */
  private Engine engine(ModelTask task, FakeModel model) {
    CallSettings settings =
        CallSettings.ofRun("run" + ledgers.size())
            .withLedger(directory.toString())
            .withKeepFailures(keepsFailures);
    Ledger ledger = Journal.ledger(task, settings);
    ledgers.add(ledger);
    return engine(task, model, Journal.of(ledger, task, settings, Tally.of(0)));
  }

  private Engine engine(ModelTask task, FakeModel model, Journal journal) {
    Budget budget = budgetUsd == null ? null : new Budget(budgetUsd, journal.spentUsd());
    Job job = Job.of(task, journal, new Spending(PRICE, budget));
    return new PlannedEngine(
        rig.engine(job, model),
        List.of(new Plan(task, PRICE)),
        new StoredAnswers(journal, job.judges()));
  }

  private Engine withoutLedger(ModelTask task, FakeModel model) {
    return engine(task, model, Journal.of(null, task, CallSettings.ofRun("r"), Tally.of(0)));
  }

  private static JsonNode messages(Request request) {
    return json(request.body()).path("messages");
  }

  private static boolean isTold(Request request) {
    return messages(request).size() == 3;
  }

  /** Right only when it is told what was wrong. */
  private static FakeModel stubborn() {
    return new FakeModel(request -> FakeModel.answer(isTold(request) ? "yes" : "maybe"));
  }

  private static Reply cut() {
    return new Reply.Failed(
        ErrorKind.TRUNCATED,
        Reply.Scope.ROW,
        false,
        Answers.CUT_AT_THE_CAP + "; raise max_tokens",
        200,
        null,
        null,
        Reply.Billing.BILLED,
        new Usage(10, 0, 20),
        "half",
        RateHeaders.NONE);
  }

  @Test
  void whoIsRightOnlyWhenTold_answersEverything() throws Exception {
    FakeModel model = stubborn();
    Engine engine = engine(TASK, model);
    Map<String, Finished> ends = run(engine, rows(TASK, 50));
    assertThat(ends.values().stream().map(EngineRig::output).toList(), everyItem(is("\"yes\"")));
    assertThat(model.calls(), hasSize(100));
    assertThat(answer(ends.get("d7")).attempts(), is(2));
    assertThat(engine.snapshot().retried, is(50L));
    // Two calls of 15 tokens each, and only the one that answered is the row's.
    assertThat(answer(ends.get("d7")).costUsd(), is(new BigDecimal("0.000015")));
    assertThat(ledgers.get(0).totals().repeatedUsd().compareTo(new BigDecimal("0.00075")), is(0));
    assertThat(ledgers.get(0).totals().spentUsd().compareTo(new BigDecimal("0.0015")), is(0));
  }

  @Test
  void whoOnlyThinks_isAskedTheSameTwice_andNotTold() throws Exception {
    for (String answer : List.of("<think>\nyes, I think", "<think>yes</think>", "<|im_end|>")) {
      FakeModel model = new FakeModel(request -> FakeModel.answer(answer));
      Map<String, Finished> ends = run(withoutLedger(TASK, model), rows(TASK, 1));
      assertThat(dead(ends.get("d0")).kind(), is(ErrorKind.INVALID_OUTPUT));
      assertThat(model.calls(), hasSize(2));
      assertThat(model.calls().get(1), is(model.calls().get(0)));
    }
  }

  @Test
  void theModelHearsItsAnswer_whatWasWrong_andWhatIsExpected() throws Exception {
    FakeModel model = stubborn();
    run(engine(TASK, model), rows(TASK, 1));
    JsonNode told = messages(model.calls().get(1).get(0));
    assertThat(told.get(0).path("content").asText(), is("text 0"));
    assertThat(told.get(1).path("role").asText(), is("assistant"));
    assertThat(told.get(1).path("content").asText(), is("maybe"));
    assertThat(told.get(2).path("role").asText(), is("user"));
    assertThat(
        told.get(2).path("content").asText(),
        allOf(containsString("'maybe' is not one of the labels"), containsString("yes\nno")));
  }

  @Test
  void ofASchema_theModelHearsPathAndExpectation() throws Exception {
    ModelTask task =
        TASK.withOutput(
            Output.ofJson(
                "{\"type\":\"object\",\"properties\":{\"year\":{\"type\":\"integer\"}},"
                    + "\"required\":[\"year\"]}"));
    FakeModel model =
        new FakeModel(
            request ->
                FakeModel.answer(isTold(request) ? "{\"year\":1999}" : "{\"year\":\"1999\"}"));
    Map<String, Finished> ends = run(engine(task, model), rows(task, 1));
    assertThat(output(ends.get("d0")), is("{\"year\":1999}"));
    assertThat(
        messages(model.calls().get(1).get(0)).get(2).path("content").asText(),
        allOf(containsString("/year"), containsString("integer"), containsString("\"required\"")));
  }

  @Test
  void attemptsAreCountedOverAllAsksOfARow() throws Exception {
    FakeModel model =
        new FakeModel(request -> FakeModel.answer("no idea " + request.body().length()));
    for (Engine engine : List.of(engine(TASK, model), withoutLedger(TASK, model))) {
      int before = model.calls().size();
      Map<String, Finished> ends = run(engine, rows(TASK, 2));
      assertThat(kind(ends.get("d0")), is(ErrorKind.INVALID_OUTPUT));
      assertThat(dead(ends.get("d0")).attempts(), is(3));
      assertThat(model.calls().size() - before, is(6));
      assertThat(engine.snapshot().failed, is(2L));
    }
  }

  @Test
  void identicalRowsShareTheirAsks_alsoThoseThatFail() throws Exception {
    FakeModel model = new FakeModel(request -> FakeModel.answer("no idea"));
    Engine engine = withoutLedger(TASK, model);
    PreparedDocument one = rows(TASK, 1).get(0);
    List<PreparedDocument> rows =
        IntStream.range(0, 6)
            .mapToObj(
                i ->
                    new PreparedDocument(
                        new Document("d" + i, null, one.document().json(), new Source("f", i)),
                        one.request(),
                        ""))
            .toList();
    engine.submit(rows.subList(0, 3));
    Map<String, Finished> ends = new HashMap<>();
    while (ends.size() < 3) {
      engine.takeFinished(VirtualTime.SECOND).forEach(end -> ends.put(end.document().id(), end));
    }
    assertThat(model.calls(), hasSize(3));
    engine.submit(rows.subList(3, 6));
    engine.takeFinished(0).forEach(end -> ends.put(end.document().id(), end));
    assertThat(ends.values().stream().map(EngineRig::kind).toList(), hasSize(6));
    assertThat(kind(ends.get("d5")), is(ErrorKind.INVALID_OUTPUT));
    assertThat(model.calls(), hasSize(3));
    assertThat(engine.snapshot().seen, is(6L));
    assertThat(engine.snapshot().dead, is(6L));
  }

  @Test
  void withoutReasons_itIsAskedWordForWord() throws Exception {
    ModelTask task =
        TASK.withRetry(new Retry(3, Duration.ofSeconds(1), Duration.ofMinutes(1), false));
    assertThat(new Plan(task, PRICE).isPlain(), is(true));
    FakeModel model = new FakeModel(request -> FakeModel.answer("maybe"));
    run(rig.engine(task, model), rows(task, 1));
    assertThat(model.calls().stream().distinct().toList(), hasSize(1));
    assertThat(model.calls(), hasSize(3));
  }

  @Test
  void anAnswerThatWasCut_isAskedForOnce_withALargerCapWithinTheModelsLimit() throws Exception {
    FakeModel model =
        new FakeModel(
            request ->
                json(request.body()).path("max_tokens").asInt() < 80
                        || messages(request).get(0).path("content").asText().endsWith("1")
                    ? cut()
                    : FakeModel.answer("yes"));
    Map<String, Finished> ends = run(engine(TASK, model), rows(TASK, 2));
    assertThat(output(ends.get("d0")), is("\"yes\""));
    assertThat(kind(ends.get("d1")), is(ErrorKind.TRUNCATED));
    assertThat(dead(ends.get("d1")).attempts(), is(2));
    assertThat(model.calls(), hasSize(4));
    assertThat(model.calls().get(2).get(0).maxOutputTokens(), is(80L));

    ModelTask wide = TASK.withParameters("{\"max_tokens\":60}");
    FakeModel other = new FakeModel(request -> cut());
    run(withoutLedger(wide, other), rows(wide, 1));
    assertThat(
        other.calls().stream().map(call -> call.get(0).maxOutputTokens()).toList(),
        is(List.of(60L, 100L)));

    ModelTask most = TASK.withParameters("{\"max_tokens\":100}");
    FakeModel third = new FakeModel(request -> cut());
    run(withoutLedger(most, third), rows(most, 1));
    assertThat(third.calls(), hasSize(1));
  }

  @Test
  void aLargerCapIsHeldOfTheBudget() throws Exception {
    // The first is held at 10 and 20 tokens or so, and costs 30; the second would need 80 more.
    budgetUsd = new BigDecimal("0.00008");
    FakeModel model = new FakeModel(request -> cut());
    Map<String, Finished> ends = run(engine(TASK, model), rows(TASK, 1));
    assertThat(kind(ends.get("d0")), is(ErrorKind.BUDGET));
    assertThat(model.calls(), hasSize(1));
    budgetUsd = BigDecimal.ONE;
    FakeModel longer = new FakeModel(request -> FakeModel.answer("yes"));
    assertThat(output(run(engine(TASK, longer), rows(TASK, 1)).get("d0")), is("\"yes\""));
    assertThat(longer.calls().get(0).get(0).maxOutputTokens(), is(80L));
  }

  @Test
  void whatCannotBeAskedOnceMore_isWhatItWas() throws Exception {
    ModelTask small =
        TASK.withQuota(new Quota(EngineRig.FREE, 100, 8, Duration.ofSeconds(1), Map.of()));
    FakeModel model = new FakeModel(request -> FakeModel.answer("maybe ".repeat(100)));
    Map<String, Finished> ends = run(engine(small, model), rows(small, 1));
    assertThat(kind(ends.get("d0")), is(ErrorKind.INVALID_OUTPUT));
    assertThat(model.calls(), hasSize(1));
    FakeModel refusing =
        new FakeModel(
            request ->
                json(request.body()).path("max_tokens").asInt() > 20
                    ? FakeModel.failure(ErrorKind.BAD_REQUEST, Reply.Scope.ROW, false, null)
                    : messages(request).get(0).path("content").asText().endsWith("0")
                        ? cut()
                        : FakeModel.answer("yes"));
    ends = run(withoutLedger(TASK, refusing), rows(TASK, 20));
    assertThat(kind(ends.get("d0")), is(ErrorKind.TRUNCATED));
  }

  @Test
  void afterACrash_onlyWhatIsMissingIsAsked() throws Exception {
    FakeModel model = stubborn();
    Engine first = engine(TASK, model);
    first.submit(rows(TASK, 8));
    // All first asks have landed, and nothing that follows from them was sent.
    rig.time.pass(2 * VirtualTime.SECOND);
    assertThat(model.calls(), hasSize(8));
    FakeModel after = stubborn();
    Map<String, Finished> ends = run(engine(TASK, after), rows(TASK, 8));
    assertThat(after.calls(), hasSize(8));
    after.calls().forEach(call -> assertThat(isTold(call.get(0)), is(true)));
    assertThat(answer(ends.get("d3")).attempts(), is(2));
    FakeModel nobody = stubborn();
    Engine third = engine(TASK, nobody);
    ends = run(third, rows(TASK, 8));
    assertThat(ends.values().stream().map(EngineRig::output).toList(), everyItem(is("\"yes\"")));
    assertThat(answer(ends.get("d3")).attempts(), is(2));
    assertThat(nobody.calls(), hasSize(0));
    assertThat(third.snapshot().servedFromLedger, is(8L));
  }

  @Test
  void afterACrash_aCutAnswerIsNotPaidAgain() throws Exception {
    FakeModel model = new FakeModel(request -> cut());
    engine(TASK, model).submit(rows(TASK, 1));
    rig.time.pass(2 * VirtualTime.SECOND);
    FakeModel after = new FakeModel(request -> FakeModel.answer("yes"));
    run(engine(TASK, after), rows(TASK, 1));
    assertThat(
        after.calls().stream().map(call -> call.get(0).maxOutputTokens()).toList(),
        is(List.of(80L)));
  }

  @Test
  void rowsThatFailedAreAskedAgain_butNotFromTheirBeginning() throws Exception {
    FakeModel model =
        new FakeModel(request -> FakeModel.answer("no idea " + request.body().length()));
    run(engine(TASK, model), rows(TASK, 1));
    assertThat(model.calls(), hasSize(3));
    FakeModel better = new FakeModel(request -> FakeModel.answer("yes"));
    assertThat(output(run(engine(TASK, better), rows(TASK, 1)).get("d0")), is("\"yes\""));
    assertThat(better.calls(), hasSize(1));
    assertThat(isTold(better.calls().get(0).get(0)), is(true));
  }

  @Test
  void failuresThatAreKept_areNotAskedAgain() throws Exception {
    FakeModel model = new FakeModel(request -> FakeModel.answer("no idea"));
    run(engine(TASK, model), rows(TASK, 2));
    keepsFailures = true;
    FakeModel nobody = stubborn();
    Map<String, Finished> ends = run(engine(TASK, nobody), rows(TASK, 2));
    assertThat(kind(ends.get("d1")), is(ErrorKind.INVALID_OUTPUT));
    assertThat(nobody.calls(), hasSize(0));
  }

  @Test
  void otherLabels_judgeAnswersToAsksWithReasonsAnew() throws Exception {
    run(engine(TASK, stubborn()), rows(TASK, 3));
    ModelTask other = TASK.withOutput(Output.ofLabels("yes", "no", "unknown"));
    FakeModel nobody = stubborn();
    Map<String, Finished> ends = run(engine(other, nobody), rows(other, 3));
    assertThat(output(ends.get("d2")), is("\"yes\""));
    assertThat(nobody.calls(), hasSize(0));
    ModelTask lenient = TASK.withOutput(Output.ofLabels("maybe", "sure"));
    ends = run(engine(lenient, nobody), rows(lenient, 3));
    assertThat(output(ends.get("d2")), is("\"maybe\""));
    assertThat(nobody.calls(), hasSize(0));
  }

  @Test
  void aFirstAskIsTheOneThatItAlwaysWas() {
    Request request = rows(TASK, 1).get(0).request();
    assertThat(new Plan(TASK, PRICE).first(request).request(), is(request));
    assertThat(request.body(), not(containsString("assistant")));
    assertThat(request.body().length(), lessThan(120));
  }
}
