package io.sluice.pipeline.plan;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.ModelTask;
import io.sluice.cost.Price;
import io.sluice.internal.plan.RowRequests;
import io.sluice.internal.plan.Steps;
import io.sluice.internal.plan.Targets;
import io.sluice.internal.plan.Targets.Rung;
import io.sluice.internal.plan.Targets.Target;
import io.sluice.internal.prepare.RequestBuilder;
import io.sluice.spi.PromptException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * How a job's calls and tokens are spread over the models that it asks: by its questions, whose
 * tokens are looked at in some documents. Not thread-safe.
 */
public final class ModelMix {
  private final Targets targets;
  private final RowRequests requests;
  private final List<List<Rung>> rungs = new ArrayList<>();
  private final double[] input;

  /**
   * A model's shares of all, from 0 to 1.
   *
   * @param output of the tokens of answers that are as long as they may be
   */
  public record Part(Target target, double calls, double input, double output) {}

  /** What tokens cost at a model; empty where that is not known. */
  public interface Cost {
    Optional<BigDecimal> of(Target target, long input, long output);
  }

  /**
   * @param task with the prices of other models in it
   * @param price of the task's own model; null where it is unknown
   */
  public ModelMix(ModelTask task, @Nullable Price price) {
    this.targets = Targets.of(task, price);
    this.requests = new RowRequests(task);
    for (int i = 0; i < Steps.tasks(task).size(); i++) {
      rungs.add(targets.rungs(i));
    }
    this.input = new double[rungs.size()];
  }

  /** Looks at a document; one that cannot be asked tells nothing. */
  public void add(ObjectNode document) {
    try {
      long[] tokens = requests.inputTokens(document);
      for (int i = 0; i < tokens.length; i++) {
        input[i] += tokens[i];
      }
    } catch (PromptException e) {
      // It costs nothing, too.
    }
  }

  /** Whether questions are asked of several models. */
  public boolean isMixed() {
    return parts().size() > 1;
  }

  /** The models that questions are asked first. */
  public List<Part> parts() {
    return parts(of -> List.of(of.get(0)));
  }

  /** The models that are asked where others have no answer, as if none had any. */
  public List<Part> fallbacks() {
    return parts(of -> of.subList(1, of.size()));
  }

  private interface Of {
    List<Rung> of(List<Rung> rungs);
  }

  private List<Part> parts(Of which) {
    List<Part> parts = new ArrayList<>();
    for (Target target : targets.all()) {
      int place = targets.all().indexOf(target);
      boolean[] asked = new boolean[rungs.size()];
      for (int i = 0; i < asked.length; i++) {
        asked[i] = which.of(rungs.get(i)).stream().anyMatch(rung -> rung.on().target() == place);
      }
      double calls = share(asked, i -> 1);
      if (calls > 0) {
        parts.add(new Part(target, calls, share(asked, i -> input[i]), share(asked, this::most)));
      }
    }
    return parts;
  }

  private static double share(boolean[] asked, ToDoubleFunction<Integer> weight) {
    double all = 0;
    double own = 0;
    int count = 0;
    for (int i = 0; i < asked.length; i++) {
      all += weight.applyAsDouble(i);
      own += asked[i] ? weight.applyAsDouble(i) : 0;
      count += asked[i] ? 1 : 0;
    }
    return count == asked.length ? 1 : all > 0 ? own / all : (double) count / asked.length;
  }

  private double most(int question) {
    Rung own = rungs.get(question).get(0);
    return new RequestBuilder(own.question())
        .mostOutputTokens(targets.get(own.on().target()).price())
        .orElse(0);
  }

  /** The tokens of all answers about a document at most; empty where nothing limits them. */
  public OptionalLong mostOutputTokens() {
    long sum = 0;
    for (List<Rung> each : rungs) {
      OptionalLong most =
          new RequestBuilder(each.get(0).question())
              .mostOutputTokens(targets.get(each.get(0).on().target()).price());
      if (most.isEmpty()) {
        return most;
      }
      sum += most.getAsLong();
    }
    return OptionalLong.of(sum);
  }

  /**
   * What tokens cost at some models together.
   *
   * @param inputTokens of all
   * @param outputTokens of all; null where they are not known
   * @return null where any cost is not known
   */
  public static @Nullable BigDecimal sum(
      List<Part> parts, long inputTokens, @Nullable Long outputTokens, Cost cost) {
    if (outputTokens == null) {
      return null;
    }
    BigDecimal sum = BigDecimal.ZERO;
    for (Part part : parts) {
      Optional<BigDecimal> own =
          cost.of(
              part.target(),
              Math.round(inputTokens * part.input()),
              Math.round(outputTokens * part.output()));
      if (own.isEmpty()) {
        return null;
      }
      sum = sum.add(own.get());
    }
    return sum;
  }
}
