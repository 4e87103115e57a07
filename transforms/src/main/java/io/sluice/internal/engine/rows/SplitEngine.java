package io.sluice.internal.engine.rows;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.sluice.Answer;
import io.sluice.DeadLetter;
import io.sluice.Document;
import io.sluice.ModelTask;
import io.sluice.internal.engine.Engine;
import io.sluice.internal.engine.EngineClock;
import io.sluice.internal.engine.Journal;
import io.sluice.internal.engine.PreparedDocument;
import io.sluice.internal.plan.Merging;
import io.sluice.internal.plan.Merging.Group;
import io.sluice.internal.plan.Plan;
import io.sluice.internal.plan.Steps;
import io.sluice.internal.prepare.Part;
import io.sluice.internal.prepare.RequestBuilder;
import io.sluice.spi.PromptException;
import io.sluice.spi.Request;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Rows whose document may be asked about in parts: all parts at once, then what merges their
 * answers, level by level. Of a document that is short enough, and of a question that is never
 * asked in parts, the row is its only part.
 */
public final class SplitEngine extends RowsOfAsks<SplitEngine.Row> {
  private final List<RequestBuilder> requests = new ArrayList<>();
  private final List<@Nullable Merging> mergings;
  private final List<Plan> plans;

  /** A row, with the answers to what is asked of it now. */
  static final class Row extends RowsOfAsks.Row {
    private final int step;
    private final Sum sum = new Sum();
    private List<Part> parts = List.of();

    /** Answers to the parts, or to groups of answers; null while there is none. */
    private @Nullable Answer[] level = new Answer[0];

    /** The same as outputs, with those that a level has from the one before. */
    private @Nullable String[] outputs = new String[0];

    /** Of the parts, while their answers are merged. */
    private @Nullable String[] ofParts = new String[0];

    private boolean isMerging;
    private int failed = -1;
    private String output = "";

    Row(PreparedDocument row) {
      super(row);
      this.step = row.ask() == null ? 0 : row.ask().step();
    }

    /** Whether its document is not split. */
    private boolean isWhole() {
      return parts.size() == 1 && parts.get(0).field() == null;
    }

    private void beginLevel(int asks) {
      level = new Answer[asks];
      outputs = new String[asks];
    }

    /** Its answers count, in the order of what was asked. */
    private void endLevel() {
      for (int i = 0; i < level.length; i++) {
        Answer answer = level[i];
        if (answer != null) {
          sum.add(answer, isMerging ? "merge" : "part " + (i + 1));
        }
      }
      if (!isMerging) {
        ofParts = outputs;
      }
      level = isWhole() ? level : new Answer[0];
    }

    private List<String> outputs() {
      List<String> all = new ArrayList<>(outputs.length);
      for (String each : outputs) {
        all.add(String.valueOf(each));
      }
      return all;
    }

    private String failedWhere() {
      if (isMerging || failed < 0 || failed >= parts.size()) {
        return parts.isEmpty() ? "" : "Merging the answers to " + parts.size() + " parts: ";
      }
      Part part = parts.get(failed);
      return "Part "
          + (failed + 1)
          + " of "
          + parts.size()
          + " (characters "
          + part.from()
          + " to "
          + part.to()
          + " of "
          + part.field()
          + "): ";
    }

    private @Nullable String answersJson() {
      if (parts.isEmpty()) {
        return null;
      }
      ArrayNode answers = JsonNodeFactory.instance.arrayNode();
      for (String each : ofParts) {
        answers.addRawValue(each == null ? null : new RawValue(each));
      }
      return answers.toString();
    }
  }

  /**
   * @param engine within this one: it does not say how far it is
   * @param plans of each step, those that merge included
   */
  public SplitEngine(
      Engine engine, ModelTask task, List<Plan> plans, Journal journal, EngineClock clock) {
    super(engine, journal, clock);
    this.plans = List.copyOf(plans);
    this.mergings = Merging.of(task);
    Steps.questions(task).forEach(question -> requests.add(new RequestBuilder(question)));
  }

  @Override
  Row begin(PreparedDocument row) {
    return new Row(row);
  }

  @Override
  @GuardedBy("this")
  void goOn(Row row) {
    if (row.flying() > 0) {
      return;
    }
    Merging merging = mergings.get(row.step);
    try {
      if (row.parts.isEmpty()) {
        askParts(row, merging);
      } else if (merging == null) {
        row.output = row.outputs().get(0);
      } else {
        row.endLevel();
        Merging.Next next = merging.after(row.row.fields(), row.outputs());
        if (next instanceof Merging.Next.Output output) {
          row.output = output.json();
        } else if (next instanceof Merging.Next.Groups groups) {
          askGroups(row, merging, groups.groups());
        }
      }
    } catch (PromptException e) {
      row.fail(DeadLetter.unsent(row.row.document(), e.kind(), String.valueOf(e.getMessage())));
    }
  }

  @GuardedBy("this")
  private void askParts(Row row, @Nullable Merging merging) {
    row.parts =
        merging == null
            ? List.of(new Part(null, 0, 0, row.row.fields(), row.row.request()))
            : requests.get(row.step).parts(row.row.fields());
    row.beginLevel(row.parts.size());
    for (int i = 0; i < row.parts.size(); i++) {
      Part part = row.parts.get(i);
      if (row.isWhole()) {
        ask(row, i, row.row);
      } else {
        ask(row, i, row.step, part.document(), part.request());
      }
    }
  }

  @GuardedBy("this")
  private void askGroups(Row row, Merging merging, List<Group> groups) {
    List<String> before = row.outputs();
    row.beginLevel(groups.size());
    row.isMerging = true;
    for (int i = 0; i < groups.size(); i++) {
      Group group = groups.get(i);
      Request request = group.request();
      if (request == null) {
        row.outputs[i] = before.get(group.from());
      } else {
        ask(row, i, merging.step(), group.document(), request);
      }
    }
  }

  @GuardedBy("this")
  private void ask(Row row, int place, int step, ObjectNode fields, Request request) {
    Document document = row.row.document();
    Document own =
        new Document(document.id(), document.key(), fields.toString(), document.source());
    ask(
        row,
        place,
        new PreparedDocument(own, request, row.row.account())
            .asking(plans.get(step).first(request)));
  }

  @Override
  void answered(Row row, int place, Answer answer) {
    row.level[place] = answer;
    row.outputs[place] = answer.outputJson();
  }

  @Override
  void failed(Row row, int place) {
    row.failed = place;
  }

  @Override
  DeadLetter dead(Row row, DeadLetter failure) {
    if (row.isWhole()) {
      return failure;
    }
    row.endLevel();
    return new DeadLetter(
        row.row.document(),
        failure.kind(),
        row.failedWhere() + failure.message(),
        failure.status(),
        failure.code(),
        failure.retryable(),
        row.sum.sent() + failure.attempts(),
        failure.answer(),
        null,
        row.answersJson());
  }

  @Override
  Answer answer(Row row) {
    Answer first = row.isWhole() ? row.level[0] : null;
    if (first == null) {
      return row.sum
          .answer(row.row.document(), row.output)
          .withParts(ReplayedRow.partsJson(row.parts));
    }
    return first.outputJson().equals(row.output) ? first : first.withOutput(row.output);
  }
}
