package io.sluice.internal.engine.realtime;

import static io.sluice.internal.engine.realtime.EngineRig.kind;
import static io.sluice.internal.engine.realtime.EngineRig.output;
import static io.sluice.internal.engine.realtime.PlannedRows.answer;
import static io.sluice.internal.engine.realtime.PlannedRows.dead;
import static io.sluice.internal.engine.realtime.PlannedRows.json;
import static io.sluice.internal.engine.realtime.PlannedRows.rows;
import static io.sluice.internal.engine.realtime.PlannedRows.run;
import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;

import io.sluice.Answer;
import io.sluice.Answer.ServedBy;
import io.sluice.DeadLetter;
import io.sluice.ErrorKind;
import io.sluice.ModelTask;
import io.sluice.ModelTask.Output;
import io.sluice.ModelTask.Prompt;
import io.sluice.Step;
import io.sluice.cost.Price;
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
import io.sluice.internal.engine.rows.Replay;
import io.sluice.internal.engine.rows.SteppedEngine;
import io.sluice.internal.ledger.Ledger;
import io.sluice.internal.plan.Plan;
import io.sluice.internal.plan.Steps;
import io.sluice.spi.Request;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Rows of several steps. */
@Timeout(60)
class SteppedEngineTest {
  private static final Price PRICE =
      new Price(BigDecimal.ONE, null, BigDecimal.ONE, null, null, null, null);
  private static final String FACTS =
      "{\"type\":\"object\",\"properties\":{\"year\":{\"type\":\"integer\"}},\"required\":[\"year\"]}";
  private static final ModelTask TASK =
      EngineRig.TASK.withSteps(
          new Step("topic", new Prompt(null, "topic? {{text}}"), Output.ofLabels("bug", "praise")),
          new Step("facts", new Prompt(null, "facts? {{text}}"), Output.ofJson(FACTS)),
          new Step(
                  "reply",
                  new Prompt(null, "reply to {{steps.topic}} of {{steps.facts.year}}: {{text}}"),
                  Output.TEXT)
              .when("topic", "bug"));

  @TempDir Path directory;

  private final EngineRig rig = new EngineRig();
  private final List<Ledger> ledgers = new ArrayList<>();

  @AfterEach
  void close() {
    rig.close();
    ledgers.forEach(Ledger::close);
  }

  private Engine engine(ModelTask task, FakeModel model) {
    CallSettings settings =
        CallSettings.ofRun("run" + ledgers.size()).withLedger(directory.toString());
    Ledger ledger = Journal.ledger(task, settings);
    ledgers.add(ledger);
    Journal journal = Journal.of(ledger, task, settings, Tally.of(0));
    Job job = Job.of(task, journal, new Spending(PRICE, null)).within();
    List<Plan> plans = Plan.of(task, PRICE);
    Engine planned =
        new PlannedEngine(
            rig.engine(job, model), plans, new StoredAnswers(job.journal(), job.judges()));
    return new SteppedEngine(planned, new Steps(task), plans, journal, rig.time);
  }

  private static String question(Request request) {
    return json(request.body()).path("messages").path(0).path("content").asText();
  }

  /** Even ones are bugs. */
  private static String says(Request request) {
    String question = question(request);
    if (question.startsWith("topic?")) {
      return (question.charAt(question.length() - 1) - '0') % 2 == 0 ? "bug" : "praise";
    }
    return question.startsWith("facts?") ? "{\"year\":1999}" : "sorry (" + question + ")";
  }

  private static FakeModel model() {
    return new FakeModel(request -> FakeModel.answer(says(request)));
  }

  @Test
  void laterStepsUseEarlierAnswers_andAreAskedWhereTheyAreMeant() throws Exception {
    FakeModel model = model();
    Map<String, Finished> ends = run(engine(TASK, model), rows(TASK, 10));
    assertThat(
        output(ends.get("d4")),
        is(
            "{\"topic\":\"bug\",\"facts\":{\"year\":1999},"
                + "\"reply\":\"sorry (reply to bug of 1999: text 4)\"}"));
    assertThat(
        output(ends.get("d5")),
        is("{\"topic\":\"praise\",\"facts\":{\"year\":1999},\"reply\":null}"));
    assertThat(model.calls(), hasSize(25));
    Answer answer = answer(ends.get("d4"));
    assertThat(answer.document().json(), is("{\"text\":\"text 4\"}"));
    assertThat(answer.attempts(), is(3));
    assertThat(answer.usage().outputTokens(), is(15L));
    assertThat(answer.costUsd(), is(new BigDecimal("0.000045")));
    assertThat(answer.model(), is("fake"));
    assertThat(answer.servedBy(), is(ServedBy.REALTIME));
    assertThat(ledgers.get(0).totals().spentUsd().compareTo(new BigDecimal("0.000375")), is(0));
  }

  @Test
  void stepsThatDoNotNeedEachOther_areAskedSideBySide() throws Exception {
    FakeModel model = model();
    Engine engine = engine(TASK, model);
    engine.submit(rows(TASK, 1));
    rig.time.pass(VirtualTime.SECOND / 2);
    assertThat(model.calls(), hasSize(2));
  }

  @Test
  void aStepThatFails_keepsTheAnswersThatThereAre_andIsAllThatIsPaidAgain() throws Exception {
    FakeModel failing =
        new FakeModel(
            request ->
                FakeModel.answer(
                    question(request).equals("facts? text 2") ? "no idea" : says(request)));
    Map<String, Finished> ends = run(engine(TASK, failing), rows(TASK, 4));
    DeadLetter dead = dead(ends.get("d2"));
    assertThat(dead.kind(), is(ErrorKind.INVALID_OUTPUT));
    assertThat(dead.step(), is("facts"));
    assertThat(dead.answersJson(), is("{\"topic\":\"bug\"}"));
    assertThat(dead.answer(), is("no idea"));
    assertThat(dead.document().json(), is("{\"text\":\"text 2\"}"));
    assertThat(output(ends.get("d0")), containsString("sorry"));
    FakeModel model = model();
    ends = run(engine(TASK, model), rows(TASK, 4));
    assertThat(output(ends.get("d2")), containsString("sorry"));
    assertThat(
        model.calls().stream().map(call -> question(call.get(0))).toList(),
        is(List.of("facts? text 2", "reply to bug of 1999: text 2")));
  }

  @Test
  void afterACrash_onlyWhatIsMissingIsAsked_andThenNothing() throws Exception {
    FakeModel model = model();
    engine(TASK, model).submit(rows(TASK, 4));
    rig.time.pass(2 * VirtualTime.SECOND);
    assertThat(model.calls(), hasSize(8));
    FakeModel after = model();
    run(engine(TASK, after), rows(TASK, 4));
    assertThat(after.calls(), hasSize(2));
    FakeModel nobody = model();
    Engine third = engine(TASK, nobody);
    Map<String, Finished> ends = run(third, rows(TASK, 4));
    assertThat(nobody.calls(), hasSize(0));
    assertThat(answer(ends.get("d0")).servedBy(), is(ServedBy.LEDGER));
    assertThat(third.snapshot().servedFromLedger, is(4L));
    Replay replay = new Replay(TASK, PRICE, ledgers.get(2)::find);
    PreparedDocument row = rows(TASK, 1).get(0);
    Replay.Found found = replay.of(row.request(), json(row.document().json()));
    assertThat(found.isAnswered(), is(true));
    assertThat(found.links(), hasSize(3));
  }

  @Test
  void aChangedStep_asksAnewWhatFollowsFromIt_andNothingElse() throws Exception {
    run(engine(TASK, model()), rows(TASK, 4));
    ModelTask changed =
        TASK.withSteps(
            TASK.steps().get(0),
            new Step("facts", new Prompt(null, "facts? please {{text}}"), Output.ofJson(FACTS)),
            TASK.steps().get(2));
    FakeModel model = model();
    run(engine(changed, model), rows(changed, 4));
    // What the facts are is the same, so that what follows from them is paid.
    assertThat(model.calls(), hasSize(4));
  }

  @Test
  void stepsThatHappenToAskTheSame_areJudgedEachByItsOwn() throws Exception {
    ModelTask task =
        EngineRig.TASK.withSteps(
            new Step("one", new Prompt(null, "{{text}}"), Output.ofLabels("x", "y")),
            new Step("two", new Prompt(null, "{{text}}"), Output.TEXT));
    FakeModel model = new FakeModel(request -> FakeModel.answer("x!"));
    Map<String, Finished> ends = run(engine(task, model), rows(task, 5));
    assertThat(output(ends.get("d3")), is("{\"one\":\"x\",\"two\":\"x!\"}"));
    assertThat(answer(ends.get("d3")).repaired(), is("one: punctuation"));
    assertThat(model.calls(), hasSize(5));
  }

  @Test
  void aPromptThatLacksAField_isTheStepsDeadLetter() throws Exception {
    ModelTask task =
        EngineRig.TASK.withSteps(
            TASK.steps().get(1),
            new Step("next", new Prompt(null, "{{steps.facts.month}}"), Output.TEXT));
    Map<String, Finished> ends = run(engine(task, model()), rows(task, 2));
    assertThat(kind(ends.get("d0")), is(ErrorKind.BAD_PROMPT));
    assertThat(dead(ends.get("d0")).step(), is("next"));
    assertThat(dead(ends.get("d0")).answersJson(), is("{\"facts\":{\"year\":1999}}"));
  }

  @Test
  void whatIsWrongWithSteps_isToldAtOnce() {
    ModelTask task =
        EngineRig.TASK.withSteps(
            new Step("a", new Prompt(null, "{{steps.b}}"), Output.TEXT),
            new Step("b", new Prompt(null, "{{steps.a}} {{steps.zz}}"), Output.TEXT),
            new Step("b", new Prompt(null, "x"), Output.TEXT).when("a", "yes"),
            new Step("c c", new Prompt(null, "x"), Output.ofLabels("y")),
            new Step("d", new Prompt(null, "x"), Output.TEXT).when("c c", "n"));
    List<String> problems = Steps.validate(task);
    assertThat(String.join("\n", problems), containsString("steps.2 uses steps.zz"));
    assertThat(String.join("\n", problems), containsString("steps.3.name is \"b\", as that of"));
    assertThat(String.join("\n", problems), containsString("steps.3.when.a: step a has no labels"));
    assertThat(String.join("\n", problems), containsString("steps.4.name is \"c c\""));
    assertThat(String.join("\n", problems), containsString("steps.5.when.c c has \"n\""));
    ModelTask circle =
        EngineRig.TASK.withSteps(
            task.steps().get(0), new Step("b", new Prompt(null, "{{steps.a}}"), Output.TEXT));
    assertThat(
        String.join("\n", Steps.validate(circle)),
        containsString("steps.1 (a) needs steps that need it in turn"));
  }

  /** All at once; and a step that only waits for a circle is not said to be one of it. */
  @Test
  void aCircleIsToldOfItsSteps_besideAllElse() {
    ModelTask task =
        EngineRig.TASK.withSteps(
            new Step("a", new Prompt(null, "{{steps.b}}"), Output.TEXT),
            new Step("b", new Prompt(null, "{{steps.a}} {{steps.zz}}"), Output.TEXT),
            new Step("c", new Prompt(null, "{{steps.b}}"), Output.TEXT),
            new Step("d", new Prompt(null, "{{steps.d}}"), Output.TEXT));
    String problems = String.join("\n", Steps.validate(task));
    assertThat(problems, containsString("steps.2 uses steps.zz"));
    assertThat(problems, containsString("steps.1 (a) needs steps that need it in turn"));
    assertThat(problems, containsString("steps.2 (b) needs steps that need it in turn"));
    assertThat(problems, containsString("steps.4 (d) needs steps that need it in turn"));
    assertThat(problems, not(containsString("steps.3")));
  }
}
