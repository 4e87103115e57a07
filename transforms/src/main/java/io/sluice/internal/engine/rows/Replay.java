package io.sluice.internal.engine.rows;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.ModelTask;
import io.sluice.cost.Price;
import io.sluice.internal.engine.Job;
import io.sluice.internal.engine.StoredAnswers;
import io.sluice.internal.engine.StoredAnswers.Stored;
import io.sluice.internal.engine.rows.ReplayedRow.Said;
import io.sluice.internal.judge.AnswerJudge;
import io.sluice.internal.judge.Verdict;
import io.sluice.internal.ledger.LedgerEntry;
import io.sluice.internal.plan.Ask;
import io.sluice.internal.plan.Ending;
import io.sluice.internal.plan.Merging;
import io.sluice.internal.plan.Plan;
import io.sluice.internal.plan.Steps;
import io.sluice.internal.plan.Then;
import io.sluice.internal.prepare.Part;
import io.sluice.internal.prepare.RequestBuilder;
import io.sluice.spi.PromptException;
import io.sluice.spi.Request;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Follows a row's plan through what a ledger has of it, and sends nothing: what a run would be
 * served, and what it would still have to ask. Thread-safe as its ledger is.
 */
public final class Replay {
  private final @Nullable Steps steps;
  private final List<RequestBuilder> requests = new ArrayList<>();
  private final List<Plan> plans;
  private final List<AnswerJudge> judges;
  private final List<@Nullable Merging> mergings;
  private final Function<String, @Nullable LedgerEntry> ledger;
  private final Plan.Known known =
      new Plan.Known() {
        @Override
        public boolean has(Request request) {
          return find(request) != null;
        }

        @Override
        public boolean isAnswered(Request request) {
          return StoredAnswers.isAnswer(find(request));
        }
      };

  private @Nullable LedgerEntry find(Request request) {
    return ledger.apply(request.fingerprint());
  }

  /**
   * An ask that a row's plan comes to.
   *
   * @param entry what the ledger has of it; null for nothing, and then the step ends there
   * @param where {@code part 2 of 6} of a document that is asked in parts, {@code merge} of their
   *     answers; empty for the whole
   * @param fields the document as its prompt sees it
   */
  public record Link(Ask ask, @Nullable LedgerEntry entry, String where, ObjectNode fields) {}

  /**
   * How far a row's plan has come.
   *
   * @param links in the order of the plan
   * @param row what it is served, where a run would ask nothing; null otherwise
   */
  public record Found(List<Link> links, @Nullable ReplayedRow row) {
    /** Whether a run would ask nothing. */
    public boolean isAnswered() {
      return row != null;
    }

    /** The row's, as JSON text; null where a run would ask something. */
    public @Nullable String output() {
      return row == null ? null : row.output();
    }
  }

  /**
   * @param price null where it is unknown
   * @param ledger the newest ending of a request, by its fingerprint
   */
  public Replay(
      ModelTask task, @Nullable Price price, Function<String, @Nullable LedgerEntry> ledger) {
    this.steps = task.steps().isEmpty() ? null : new Steps(task);
    this.mergings = Merging.of(task);
    Steps.tasks(task).forEach(question -> requests.add(new RequestBuilder(question)));
    this.plans = Plan.of(task, price);
    this.judges = Job.judges(task);
    this.ledger = ledger;
  }

  /**
   * @param first the row's first request, where it is there; null otherwise
   * @param document its fields
   */
  public Found of(@Nullable Request first, ObjectNode document) {
    List<Link> links = new ArrayList<>();
    if (steps == null) {
      ReplayedRow.OfQuestion only = answer(0, "", first, document, links);
      return new Found(
          links, only == null ? null : new ReplayedRow(only.output(), List.of(only), false));
    }
    List<@Nullable String> outputs = new ArrayList<>(Collections.nCopies(steps.size(), null));
    ReplayedRow.@Nullable OfQuestion[] answers = new ReplayedRow.OfQuestion[steps.size()];
    boolean[] seen = new boolean[steps.size()];
    boolean[] decided = new boolean[steps.size()];
    boolean isAnswered = true;
    for (boolean more = true; more; ) {
      more = false;
      for (int step : steps.ready(i -> decided[i])) {
        if (!seen[step]) {
          seen[step] = true;
          more = true;
          boolean isAsked = steps.isAsked(step, outputs);
          if (isAsked) {
            ObjectNode fields = steps.fields(step, document, outputs);
            Request known = step == steps.root() ? first : null;
            answers[step] = answer(step, steps.name(step), known, fields, links);
            outputs.set(step, answers[step] == null ? null : answers[step].output());
          }
          decided[step] = !isAsked || answers[step] != null;
          isAnswered &= decided[step];
        }
      }
    }
    return new Found(
        links,
        isAnswered
            ? new ReplayedRow(
                steps.output(outputs),
                Arrays.stream(answers).filter(Objects::nonNull).toList(),
                true)
            : null);
  }

  /** The answer to a question, perhaps of answers to parts of the document; null for none. */
  private ReplayedRow.@Nullable OfQuestion answer(
      int step, String name, @Nullable Request first, ObjectNode fields, List<Link> links) {
    Merging merging = mergings.get(step);
    try {
      if (merging == null) {
        Request request = first == null ? requests.get(step).build(fields) : first;
        Said said = follow(step, request, fields, "", links);
        return said == null
            ? null
            : new ReplayedRow.OfQuestion(name, said.output(), List.of(said), List.of());
      }
      return merged(new Asking(step, name, fields, links), merging);
    } catch (PromptException e) {
      return null;
    }
  }

  /** A question about a document that may be asked in parts. */
  private record Asking(int step, String name, ObjectNode fields, List<Link> links) {}

  private ReplayedRow.@Nullable OfQuestion merged(Asking asking, Merging merging) {
    List<Part> parts = requests.get(asking.step()).parts(asking.fields());
    boolean isWhole = parts.get(0).field() == null;
    List<Said> all = new ArrayList<>();
    List<String> outputs = new ArrayList<>();
    for (int i = 0; i < parts.size(); i++) {
      String where = isWhole ? "" : "part " + (i + 1) + " of " + parts.size();
      Part part = parts.get(i);
      add(
          all,
          outputs,
          follow(asking.step(), part.request(), part.document(), where, asking.links()));
    }
    for (int asked = parts.size(); outputs.size() == asked; ) {
      Merging.Next next = merging.after(asking.fields(), outputs);
      if (!(next instanceof Merging.Next.Groups groups)) {
        return new ReplayedRow.OfQuestion(
            asking.name(), ((Merging.Next.Output) next).json(), all, isWhole ? List.of() : parts);
      }
      List<String> before = outputs;
      outputs = new ArrayList<>();
      for (Merging.Group group : groups.groups()) {
        Request request = group.request();
        if (request == null) {
          outputs.add(before.get(group.from()));
        } else {
          add(
              all,
              outputs,
              follow(merging.step(), request, group.document(), "merge", asking.links()));
        }
      }
      asked = groups.groups().size();
    }
    return null;
  }

  private static void add(List<Said> all, List<String> outputs, @Nullable Said said) {
    if (said != null) {
      all.add(said);
      outputs.add(said.output());
    }
  }

  /** The answer to an ask, or to what followed it, as the ledger has it; null for none. */
  private @Nullable Said follow(
      int step, Request first, ObjectNode fields, String where, List<Link> links) {
    Ask ask = plans.get(step).first(first);
    while (true) {
      LedgerEntry entry = ledger.apply(ask.request().fingerprint());
      Link link = new Link(ask, entry, where, fields);
      links.add(link);
      Stored stored = StoredAnswers.judged(entry, judges.get(step));
      if (entry == null || stored == null) {
        return null;
      }
      if (stored.verdict() instanceof Verdict.Fits fits) {
        return new Said(link, entry, fits);
      }
      Ending ending = StoredAnswers.ending(ask, stored);
      Then then = plans.get(step).replayed(fields, ask.stored(ending, entry.attempts()), known);
      if (!(then instanceof Then.Asks asks)
          || asks.ask().request().fingerprint().equals(ask.request().fingerprint())) {
        return null;
      }
      ask = asks.ask();
    }
  }
}
