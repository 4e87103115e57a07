package io.sluice.internal.plan;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.Fallback.Cause;
import io.sluice.ModelTask;
import io.sluice.ModelTask.Operation;
import io.sluice.cost.Price;
import io.sluice.internal.plan.Ask.Follows;
import io.sluice.internal.plan.Ask.On;
import io.sluice.internal.prepare.RequestBuilder;
import io.sluice.internal.provider.Providers;
import io.sluice.spi.PromptException;
import io.sluice.spi.Request;
import io.sluice.spi.RequestWriter.Misfit;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a task does with a row. Pure and thread-safe.
 *
 * <p>A document is asked about. An answer that does not fit is asked again with that answer and the
 * validator's words, and so on with each answer, up to {@code retry.maxAttempts} requests a run; an
 * answer that was cut by its cap is asked for once more with a larger one. Where a model has no
 * answer in the end, the next is asked from the first prompt on. An ask is known by what it depends
 * on: the prompt, the cap, and the answer that did not fit. The validator's words are not among
 * that, as the schema and the labels are not: an answer that was paid for is judged anew when they
 * change.
 */
public final class Plan {
  /** Endings that a ledger has of one row's asks, one after the other; it is some circle beyond. */
  private static final int MOST_HOPS = 100;

  /** One of the models that are asked, one after the other. */
  private record Rung(On on, RequestBuilder requests, @Nullable RequestBuilder larger) {}

  private final int step;
  private final boolean corrects;
  private final List<Rung> rungs = new ArrayList<>();
  private final Set<Cause> causes;
  private final Instruction instruction;

  /**
   * @param price with the model's own limit on answers; null where it is not known
   * @throws IllegalArgumentException where the task cannot be used
   */
  public Plan(ModelTask task, @Nullable Price price) {
    this(Targets.of(task, price), 0);
  }

  private Plan(Targets targets, int step) {
    ModelTask own = targets.rungs(step).get(0).question();
    boolean chats = own.operation() == Operation.CHAT && !Providers.of(own).runsInProcess();
    this.step = step;
    this.corrects = chats && own.retry().withReason();
    this.causes = own.fallback().on();
    this.instruction = new Instruction(own.output());
    for (Targets.Rung each : targets.rungs(step)) {
      RequestBuilder requests = new RequestBuilder(each.question());
      Price price = targets.get(each.on().target()).price();
      rungs.add(
          new Rung(
              each.on(),
              requests,
              corrects ? LargerCap.of(each.question(), requests, price) : null));
    }
  }

  /**
   * The plans of a task's questions, by step.
   *
   * @param price of the task's own model; null where it is not known
   * @throws IllegalArgumentException where the task cannot be used
   */
  public static List<Plan> of(ModelTask task, @Nullable Price price) {
    Targets targets = Targets.of(task, price);
    List<Plan> plans = new ArrayList<>();
    for (int i = 0; i < Steps.tasks(task).size(); i++) {
      plans.add(new Plan(targets, i));
    }
    return plans;
  }

  /** Whether anything may follow a first ask. */
  public boolean isPlain() {
    return !corrects && rungs.size() == 1;
  }

  /** The first ask about a document, whose request is there already. */
  public Ask first(Request request) {
    Rung own = rungs.get(0);
    return new Ask(
        step,
        request.fingerprint(),
        request,
        null,
        false,
        0,
        0,
        0,
        follows(own, false),
        false,
        null,
        own.on());
  }

  private Follows follows(Rung rung, boolean isLarger) {
    boolean isLast = rung == rungs.get(rungs.size() - 1);
    return new Follows(corrects, rung.larger() != null && !isLarger, !isLast);
  }

  private int rung(Ask ask) {
    for (int i = 0; i < rungs.size(); i++) {
      if (rungs.get(i).on().target() == ask.target()) {
        return i;
      }
    }
    throw new IllegalStateException("An ask is of a plan's own model");
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
    return elsewhere(document, last);
  }

  private Ask follow(Ended last, ObjectNode document, @Nullable Misfit misfit, boolean isLarger) {
    Ask ask = last.ask();
    Rung rung = rungs.get(rung(ask));
    RequestBuilder larger = rung.larger();
    RequestBuilder builder = isLarger && larger != null ? larger : rung.requests();
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
        follows(rung, isLarger),
        false,
        null,
        rung.on());
  }

  /** The first ask to the next model, where the task asks it after such an end. */
  private Then elsewhere(ObjectNode document, Ended last) {
    Ask ask = last.ask();
    Cause cause = last.ending().toFallback();
    if (cause == null || !causes.contains(cause)) {
      return Then.DEAD;
    }
    for (Rung next : rungs.subList(rung(ask) + 1, rungs.size())) {
      try {
        return new Then.Asks(
            new Ask(
                step,
                ask.first(),
                next.requests().build(document),
                null,
                false,
                ask.hops() + 1,
                0,
                last.sent(),
                follows(next, false),
                false,
                null,
                next.on()));
      } catch (PromptException e) {
        // Another may take it.
      }
    }
    return Then.DEAD;
  }

  /** What a ledger has of a request. */
  public interface Known {
    /** Whether it has any end of it. */
    boolean has(Request request);

    /** Whether it has an answer to it. */
    boolean isAnswered(Request request);
  }

  /**
   * As {@link #after}, for an end that a ledger has. What was asked then is followed; where nothing
   * is known to have followed, another model is not asked because the provider was away then, or
   * because of an answer that the same model may better.
   */
  public Then replayed(ObjectNode document, Ended last, Known ledger) {
    Then then = after(document, last);
    if (!(then instanceof Then.Asks asks)) {
      return then;
    }
    boolean isElsewhere = asks.ask().target() != last.ask().target();
    if (isElsewhere) {
      Cause cause = last.ending().toFallback();
      boolean stands = cause != null && cause.isOfTheDocument();
      return stands || ledger.isAnswered(asks.ask().request()) ? then : Then.DEAD;
    }
    if (!ledger.has(asks.ask().request())
        && elsewhere(document, last) instanceof Then.Asks other
        && ledger.isAnswered(other.ask().request())) {
      return other;
    }
    return then;
  }
}
