package io.sluice.internal.engine.realtime;

import static io.sluice.internal.engine.realtime.EngineRig.kind;
import static io.sluice.internal.engine.realtime.EngineRig.output;
import static io.sluice.internal.engine.realtime.PlannedRows.answer;
import static io.sluice.internal.engine.realtime.PlannedRows.dead;
import static io.sluice.internal.engine.realtime.PlannedRows.json;
import static io.sluice.internal.engine.realtime.PlannedRows.rows;
import static io.sluice.internal.engine.realtime.PlannedRows.run;
import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsInAnyOrder;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.everyItem;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThan;
import static org.hamcrest.Matchers.nullValue;

import io.sluice.ErrorKind;
import io.sluice.Fallback;
import io.sluice.Fallback.Cause;
import io.sluice.Fallback.Other;
import io.sluice.ModelTask;
import io.sluice.ModelTask.KeyQuota;
import io.sluice.ModelTask.KeySource;
import io.sluice.ModelTask.Output;
import io.sluice.ModelTask.Prompt;
import io.sluice.ModelTask.Provider;
import io.sluice.ModelTask.Quota;
import io.sluice.ModelTask.Retry;
import io.sluice.Step;
import io.sluice.cost.Budget;
import io.sluice.cost.Price;
import io.sluice.internal.engine.CallSettings;
import io.sluice.internal.engine.Engine;
import io.sluice.internal.engine.Finished;
import io.sluice.internal.engine.Held;
import io.sluice.internal.engine.Job;
import io.sluice.internal.engine.Journal;
import io.sluice.internal.engine.PreparedDocument;
import io.sluice.internal.engine.RowSignals;
import io.sluice.internal.engine.Spending;
import io.sluice.internal.engine.StoredAnswers;
import io.sluice.internal.engine.Tally;
import io.sluice.internal.engine.models.ModelEngines;
import io.sluice.internal.engine.rows.PlannedEngine;
import io.sluice.internal.engine.rows.Replay;
import io.sluice.internal.engine.rows.SteppedEngine;
import io.sluice.internal.ledger.Ledger;
import io.sluice.internal.plan.Plan;
import io.sluice.internal.plan.Steps;
import io.sluice.internal.plan.Targets;
import io.sluice.spi.Reply;
import io.sluice.spi.Request;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Tasks that ask several models: of steps, and where the task's own has no answer. */
@Timeout(60)
class ModelEnginesTest {
  private static final Price CHEAP =
      new Price(BigDecimal.ONE, null, BigDecimal.ONE, null, null, null, null);
  private static final Price DEAR =
      new Price(BigDecimal.TEN, null, BigDecimal.TEN, null, null, null, null);
  private static final Provider ELSEWHERE =
      new Provider("anthropic", "http://elsewhere", KeySource.NONE);
  private static final ModelTask TASK =
      EngineRig.TASK
          .withParameters("{\"max_tokens\":20}")
          .withOutput(Output.ofLabels("yes", "no"))
          .withRetry(new Retry(3, Duration.ofSeconds(1)));
  private static final ModelTask SAFE =
      TASK.withFallback(Fallback.to(new Other("other").withPrice(DEAR)));

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
  private Engine engine(ModelTask task, FakeModel... models) {
    CallSettings settings =
        CallSettings.ofRun("run" + ledgers.size())
            .withLedger(directory.toString())
            .withKeepFailures(keepsFailures);
    Ledger ledger = Journal.ledger(task, settings);
    ledgers.add(ledger);
    Journal journal = Journal.of(ledger, task, settings, Tally.of(0));
    Budget budget = budgetUsd == null ? null : new Budget(budgetUsd, journal.spentUsd());
    Targets targets = Targets.of(task, CHEAP);
    assertThat(models.length, is(targets.size()));
    boolean areSteps = !task.steps().isEmpty();
    Job whole = Job.of(task, journal, new Spending(CHEAP, budget));
    Job job = areSteps ? whole.within() : whole;
    Set<String> others =
        targets.all().stream().skip(1).map(Targets.Target::name).collect(Collectors.toSet());
    RowSignals signals = new RowSignals();
    List<Engine> engines = new ArrayList<>();
    for (int i = 0; i < models.length; i++) {
      Targets.Target target = targets.get(i);
      Journal own =
          job.journal().within(target.task().model(), i == 0 ? "" : target.name(), others);
      Spending spending = new Spending(target.price(), target.price() == null ? null : budget);
      engines.add(rig.engine(job.at(target.task(), own, spending, signals), models[i]));
    }
    List<Plan> plans = Plan.of(task, CHEAP);
    Engine planned =
        new PlannedEngine(
            new ModelEngines(targets, engines, signals, job.journal(), rig.time),
            plans,
            new StoredAnswers(journal, job.judges()));
    return areSteps
        ? new SteppedEngine(planned, new Steps(task), plans, journal, rig.time)
        : planned;
  }

  private static FakeModel says(String text) {
    return new FakeModel(request -> FakeModel.answer(text));
  }

  private static FakeModel fails(ErrorKind kind) {
    return new FakeModel(request -> failure(kind));
  }

  private static Reply failure(ErrorKind kind) {
    Reply.Scope scope = kind == ErrorKind.ACCOUNT ? Reply.Scope.ACCOUNT : Reply.Scope.ROW;
    return FakeModel.failure(kind, scope, kind == ErrorKind.SERVER_ERROR, null);
  }

  /** Refuses every third document. */
  private static FakeModel shy() {
    return new FakeModel(
        request -> number(request) % 3 == 0 ? failure(ErrorKind.REFUSAL) : FakeModel.answer("yes"));
  }

  private static int number(Request request) {
    String body = request.body();
    int at = body.indexOf("text ") + 5;
    return Integer.parseInt(body.substring(at, body.indexOf('"', at)));
  }

  @Test
  void whatAModelRefuses_anotherIsAsked_andTheRowSaysWho() throws Exception {
    FakeModel own = shy();
    FakeModel other = says("no");
    Map<String, Finished> ends = run(engine(SAFE, own, other), rows(SAFE, 9));
    assertThat(own.calls(), hasSize(9));
    assertThat(other.calls(), hasSize(3));
    assertThat(output(ends.get("d3")), is("\"no\""));
    assertThat(answer(ends.get("d3")).provider(), is("openai"));
    assertThat(answer(ends.get("d3")).fallback(), is(1));
    assertThat(answer(ends.get("d3")).attempts(), is(2));
    // At the price of who answered.
    assertThat(answer(ends.get("d3")).costUsd(), is(new BigDecimal("0.00015")));
    assertThat(output(ends.get("d1")), is("\"yes\""));
    assertThat(answer(ends.get("d1")).provider(), nullValue());
    assertThat(answer(ends.get("d1")).fallback(), is(0));
    assertThat(answer(ends.get("d1")).costUsd(), is(new BigDecimal("0.000015")));
    assertThat(other.calls().get(0).get(0).body(), containsString("\"model\":\"other\""));
  }

  @Test
  void afterACrash_theSameChainIsThere_andNothingIsPaidAgain() throws Exception {
    run(engine(SAFE, shy(), says("no")), rows(SAFE, 9));
    FakeModel own = shy();
    FakeModel other = says("no");
    Engine second = engine(SAFE, own, other);
    Map<String, Finished> ends = run(second, rows(SAFE, 9));
    assertThat(own.calls(), hasSize(0));
    assertThat(other.calls(), hasSize(0));
    assertThat(second.snapshot().servedFromLedger, is(9L));
    assertThat(answer(ends.get("d6")).fallback(), is(1));
    assertThat(answer(ends.get("d6")).attempts(), is(2));
  }

  @Test
  void whoCrashedBetween_goesOnWithTheOther() throws Exception {
    Engine first = engine(SAFE, shy(), says("no"));
    first.submit(rows(SAFE, 9));
    rig.time.pass(5 * VirtualTime.SECOND);
    FakeModel own = shy();
    FakeModel other = says("no");
    run(engine(SAFE, own, other), rows(SAFE, 9));
    assertThat(own.calls(), hasSize(0));
    assertThat(other.calls(), hasSize(3));
  }

  @Test
  void aBrokenAccount_isNoReasonToStop() throws Exception {
    FakeModel own = fails(ErrorKind.ACCOUNT);
    FakeModel other = says("no");
    Map<String, Finished> ends = run(engine(SAFE, own, other), rows(SAFE, 40));
    assertThat(ends.values().stream().map(EngineRig::output).toList(), everyItem(is("\"no\"")));
    assertThat(own.calls().size(), lessThan(9));
    // Its key was mended: what was answered by the other stays answered.
    FakeModel mended = says("yes");
    FakeModel nobody = says("no");
    ends = run(engine(SAFE, mended, nobody), rows(SAFE, 50));
    assertThat(mended.calls(), hasSize(10));
    assertThat(nobody.calls(), hasSize(0));
    assertThat(answer(ends.get("d7")).fallback(), is(1));
    assertThat(answer(ends.get("d47")).fallback(), is(0));
    assertThat(ledgers.get(0).totals().abandonedUsd().signum(), is(0));
  }

  @Test
  void whatNoneCanAnswerForItsAccount_isStillToDo() throws Exception {
    Map<String, Finished> ends =
        run(engine(SAFE, fails(ErrorKind.ACCOUNT), fails(ErrorKind.REFUSAL)), rows(SAFE, 4));
    assertThat(kind(ends.get("d1")), is(ErrorKind.ACCOUNT));
    // Both are asked when the account is there again, and the first answers.
    FakeModel mended = says("yes");
    FakeModel other = says("no");
    ends = run(engine(SAFE, mended, other), rows(SAFE, 4));
    assertThat(output(ends.get("d1")), is("\"yes\""));
    assertThat(other.calls(), hasSize(0));
    ends = run(engine(TASK.withFallback(Fallback.to("x")), shy(), says("no")), rows(TASK, 4));
    assertThat(output(ends.get("d0")), is("\"yes\""));
  }

  @Test
  void aFallbackWithoutAnAccount_leavesWhatItShouldAnswerToDo() throws Exception {
    Map<String, Finished> ends = run(engine(SAFE, shy(), fails(ErrorKind.ACCOUNT)), rows(SAFE, 6));
    assertThat(kind(ends.get("d3")), is(ErrorKind.ACCOUNT));
    assertThat(output(ends.get("d4")), is("\"yes\""));
  }

  @Test
  void onlyForWhatTheTaskNames_anotherIsAsked() throws Exception {
    ModelTask task = SAFE.withFallback(SAFE.fallback().on(Cause.ACCOUNT));
    FakeModel other = says("no");
    Map<String, Finished> ends = run(engine(task, shy(), other), rows(task, 6));
    assertThat(kind(ends.get("d3")), is(ErrorKind.REFUSAL));
    assertThat(other.calls(), hasSize(0));
    ends = run(engine(task, fails(ErrorKind.ACCOUNT), other), rows(task, 20));
    assertThat(output(ends.get("d13")), is("\"no\""));
  }

  @Test
  void anOutage_isNoBrokenAccount() throws Exception {
    ModelTask patient = SAFE.withRetry(new Retry(3, Duration.ofSeconds(1), Duration.ofSeconds(20)));
    for (boolean goesOn : List.of(true, false)) {
      ModelTask task =
          patient.withFallback(patient.fallback().on(goesOn ? Cause.OUTAGE : Cause.ACCOUNT));
      boolean[] away = {false};
      FakeModel own =
          new FakeModel(
              request -> away[0] ? failure(ErrorKind.SERVER_ERROR) : FakeModel.answer("yes"));
      FakeModel other = says("no");
      Engine engine = engine(task, own, other);
      engine.submit(rows(task, 100));
      rig.time.at(rig.time.epochNanos() + 3 * VirtualTime.SECOND, () -> away[0] = true);
      Map<String, Finished> ends = new HashMap<>();
      while (ends.size() < 100) {
        engine.takeFinished(VirtualTime.SECOND).forEach(end -> ends.put(end.document().id(), end));
      }
      List<String> answers = ends.values().stream().map(EngineRig::output).toList();
      assertThat(answers.stream().filter("\"yes\""::equals).count(), greaterThan(10L));
      assertThat(
          answers.stream().filter("\"no\""::equals).count(), goesOn ? greaterThan(10L) : is(0L));
      assertThat(answers.contains("none"), is(!goesOn));
      ledgers.get(ledgers.size() - 1).close();
      ledgers.remove(ledgers.size() - 1);
      deleteLedger();
    }
  }

  private void deleteLedger() throws Exception {
    try (var files = java.nio.file.Files.walk(directory)) {
      for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
        if (!file.equals(directory)) {
          java.nio.file.Files.delete(file);
        }
      }
    }
  }

  @Test
  void oneAfterTheOther_untilOneAnswers() throws Exception {
    ModelTask task =
        TASK.withFallback(
            Fallback.to(new Other("second"), new Other("third").withProvider(ELSEWHERE)));
    FakeModel third = says("no");
    Map<String, Finished> ends =
        run(
            engine(task, fails(ErrorKind.CONTENT_FILTER), fails(ErrorKind.REFUSAL), third),
            rows(task, 3));
    assertThat(answer(ends.get("d2")).fallback(), is(2));
    assertThat(answer(ends.get("d2")).provider(), is("anthropic"));
    assertThat(answer(ends.get("d2")).attempts(), is(3));
    assertThat(third.calls().get(0).get(0).body(), containsString("\"max_tokens\":20"));
    FakeModel nobody = says("no");
    run(engine(task, nobody, nobody, nobody), rows(task, 3));
    assertThat(nobody.calls(), hasSize(0));
    Replay replay = new Replay(task, CHEAP, ledgers.get(1)::find);
    PreparedDocument row = rows(task, 1).get(0);
    Replay.Found found = replay.of(row.request(), json(row.document().json()));
    assertThat(found.isAnswered(), is(true));
    assertThat(found.links().stream().map(link -> link.ask().target()).toList(), contains(0, 1, 2));
  }

  @Test
  void whoNeverFits_isToldWhatIsWrong_beforeAnotherIsAsked() throws Exception {
    FakeModel own = new FakeModel(request -> FakeModel.answer("hm " + request.body().length()));
    FakeModel other = says("yes");
    Map<String, Finished> ends = run(engine(SAFE, own, other), rows(SAFE, 2));
    assertThat(own.calls(), hasSize(6));
    assertThat(other.calls(), hasSize(2));
    assertThat(other.calls().get(0).get(0).body().contains("assistant"), is(false));
    assertThat(answer(ends.get("d1")).attempts(), is(4));
    FakeModel nobody = says("yes");
    ends = run(engine(SAFE, nobody, nobody), rows(SAFE, 2));
    assertThat(nobody.calls(), hasSize(0));
    assertThat(answer(ends.get("d1")).fallback(), is(1));
  }

  @Test
  void whereNoneAnswers_theLastSaysWhy_andKeptFailuresStand() throws Exception {
    Map<String, Finished> ends =
        run(engine(SAFE, fails(ErrorKind.REFUSAL), fails(ErrorKind.CONTENT_FILTER)), rows(SAFE, 3));
    assertThat(kind(ends.get("d1")), is(ErrorKind.CONTENT_FILTER));
    assertThat(dead(ends.get("d1")).attempts(), is(2));
    keepsFailures = true;
    FakeModel nobody = says("yes");
    ends = run(engine(SAFE, nobody, nobody), rows(SAFE, 3));
    assertThat(kind(ends.get("d1")), is(ErrorKind.CONTENT_FILTER));
    assertThat(nobody.calls(), hasSize(0));
    keepsFailures = false;
    FakeModel other = says("no");
    ends = run(engine(SAFE, nobody, other), rows(SAFE, 3));
    assertThat(output(ends.get("d1")), is("\"no\""));
    assertThat(other.calls(), hasSize(3));
    assertThat(nobody.calls(), hasSize(0));
  }

  @Test
  void theBudgetIsOne_andHoldsEachAtItsPrice() throws Exception {
    // Ten calls of the task's own at most, or one of the other.
    budgetUsd = new BigDecimal("0.0004");
    Map<String, Finished> ends =
        run(engine(SAFE, fails(ErrorKind.REFUSAL), says("no")), rows(SAFE, 9));
    long answered = ends.values().stream().filter(Finished.Answered.class::isInstance).count();
    assertThat(answered, is(1L));
    assertThat(
        ends.values().stream().map(EngineRig::kind).collect(Collectors.toSet()),
        containsInAnyOrder(ErrorKind.BUDGET, null));
    assertThat(ledgers.get(0).totals().spentUsd(), lessThan(budgetUsd));
  }

  // ---- models of steps ------------------------------------------------------------------------

  private static ModelTask steps() {
    return EngineRig.TASK.withSteps(
        new Step("topic", new Prompt(null, "topic {{text}}"), Output.ofLabels("bug", "praise")),
        new Step("reply", new Prompt(null, "to {{steps.topic}}: {{text}}"), Output.TEXT)
            .withModel("large")
            .withPrice(DEAR));
  }

  @Test
  void eachStepIsAskedItsModel_atItsPrice() throws Exception {
    FakeModel small = says("bug");
    FakeModel large = says("sorry");
    Map<String, Finished> ends = run(engine(steps(), small, large), rows(steps(), 5));
    assertThat(small.calls(), hasSize(5));
    assertThat(large.calls(), hasSize(5));
    assertThat(output(ends.get("d2")), is("{\"topic\":\"bug\",\"reply\":\"sorry\"}"));
    assertThat(answer(ends.get("d2")).costUsd(), is(new BigDecimal("0.000165")));
    assertThat(answer(ends.get("d2")).fallback(), is(0));
    assertThat(large.calls().get(0).get(0).body(), containsString("\"model\":\"large\""));
    FakeModel nobody = says("bug");
    run(engine(steps(), nobody, nobody), rows(steps(), 5));
    assertThat(nobody.calls(), hasSize(0));
  }

  @Test
  void aModelHasLimitsOfItsOwn_andItsStateIsApart() throws Exception {
    Quota all = EngineRig.TASK.quota();
    ModelTask task =
        steps()
            .withQuota(
                new Quota(
                    all.requestsPerMinute(),
                    all.tokensPerMinute(),
                    all.maxConcurrent(),
                    all.burst(),
                    Map.of(),
                    Map.of("large", new KeyQuota(60, EngineRig.FREE, 8, KeySource.NONE))));
    FakeModel small = says("bug");
    Engine engine = engine(task, small, says("sorry"));
    long begun = rig.time.epochNanos();
    run(engine, rows(task, 30));
    long seconds = (rig.time.epochNanos() - begun) / VirtualTime.SECOND;
    assertThat(seconds, greaterThan(27L));
    assertThat(seconds, lessThan(40L));
    assertThat(engine.quotaStates().keySet(), containsInAnyOrder("", "\u001flarge"));
    assertThat(ModelEngines.states(engine.quotaStates(), "large").keySet(), contains(""));
    assertThat(ModelEngines.states(engine.quotaStates(), "").keySet(), contains(""));
  }

  @Test
  void aStepFallsBack_too() throws Exception {
    ModelTask task = steps().withFallback(Fallback.to("other"));
    FakeModel other = says("regards");
    Map<String, Finished> ends =
        run(engine(task, says("bug"), fails(ErrorKind.REFUSAL), other), rows(task, 3));
    assertThat(output(ends.get("d0")), is("{\"topic\":\"bug\",\"reply\":\"regards\"}"));
    assertThat(answer(ends.get("d0")).fallback(), is(1));
    assertThat(answer(ends.get("d0")).provider(), is("openai"));
    // A model that is another step's is one and the same, with one limit.
    ModelTask swapped =
        steps().withParameters("{\"max_tokens\":9}").withFallback(Fallback.to("large"));
    FakeModel large = says("bug");
    ends = run(engine(swapped, fails(ErrorKind.CONTENT_FILTER), large), rows(swapped, 2));
    assertThat(large.calls(), hasSize(4));
    assertThat(answer(ends.get("d0")).fallback(), is(1));
  }

  @Test
  void anEngineThatIsDryWhileOthersHaveWork_wantsNoMoreRows() {
    Held fed = new Held(1L << 20);
    Held dry = new Held(1L << 20);
    fed.add(5_000, 1_000);
    fed.add(8, false);
    dry.add(0, 0);
    dry.add(8, true);
    Held all = new Held(1L << 30);
    all.addTogether(List.of(fed, dry));
    assertThat(all.wantsMore(), is(false));
    Held both = new Held(1L << 30);
    both.addTogether(List.of(dry, dry, new Held(0)));
    both.add(5_000, 1_000);
    assertThat(both.wantsMore(), is(true));
  }

  // ---- what is wrong ----------------------------------------------------------------------------

  @Test
  void whatIsWrongIsTold() {
    assertThat(Targets.validate(SAFE), hasSize(0));
    ModelTask wrong =
        TASK.withFallback(
                Fallback.to(new Other("fake"), new Other("b"), new Other("b"), new Other(" ")))
            .withQuota(
                new Quota(
                    1,
                    1,
                    1,
                    Duration.ofSeconds(1),
                    Map.of(),
                    Map.of("nobody", new KeyQuota(1, 1, 1, KeySource.NONE))));
    assertThat(
        Targets.validate(wrong),
        containsInAnyOrder(
            containsString("fallback.models.1.model is fake, the task's own"),
            containsString("fallback.models.3.model is b, which is asked before it"),
            containsString("fallback.models.4.model is blank"),
            containsString("quota.models.nobody is none of the models that are asked: fake, b")));
    assertThat(
        Targets.validate(SAFE.withOperation(ModelTask.Operation.EMBED)),
        contains(containsString("operation embed")));
    assertThat(
        Targets.validate(TASK.withFallback(new Fallback(List.of(new Other("b")), Set.of()))),
        contains(containsString("fallback.on is empty")));
  }

  @Test
  void keysOfTheTasks_haveTheModelsLimits_andNoneElsewhere() {
    KeyQuota own = new KeyQuota(10, 1_000, 8, KeySource.NONE);
    KeyQuota usual = new KeyQuota(500, 1_000, 8, KeySource.NONE);
    ModelTask task =
        TASK.withQuota(
                new Quota(
                    500,
                    1_000,
                    8,
                    Duration.ofSeconds(1),
                    Map.of("own", own, "usual", usual),
                    Map.of("b", new KeyQuota(2_000, 9_000, 9, KeySource.NONE))))
            .withFallback(Fallback.to(new Other("b"), new Other("c").withProvider(ELSEWHERE)));
    Targets targets = Targets.of(task, null);
    Quota atB = targets.get(1).task().quota();
    assertThat(atB.forKey("").requestsPerMinute(), is(2_000L));
    assertThat(atB.forKey("own").requestsPerMinute(), is(10L));
    assertThat(atB.forKey("own").tokensPerMinute(), is(9_000L));
    assertThat(atB.forKey("usual").requestsPerMinute(), is(2_000L));
    assertThat(targets.get(2).task().quota().keys().keySet(), hasSize(0));
    assertThat(targets.get(2).task().quota().requestsPerMinute(), is(500L));
    assertThat(targets.mergesAccounts(), is(true));
    assertThat(Targets.of(SAFE, null).mergesAccounts(), is(false));
    ModelTask twins =
        TASK.withFallback(
            Fallback.to(
                new Other("fake").withProvider(ELSEWHERE),
                new Other("fake").withProvider(ELSEWHERE.withBaseUrl("http://third"))));
    assertThat(
        Targets.of(twins, null).all().stream().map(Targets.Target::name).toList(),
        contains("fake", "fake of anthropic", "fake of anthropic (2)"));
  }
}
