package io.sluice.internal.engine.rows;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.sluice.Answer;
import io.sluice.DeadLetter;
import io.sluice.Document;
import io.sluice.internal.engine.Engine;
import io.sluice.internal.engine.EngineClock;
import io.sluice.internal.engine.Journal;
import io.sluice.internal.engine.PreparedDocument;
import io.sluice.internal.plan.Plan;
import io.sluice.internal.plan.Steps;
import io.sluice.internal.prepare.RequestBuilder;
import io.sluice.spi.PromptException;
import io.sluice.spi.Request;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Rows of several steps: a step's document is the row's with the answers that it needs. */
public final class SteppedEngine extends RowsOfAsks<SteppedEngine.Row> {
  private final Steps steps;
  private final List<RequestBuilder> requests;
  private final List<Plan> plans;

  /** A row, and how far its steps are. */
  static final class Row extends RowsOfAsks.Row {
    private final ObjectNode fields;
    private final @Nullable Answer[] answers;
    private final boolean[] decided;
    private final boolean[] asked;
    private int failed;

    Row(PreparedDocument row, int steps) {
      super(row);
      this.fields = row.fields();
      this.answers = new Answer[steps];
      this.decided = new boolean[steps];
      this.asked = new boolean[steps];
    }

    private List<@Nullable String> outputs() {
      List<@Nullable String> outputs = new ArrayList<>(answers.length);
      for (Answer answer : answers) {
        outputs.add(answer == null ? null : answer.outputJson());
      }
      return outputs;
    }
  }

  /**
   * @param engine within this one: it does not say how far it is
   * @param plans of each step
   */
  public SteppedEngine(
      Engine engine, Steps steps, List<Plan> plans, Journal journal, EngineClock clock) {
    super(engine, journal, clock);
    this.steps = steps;
    this.plans = List.copyOf(plans);
    this.requests = new ArrayList<>();
    for (int i = 0; i < steps.size(); i++) {
      requests.add(new RequestBuilder(steps.task(i)));
    }
  }

  @Override
  Row begin(PreparedDocument row) {
    return new Row(row, steps.size());
  }

  @Override
  @GuardedBy("this")
  void goOn(Row row) {
    boolean changed = true;
    while (changed && !row.hasFailed()) {
      changed = false;
      for (int step : steps.ready(i -> row.decided[i])) {
        if (row.asked[step]) {
          continue;
        }
        if (steps.isAsked(step, row.outputs())) {
          row.asked[step] = true;
          ask(row, step);
        } else {
          row.decided[step] = true;
          changed = true;
        }
      }
    }
  }

  @GuardedBy("this")
  private void ask(Row row, int step) {
    Document document = row.row.document();
    try {
      ObjectNode fields = steps.fields(step, row.fields, row.outputs());
      Request request = step == steps.root() ? row.row.request() : requests.get(step).build(fields);
      Document own =
          new Document(document.id(), document.key(), fields.toString(), document.source());
      ask(
          row,
          step,
          new PreparedDocument(own, request, row.row.account())
              .asking(plans.get(step).first(request)));
    } catch (PromptException e) {
      if (row.fail(DeadLetter.unsent(document, e.kind(), String.valueOf(e.getMessage())))) {
        row.failed = step;
      }
    }
  }

  @Override
  void answered(Row row, int step, Answer answer) {
    row.answers[step] = answer;
    row.decided[step] = true;
  }

  @Override
  void failed(Row row, int step) {
    row.failed = step;
  }

  @Override
  DeadLetter dead(Row row, DeadLetter failure) {
    ObjectNode answers = JsonNodeFactory.instance.objectNode();
    int sent = failure.attempts();
    for (int i = 0; i < row.answers.length; i++) {
      Answer answer = row.answers[i];
      if (answer != null) {
        sent += answer.attempts();
        answers.putRawValue(steps.name(i), new RawValue(answer.outputJson()));
      }
    }
    if (failure.answersJson() != null) {
      // Those to parts of the document.
      answers.putRawValue(steps.name(row.failed), new RawValue(failure.answersJson()));
    }
    return new DeadLetter(
        row.row.document(),
        failure.kind(),
        failure.message(),
        failure.status(),
        failure.code(),
        failure.retryable(),
        sent,
        failure.answer(),
        steps.name(row.failed),
        answers.toString());
  }

  @Override
  Answer answer(Row row) {
    Sum sum = new Sum();
    ObjectNode parts = JsonNodeFactory.instance.objectNode();
    for (int i = 0; i < row.answers.length; i++) {
      Answer answer = row.answers[i];
      if (answer != null) {
        sum.add(answer, steps.name(i));
        if (answer.partsJson() != null) {
          parts.putRawValue(steps.name(i), new RawValue(answer.partsJson()));
        }
      }
    }
    return sum.answer(row.row.document(), steps.output(row.outputs()))
        .withParts(parts.isEmpty() ? null : parts.toString());
  }
}
