package io.sluice.internal.plan;

import io.sluice.Fallback.Other;
import io.sluice.ModelTask;
import io.sluice.ModelTask.Delivery;
import io.sluice.ModelTask.KeyQuota;
import io.sluice.ModelTask.KeySource;
import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.Provider;
import io.sluice.ModelTask.Quota;
import io.sluice.Step;
import io.sluice.cost.Price;
import io.sluice.internal.plan.Ask.On;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The models that a task asks: its own first, then those of its steps, then those of its fallback,
 * each once, whoever asks it. Immutable and thread-safe.
 */
public final class Targets {

  /**
   * A model that is asked.
   *
   * @param task as if the task asked this model alone, with its limits
   * @param price null where it is unknown
   * @param name tells it from the others: the model's, and the provider's kind where that does not
   */
  public record Target(ModelTask task, @Nullable Price price, String name) {}

  /**
   * A model in the order in which a question is asked of several.
   *
   * @param question as a task of its own to that model
   */
  public record Rung(On on, ModelTask question) {}

  private final List<Target> targets = new ArrayList<>();
  private final List<List<Rung>> rungs = new ArrayList<>();

  private Targets() {}

  /**
   * @param price of the task's own model; null where it is unknown
   */
  public static Targets of(ModelTask task, @Nullable Price price) {
    Targets made = new Targets();
    made.add(task.withQuota(quota(task.quota(), task.model())), price);
    for (Step step : task.steps()) {
      if (step.model() != null) {
        ModelTask own = task.withModel(step.model());
        made.add(own.withQuota(quota(task.quota(), step.model())), step.price());
      }
    }
    for (Other other : task.fallback().models()) {
      // Batches of another provider's take a day; a document that has failed has waited already.
      made.add(
          asking(task, other).withQuota(quota(task, other)).withDelivery(Delivery.REALTIME),
          other.price());
    }
    made.name();
    for (ModelTask question : Steps.tasks(task)) {
      made.rungs.add(made.rungs(question));
    }
    return made;
  }

  private void add(ModelTask task, @Nullable Price price) {
    int known = indexOf(task);
    if (known < 0) {
      targets.add(new Target(task, price, ""));
    } else if (targets.get(known).price() == null) {
      targets.set(known, new Target(targets.get(known).task(), price, ""));
    }
  }

  /** Names that stay the same when models are added to a task: state goes by them. */
  private void name() {
    Map<String, Integer> seen = new HashMap<>();
    for (int i = 0; i < targets.size(); i++) {
      Target target = targets.get(i);
      String model = target.task().model();
      boolean isAlone = seen.merge(model, 1, Integer::sum) == 1;
      String name = isAlone ? model : model + " of " + target.task().provider().kind();
      int same = isAlone ? 1 : seen.merge(name, 1, Integer::sum);
      String whole = same == 1 ? name : name + " (" + same + ")";
      targets.set(i, new Target(target.task(), target.price(), whole));
    }
  }

  private List<Rung> rungs(ModelTask question) {
    List<Rung> all = new ArrayList<>();
    Set<Integer> seen = new LinkedHashSet<>();
    int own = indexOf(question);
    seen.add(own);
    all.add(new Rung(new On(own, 0, ""), question));
    int place = 0;
    for (Other other : question.fallback().models()) {
      place++;
      ModelTask next = asking(question, other);
      int target = indexOf(next);
      if (seen.add(target)) {
        all.add(new Rung(new On(target, place, next.provider().kind()), next));
      }
    }
    return List.copyOf(all);
  }

  private int indexOf(ModelTask task) {
    for (int i = 0; i < targets.size(); i++) {
      ModelTask known = targets.get(i).task();
      if (known.model().equals(task.model()) && known.provider().equals(task.provider())) {
        return i;
      }
    }
    return -1;
  }

  private static ModelTask asking(ModelTask question, Other other) {
    Provider provider = other.provider();
    String parameters = other.parameters();
    ModelTask asked = question.withModel(other.model());
    asked = provider == null ? asked : asked.withProvider(provider);
    return parameters == null ? asked : asked.withParameters(parameters);
  }

  /** Keys of the task's are of its provider. */
  private static Quota quota(ModelTask task, Other other) {
    Quota own = other.quota();
    Quota all = own == null ? task.quota() : own;
    Quota of = quota(all, other.model());
    return own == null && other.provider() != null
        ? new Quota(
            of.requestsPerMinute(), of.tokensPerMinute(), of.maxConcurrent(), of.burst(), Map.of())
        : of;
  }

  /**
   * The limits at a model. A key that has the task's limit of a kind has the model's; one with a
   * limit of its own has the smaller of the two.
   */
  private static Quota quota(Quota all, String model) {
    KeyQuota own = all.models().get(model);
    if (own == null) {
      return all.models().isEmpty()
          ? all
          : new Quota(
              all.requestsPerMinute(),
              all.tokensPerMinute(),
              all.maxConcurrent(),
              all.burst(),
              all.keys());
    }
    Map<String, KeyQuota> keys = new HashMap<>();
    all.keys()
        .forEach(
            (name, key) ->
                keys.put(
                    name,
                    new KeyQuota(
                        of(
                            key.requestsPerMinute(),
                            all.requestsPerMinute(),
                            own.requestsPerMinute()),
                        of(key.tokensPerMinute(), all.tokensPerMinute(), own.tokensPerMinute()),
                        (int) of(key.maxConcurrent(), all.maxConcurrent(), own.maxConcurrent()),
                        key.key())));
    return new Quota(
        own.requestsPerMinute(), own.tokensPerMinute(), own.maxConcurrent(), all.burst(), keys);
  }

  private static long of(long key, long task, long model) {
    return key == task ? model : Math.min(key, model);
  }

  /** How many models are asked; 1 or more. */
  public int size() {
    return targets.size();
  }

  /** The task's own model is the first. */
  public Target get(int target) {
    return targets.get(target);
  }

  public List<Target> all() {
    return List.copyOf(targets);
  }

  /** Whom a question is asked, one after the other; the first is the question's own. */
  public List<Rung> rungs(int step) {
    return rungs.get(step);
  }

  /** The first model of the fallback at which a quota key is no account; null for none. */
  public @Nullable String unknownAt(String key) {
    Set<String> keys = targets.get(0).task().quota().keys().keySet();
    return targets.stream()
        .filter(target -> keys.contains(key))
        .filter(target -> !target.task().quota().keys().containsKey(key))
        .map(Target::name)
        .findFirst()
        .orElse(null);
  }

  /** The target of a name, as ledgers and states have it; the task's own where there is none. */
  public Target named(String name) {
    return targets.stream()
        .skip(1)
        .filter(target -> target.name().equals(name))
        .findFirst()
        .orElse(targets.get(0));
  }

  /** As {@link #questions(int)}. */
  public List<ModelTask> questions(Target target) {
    return questions(targets.indexOf(target));
  }

  /** Each question to this model, of any rank. */
  public List<ModelTask> questions(int target) {
    List<ModelTask> questions = new ArrayList<>();
    for (List<Rung> each : rungs) {
      each.stream()
          .filter(rung -> rung.on().target() == target)
          .forEach(r -> questions.add(r.question()));
    }
    return questions;
  }

  /**
   * Whether a document's account at another provider may be another document's too, whose own are
   * two: then one worker has to serve both.
   */
  public boolean mergesAccounts() {
    Set<String> keys = targets.get(0).task().quota().keys().keySet();
    return targets.stream().anyMatch(target -> !target.task().quota().keys().keySet().equals(keys));
  }

  // ---- what is wrong ----------------------------------------------------------------------------

  /** Where a problem with a fallback is, as a path in a task. */
  public static String path(int fallback) {
    return "fallback.models." + (fallback + 1);
  }

  /** What is wrong with the models of a task, each problem with its path; empty for nothing. */
  public static List<String> validate(ModelTask task) {
    List<String> problems = new ArrayList<>();
    List<Other> others = task.fallback().models();
    if (!others.isEmpty() && task.operation() != Operation.CHAT) {
      problems.add(
          "fallback cannot be used with operation embed: vectors of another model are of another"
              + " space, and often of another size; leave it out");
      return problems;
    }
    Set<List<Object>> seen = new LinkedHashSet<>();
    seen.add(List.of(task.model(), task.provider()));
    for (int i = 0; i < others.size(); i++) {
      Other other = others.get(i);
      Provider provider = other.provider() == null ? task.provider() : other.provider();
      if (other.model().isBlank()) {
        problems.add(path(i) + ".model is blank; expected the model's name");
      } else if (!seen.add(List.of(other.model(), provider))) {
        problems.add(
            path(i)
                + ".model is "
                + other.model()
                + (i > 0 && !other.model().equals(task.model())
                    ? ", which is asked before it already"
                    : ", the task's own model at the same provider")
                + "; name another model or another provider");
      }
    }
    if (!others.isEmpty() && task.fallback().on().isEmpty()) {
      problems.add("fallback.on is empty, so that no other model would ever be asked");
    }
    checkQuotas(task, problems);
    checkPrices(task, problems);
    return problems;
  }

  private static void checkQuotas(ModelTask task, List<String> problems) {
    Set<String> models = new LinkedHashSet<>();
    models.add(task.model());
    task.steps().stream().filter(s -> s.model() != null).forEach(s -> models.add(s.model()));
    List<Other> others = task.fallback().models();
    for (int i = 0; i < others.size(); i++) {
      Quota own = others.get(i).quota();
      if (own == null) {
        models.add(others.get(i).model());
      } else {
        checkNames(path(i) + ".quota", own, Set.of(others.get(i).model()), problems);
      }
    }
    checkNames("quota", task.quota(), models, problems);
  }

  private static void checkNames(
      String path, Quota quota, Set<String> models, List<String> problems) {
    for (Map.Entry<String, KeyQuota> each : quota.models().entrySet()) {
      String name = path + ".models." + each.getKey();
      if (!models.contains(each.getKey())) {
        problems.add(name + " is none of the models that are asked: " + String.join(", ", models));
      }
      if (!each.getValue().key().equals(KeySource.NONE)) {
        problems.add(name + " has an API key; keys belong to quota.keys or provider");
      }
    }
  }

  private static void checkPrices(ModelTask task, List<String> problems) {
    Map<String, Price> known = new HashMap<>();
    for (int i = 0; i < task.steps().size(); i++) {
      Step step = task.steps().get(i);
      Price price = step.price();
      String model = step.model();
      if (price == null) {
        continue;
      }
      if (model == null || model.equals(task.model())) {
        problems.add(
            Steps.path(i)
                + ".price belongs to a step with a model of its own; that of the task's"
                + " model is price");
      } else if (!known.merge(model, price, (one, other) -> one).equals(price)) {
        problems.add(
            Steps.path(i) + ".price is not that of the step before it with the same model");
      }
    }
  }

  /** Whether any other model than the task's is asked. */
  public static boolean areSeveral(ModelTask task) {
    return !task.fallback().isNone()
        || task.steps().stream()
            .anyMatch(s -> s.model() != null && !s.model().equals(task.model()));
  }
}
