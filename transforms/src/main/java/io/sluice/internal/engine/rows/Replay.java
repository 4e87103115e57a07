package io.sluice.internal.engine.rows;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.ModelTask;
import io.sluice.cost.Price;
import io.sluice.internal.engine.Job;
import io.sluice.internal.engine.StoredAnswers;
import io.sluice.internal.engine.StoredAnswers.Stored;
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
import java.util.Collections;
import java.util.List;
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
   */
  public record Link(Ask ask, @Nullable LedgerEntry entry) {}

  /**
   * How far a row's plan has come.
   *
   * @param links in the order of the plan
   * @param output the row's, as JSON text, where a run would ask nothing; null otherwise
   */
  public record Found(List<Link> links, @Nullable String output) {
    /** Whether a run would ask nothing. */
    public boolean isAnswered() {
      return output != null;
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
   * @param first the row's first request
   * @param document its fields
   */
  public Found of(Request first, ObjectNode document) {
    List<Link> links = new ArrayList<>();
    if (steps == null) {
      return new Found(links, answer(0, first, document, links));
    }
    List<@Nullable String> outputs = new ArrayList<>(Collections.nCopies(steps.size(), null));
    boolean[] seen = new boolean[steps.size()];
    boolean[] decided = new boolean[steps.size()];
    boolean isAnswered = true;
    for (boolean more = true; more; ) {
      more = false;
      for (int step : steps.ready(i -> decided[i])) {
        if (!seen[step]) {
          seen[step] = true;
          more = true;
          String output = null;
          boolean isAsked = steps.isAsked(step, outputs);
          if (isAsked) {
            output = ask(steps, step, first, document, outputs, links);
            outputs.set(step, output);
          }
          decided[step] = !isAsked || output != null;
          isAnswered &= decided[step];
        }
      }
    }
    return new Found(links, isAnswered ? steps.output(outputs) : null);
  }

  private @Nullable String ask(
      Steps steps,
      int step,
      Request first,
      ObjectNode document,
      List<@Nullable String> outputs,
      List<Link> links) {
    ObjectNode fields = steps.fields(step, document, outputs);
    try {
      Request request = step == steps.root() ? first : requests.get(step).build(fields);
      return answer(step, request, fields, links);
    } catch (PromptException e) {
      return null;
    }
  }

  /** The output of a step, perhaps of answers to parts of the document; null for none. */
  private @Nullable String answer(int step, Request first, ObjectNode fields, List<Link> links) {
    Merging merging = mergings.get(step);
    if (merging == null) {
      return follow(step, first, fields, links);
    }
    List<String> outputs = new ArrayList<>();
    try {
      List<Part> parts = requests.get(step).parts(fields);
      for (Part part : parts) {
        add(outputs, follow(step, part.request(), part.document(), links));
      }
      for (int asked = parts.size(); outputs.size() == asked; ) {
        Merging.Next next = merging.after(fields, outputs);
        if (!(next instanceof Merging.Next.Groups groups)) {
          return ((Merging.Next.Output) next).json();
        }
        List<String> before = outputs;
        outputs = new ArrayList<>();
        for (Merging.Group group : groups.groups()) {
          Request request = group.request();
          add(
              outputs,
              request == null
                  ? before.get(group.from())
                  : follow(merging.step(), request, group.document(), links));
        }
        asked = groups.groups().size();
      }
    } catch (PromptException e) {
      return null;
    }
    return null;
  }

  private static void add(List<String> outputs, @Nullable String output) {
    if (output != null) {
      outputs.add(output);
    }
  }

  /** The output of a step as the ledger has it; null for none. */
  private @Nullable String follow(int step, Request first, ObjectNode fields, List<Link> links) {
    Ask ask = plans.get(step).first(first);
    while (true) {
      LedgerEntry entry = ledger.apply(ask.request().fingerprint());
      links.add(new Link(ask, entry));
      Stored stored = StoredAnswers.judged(entry, judges.get(step));
      if (entry == null || stored == null) {
        return null;
      }
      if (stored.verdict() instanceof Verdict.Fits fits) {
        return fits.outputJson();
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
