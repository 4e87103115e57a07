package io.sluice.internal.engine.realtime;

import static io.sluice.internal.engine.realtime.EngineRig.output;
import static io.sluice.internal.engine.realtime.PlannedRows.answer;
import static io.sluice.internal.engine.realtime.PlannedRows.dead;
import static io.sluice.internal.engine.realtime.PlannedRows.run;
import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.greaterThanOrEqualTo;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThan;
import static org.hamcrest.Matchers.lessThanOrEqualTo;
import static org.hamcrest.Matchers.nullValue;
import static org.hamcrest.Matchers.startsWith;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.Answer;
import io.sluice.Answer.ServedBy;
import io.sluice.DeadLetter;
import io.sluice.Document;
import io.sluice.ErrorKind;
import io.sluice.LongInput;
import io.sluice.Merge;
import io.sluice.ModelTask;
import io.sluice.ModelTask.Output;
import io.sluice.ModelTask.Prompt;
import io.sluice.ModelTask.TooLong;
import io.sluice.Source;
import io.sluice.Step;
import io.sluice.Usage;
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
import io.sluice.internal.engine.rows.SplitEngine;
import io.sluice.internal.engine.rows.SteppedEngine;
import io.sluice.internal.ledger.Ledger;
import io.sluice.internal.plan.Plan;
import io.sluice.internal.plan.RowRequests;
import io.sluice.internal.plan.Steps;
import io.sluice.internal.prepare.RequestBuilder;
import io.sluice.internal.text.ExactJson;
import io.sluice.spi.PromptException;
import io.sluice.spi.RateHeaders;
import io.sluice.spi.Reply;
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

/** Rows whose documents are asked in parts. */
@Timeout(60)
class SplitEngineTest {
  private static final Price PRICE =
      new Price(BigDecimal.ONE, null, BigDecimal.ONE, null, null, null, null);
  private static final long MOST = 150;
  private static final int SENTENCES = 100;

  @TempDir Path directory;

  private final EngineRig rig = new EngineRig();
  private final List<Ledger> ledgers = new ArrayList<>();

  @AfterEach
  void close() {
    rig.close();
    ledgers.forEach(Ledger::close);
  }

  private static Prompt prompt(Merge merge) {
    LongInput limit = LongInput.of(MOST).withOverlap(20).withMerge(merge);
    return new Prompt(null, "What of {{text}}", TooLong.SPLIT, limit);
  }

  private static ModelTask task(Output output, Merge merge) {
    return EngineRig.TASK.withOutput(output).withPrompt(prompt(merge));
  }

  private Engine engine(ModelTask task, FakeModel model) {
    CallSettings settings =
        CallSettings.ofRun("run" + ledgers.size()).withLedger(directory.toString());
    Ledger ledger = Journal.ledger(task, settings);
    ledgers.add(ledger);
    Journal journal = Journal.of(ledger, task, settings, Tally.of(0));
    boolean areSteps = !task.steps().isEmpty();
    Job whole = Job.of(task, journal, new Spending(PRICE, null));
    Job within = areSteps ? whole.within() : whole;
    Job job = within.within();
    List<Plan> plans = Plan.of(task, PRICE);
    Engine planned =
        new PlannedEngine(
            rig.engine(job, model), plans, new StoredAnswers(job.journal(), job.judges()));
    Engine split = new SplitEngine(planned, task, plans, within.journal(), rig.time);
    return areSteps ? new SteppedEngine(split, new Steps(task), plans, journal, rig.time) : split;
  }

  /** Sentences with their numbers. */
  private static String text(int document, int sentences) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < sentences; i++) {
      out.append("Document ").append(document).append(" says ").append(i).append(". ");
    }
    return out.toString();
  }

  private static PreparedDocument row(ModelTask task, int number, int sentences) {
    Steps steps = task.steps().isEmpty() ? null : new Steps(task);
    ModelTask first = steps == null ? task : steps.task(steps.root());
    ObjectNode fields =
        JsonNodeFactory.instance.objectNode().put("text", text(number, sentences)).put("n", number);
    Document document =
        new Document("d" + number, null, fields.toString(), new Source("f", number));
    return new PreparedDocument(document, new RequestBuilder(first).build(fields), "");
  }

  private static JsonNode json(String text) {
    try {
      return ExactJson.read(text);
    } catch (JsonProcessingException e) {
      throw new AssertionError(e);
    }
  }

  private static String question(Request request) {
    return json(request.body()).path("messages").path(0).path("content").asText();
  }

  /** The first sentence's number that a question has. */
  private static int first(String question) {
    return Integer.parseInt(question.replaceAll("(?s)^.*?says (\\d+)\\..*$", "$1"));
  }

  @Test
  void aList_hasAnAnswerForEachPart_andTheRowSaysWhichTheyAre() throws Exception {
    ModelTask task = task(Output.TEXT, Merge.LIST);
    FakeModel model = new FakeModel(r -> FakeModel.answer("from " + first(question(r))));
    Map<String, Finished> ends =
        run(engine(task, model), List.of(row(task, 1, SENTENCES), row(task, 2, 3)));
    Answer answer = answer(ends.get("d1"));
    JsonNode parts = json(String.valueOf(answer.partsJson()));
    JsonNode output = json(answer.outputJson());
    int count = parts.path("count").asInt();
    assertThat(count, greaterThan(4));
    assertThat(output.size(), is(count));
    assertThat(parts.path("field").asText(), is("text"));
    assertThat(output.path(0).asText(), is("from 0"));
    String text = text(1, SENTENCES);
    for (int i = 0; i < count; i++) {
      JsonNode range = parts.path("ranges").path(i);
      String part = text.substring(range.path(0).asInt(), range.path(1).asInt());
      assertThat(output.path(i).asText(), is("from " + first(part)));
    }
    assertThat(answer.attempts(), is(count));
    assertThat(answer.usage().outputTokens(), is(5L * count));
    assertThat(answer.document().json(), containsString(text(1, SENTENCES)));
    for (List<Request> call : model.calls()) {
      assertThat(call.get(0).inputTokens(), lessThanOrEqualTo(MOST));
    }
    assertThat(output(ends.get("d2")), is("[\"from 0\"]"));
    assertThat(answer(ends.get("d2")).partsJson(), nullValue());
  }

  @Test
  void aVote_isTheLabelOfMostParts_ofSeveralTheFirstOfTheTasks() throws Exception {
    ModelTask task = task(Output.ofLabels("bug", "praise", "other"), Merge.VOTE);
    FakeModel model =
        new FakeModel(
            r -> {
              String question = question(r);
              boolean isFirst = first(question) < 5;
              return FakeModel.answer(
                  question.contains("Document 1 ") && isFirst ? "other" : "praise");
            });
    Map<String, Finished> ends =
        run(engine(task, model), List.of(row(task, 1, SENTENCES), row(task, 2, 2)));
    assertThat(output(ends.get("d1")), is("\"praise\""));
    assertThat(output(ends.get("d2")), is("\"praise\""));
    ModelTask even = task(Output.ofLabels("bug", "praise"), Merge.VOTE);
    FakeModel alternating =
        new FakeModel(r -> FakeModel.answer(first(question(r)) == 0 ? "praise" : "bug"));
    Answer two = answer(run(engine(even, alternating), List.of(row(even, 3, 30))).get("d3"));
    assertThat(json(String.valueOf(two.partsJson())).path("count").asInt(), is(2));
    assertThat(two.outputJson(), is("\"bug\""));
  }

  @Test
  void theFirstValueOfEachField_isTheOneThatIsNotNull() throws Exception {
    String schema =
        "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":[\"integer\",\"null\"]},"
            + "\"b\":{\"type\":[\"integer\",\"null\"]}},\"required\":[\"a\",\"b\"]}";
    ModelTask task = task(Output.ofJson(schema), Merge.FIRST);
    FakeModel model =
        new FakeModel(
            r -> {
              int first = first(question(r));
              String a = first > 20 ? "" + first : "null";
              String b = first == 0 ? "7" : "8";
              return FakeModel.answer("{\"a\":" + a + ",\"b\":" + b + "}");
            });
    Answer answer = answer(run(engine(task, model), List.of(row(task, 1, 100))).get("d1"));
    assertThat(json(answer.outputJson()).path("b").asInt(), is(7));
    assertThat(json(answer.outputJson()).path("a").asInt(), greaterThan(20));
  }

  private static final Merge SUM = Merge.ofPrompt(null, "Sum {{n}}: {{parts}}");

  private static FakeModel summing() {
    return new FakeModel(
        r -> {
          String question = question(r);
          return FakeModel.answer(
              question.startsWith("Sum")
                  ? "all (" + question.replaceAll("(?s)[^0-9]+", " ").strip() + ")"
                  : "one two three four five six seven eight nine ten " + first(question));
        });
  }

  @Test
  void aPromptMerges_inATreeWhereAnswersAreTooMany() throws Exception {
    ModelTask task = task(Output.TEXT, SUM);
    FakeModel model = summing();
    Map<String, Finished> ends =
        run(engine(task, model), List.of(row(task, 1, 400), row(task, 2, 2)));
    Answer answer = answer(ends.get("d1"));
    int parts = json(String.valueOf(answer.partsJson())).path("count").asInt();
    List<String> merges =
        model.calls().stream()
            .map(call -> question(call.get(0)))
            .filter(question -> question.startsWith("Sum"))
            .toList();
    assertThat(parts, greaterThan(20));
    assertThat(merges.size(), greaterThan(2));
    for (List<Request> call : model.calls()) {
      assertThat(call.get(0).inputTokens(), lessThanOrEqualTo(MOST));
    }
    assertThat(json(answer.outputJson()).asText(), startsWith("all (1 "));
    assertThat(model.calls().size(), is(parts + merges.size() + 1));
    assertThat(answer.attempts(), is(parts + merges.size()));
    // A document of one part is merged with nothing.
    assertThat(output(ends.get("d2")), startsWith("\"one two"));
    RowRequests.Whole most =
        new RowRequests(task.withParameters("{\"max_tokens\":16}"))
            .whole((ObjectNode) json(row(task, 1, 400).document().json()));
    assertThat(most.parts(), is(parts));
    assertThat(most.asks() - parts, greaterThan(2));
    assertThat(most.request().maxOutputTokens(), is(16L * most.asks()));
  }

  @Test
  void afterACrash_onlyWhatIsMissingIsAsked_andThenNothing() throws Exception {
    ModelTask task = task(Output.TEXT, SUM);
    FakeModel model = summing();
    Engine first = engine(task, model);
    first.submit(List.of(row(task, 1, 400)));
    rig.time.pass(VirtualTime.SECOND + VirtualTime.SECOND / 2);
    int asked = model.calls().size();
    assertThat(asked, greaterThan(10));
    FakeModel after = summing();
    Answer answer = answer(run(engine(task, after), List.of(row(task, 1, 400))).get("d1"));
    assertThat(after.calls().size(), lessThan(answer.attempts()));
    assertThat(asked + after.calls().size(), greaterThanOrEqualTo(answer.attempts()));
    FakeModel nobody = summing();
    Answer again = answer(run(engine(task, nobody), List.of(row(task, 1, 400))).get("d1"));
    assertThat(nobody.calls(), is(empty()));
    assertThat(again.outputJson(), is(answer.outputJson()));
    assertThat(again.servedBy(), is(ServedBy.LEDGER));
    Replay replay = new Replay(task, PRICE, ledgers.get(2)::find);
    PreparedDocument row = row(task, 1, 400);
    Replay.Found found = replay.of(row.request(), (ObjectNode) json(row.document().json()));
    assertThat(found.isAnswered(), is(true));
    assertThat(found.links(), hasSize(answer.attempts()));
  }

  @Test
  void aPartThatFails_keepsTheAnswersOfTheOthers_andIsAllThatIsPaidAgain() throws Exception {
    ModelTask task = task(Output.ofLabels("bug", "praise"), Merge.VOTE);
    FakeModel failing =
        new FakeModel(r -> FakeModel.answer(first(question(r)) == 0 ? "no idea" : "bug"));
    DeadLetter dead = dead(run(engine(task, failing), List.of(row(task, 1, 100))).get("d1"));
    assertThat(dead.kind(), is(ErrorKind.INVALID_OUTPUT));
    assertThat(dead.message(), startsWith("Part 1 of "));
    assertThat(dead.message(), containsString("(characters 0 to "));
    assertThat(dead.answer(), is("no idea"));
    assertThat(dead.step(), nullValue());
    JsonNode answers = json(String.valueOf(dead.answersJson()));
    assertThat(answers.path(0).isNull(), is(true));
    assertThat(answers.path(1).asText(), is("bug"));
    assertThat(dead.document().json(), containsString(text(1, 100)));
    FakeModel model = new FakeModel(r -> FakeModel.answer("bug"));
    run(engine(task, model), List.of(row(task, 1, 100)));
    assertThat(model.calls(), hasSize(1));
  }

  @Test
  void stepsMaySplit_andSayBetweenThemWhatTheyHadInParts() throws Exception {
    ModelTask task =
        EngineRig.TASK.withSteps(
            new Step("topic", prompt(Merge.VOTE), Output.ofLabels("bug", "praise")),
            new Step("note", new Prompt(null, "Note {{steps.topic}}"), Output.TEXT),
            new Step("sum", prompt(SUM), Output.TEXT));
    FakeModel model =
        new FakeModel(
            r -> {
              String question = question(r);
              boolean isTopic = !question.startsWith("Sum") && !question.startsWith("Note");
              return FakeModel.answer(isTopic ? "bug" : "text");
            });
    Map<String, Finished> ends =
        run(engine(task, model), List.of(row(task, 1, 100), row(task, 2, 2)));
    assertThat(
        output(ends.get("d1")), is("{\"topic\":\"bug\",\"note\":\"text\",\"sum\":\"text\"}"));
    assertThat(output(ends.get("d2")), is("{\"topic\":\"bug\",\"note\":\"text\",\"sum\":\"bug\"}"));
    JsonNode parts = json(String.valueOf(answer(ends.get("d1")).partsJson()));
    assertThat(parts.path("topic").path("count").asInt(), greaterThan(3));
    assertThat(parts.has("note"), is(false));
    assertThat(parts.path("sum"), is(parts.path("topic")));
    assertThat(answer(ends.get("d2")).partsJson(), nullValue());
  }

  @Test
  void anAnswerToAPartOfTheInputThatTheServerKept_isPaidFor_andNoAnswer() throws Exception {
    FakeModel model =
        new FakeModel(
            r ->
                new Reply.Answered(
                    "fine",
                    "fake",
                    "stop",
                    new Usage(Math.min(r.inputTokens(), 512), 0, 5),
                    RateHeaders.NONE));
    ModelTask task = task(Output.TEXT, Merge.LIST).withPrompt(new Prompt(null, "{{text}}"));
    List<PreparedDocument> rows = List.of(row(task, 1, 4), row(task, 2, 1_000));
    Map<String, Finished> ends = run(engine(task, model), rows);
    assertThat(output(ends.get("d1")), is("\"fine\""));
    DeadLetter dead = dead(ends.get("d2"));
    assertThat(dead.kind(), is(ErrorKind.TOO_LARGE));
    assertThat(dead.message(), containsString("has read 512"));
    assertThat(dead.answer(), is("fine"));
    assertThat(dead.attempts(), is(1));
    BigDecimal spent = ledgers.get(0).totals().spentUsd();
    assertThat(spent.compareTo(new BigDecimal("0.000517")), greaterThan(0));
    // Once the server keeps more, the same command asks again.
    FakeModel larger = new FakeModel(r -> FakeModel.answer("whole"));
    Map<String, Finished> again = run(engine(task, larger), rows);
    assertThat(output(again.get("d2")), is("\"whole\""));
    assertThat(larger.calls(), hasSize(1));
  }

  @Test
  void whatIsLongOtherwise_isADeadLetter() throws Exception {
    ModelTask task =
        EngineRig.TASK.withPrompt(
            new Prompt(
                null,
                "{{n}}{{text}}",
                TooLong.SPLIT,
                LongInput.of(MOST).withOverlap(20).withField("n")));
    RequestBuilder requests = new RequestBuilder(task);
    try {
      requests.parts((ObjectNode) json("{\"n\":1,\"text\":\"" + text(1, 100) + "\"}"));
      throw new AssertionError("Expected that it cannot be split");
    } catch (PromptException e) {
      assertThat(e.kind(), is(ErrorKind.TOO_LARGE));
      assertThat(e.getMessage(), containsString("{{n}} is not a text"));
    }
  }
}
