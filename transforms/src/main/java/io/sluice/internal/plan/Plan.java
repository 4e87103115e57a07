package io.sluice.internal.plan;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.ModelTask;
import io.sluice.ModelTask.Operation;
import io.sluice.cost.Price;
import io.sluice.internal.plan.Ask.Follows;
import io.sluice.internal.prepare.RequestBuilder;
import io.sluice.internal.provider.Providers;
import io.sluice.spi.PromptException;
import io.sluice.spi.Request;
import io.sluice.spi.RequestWriter.Misfit;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a task does with a row. Pure and thread-safe.
 *
 * <p>A document is asked about. An answer that does not fit is asked again with that answer and the
 * validator's words, and so on with each answer, up to {@code retry.maxAttempts} requests a run; an
 * answer that was cut by its cap is asked for once more with a larger one. An ask is known by what
 * it depends on: the prompt, the cap, and the answer that did not fit. The validator's words are
 * not among that, as the schema and the labels are not: an answer that was paid for is judged anew
 * when they change.
 */
public final class Plan {
  /** Endings that a ledger has of one row's asks, one after the other; it is some circle beyond. */
  private static final int MOST_HOPS = 100;

  private final int step;
  private final boolean corrects;
  private final RequestBuilder requests;
  private final @Nullable RequestBuilder larger;
  private final Instruction instruction;

  /**
   * @param price with the model's own limit on answers; null where it is not known
   * @throws IllegalArgumentException where the task cannot be used
   */
  public Plan(ModelTask task, @Nullable Price price) {
    this(task, 0, price);
  }

  private Plan(ModelTask task, int step, @Nullable Price price) {
    this.step = step;
    boolean chats = task.operation() == Operation.CHAT && !Providers.of(task).runsInProcess();
    this.corrects = chats && task.retry().withReason();
    this.requests = new RequestBuilder(task);
    this.larger = corrects ? LargerCap.of(task, requests, price) : null;
    this.instruction = new Instruction(task.output());
  }

  /**
   * The plans of a task's questions, by step.
   *
   * @throws IllegalArgumentException where the task cannot be used
   */
  public static List<Plan> of(ModelTask task, @Nullable Price price) {
    List<Plan> plans = new ArrayList<>();
    for (ModelTask question : Steps.tasks(task)) {
      plans.add(new Plan(question, plans.size(), price));
    }
    return plans;
  }

  /** Whether anything may follow a first ask. */
  public boolean isPlain() {
    return !corrects;
  }

  /** The first ask about a document, whose request is there already. */
  public Ask first(Request request) {
    Follows follows = new Follows(corrects, larger != null);
    return new Ask(
        step, request.fingerprint(), request, null, false, 0, 0, 0, follows, false, null);
  }

  /**
   * What follows an ask that brought no answer that fits.
   *
   * @param document its fields
   */
  public Then after(ObjectNode document, Ended last) {
    Ask ask = last.ask();
    if (ask.hops() >= MOST_HOPS) {
      return Then.DEAD;
    }
    try {
      if (last.ending() instanceof Ending.Misfit misfit && ask.follows().misfit()) {
        Misfit told = new Misfit(misfit.answer(), instruction.after(misfit.reason()));
        return new Then.Asks(follow(last, document, told, ask.isLarger()));
      }
      if (last.ending() instanceof Ending.Cut && ask.follows().cut()) {
        return new Then.Asks(follow(last, document, ask.misfit(), true));
      }
    } catch (PromptException e) {
      return Then.DEAD;
    }
    return Then.DEAD;
  }

  private Ask follow(Ended last, ObjectNode document, @Nullable Misfit misfit, boolean isLarger) {
    Ask ask = last.ask();
    RequestBuilder builder = isLarger && larger != null ? larger : requests;
    Request request = misfit == null ? builder.build(document) : builder.build(document, misfit);
    return new Ask(
        step,
        ask.first(),
        request,
        misfit,
        isLarger,
        ask.hops() + 1,
        last.attempts(),
        last.sent(),
        new Follows(corrects, larger != null && !isLarger),
        false,
        null);
  }
}
