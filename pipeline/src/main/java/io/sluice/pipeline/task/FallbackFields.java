package io.sluice.pipeline.task;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.Fallback;
import io.sluice.Fallback.Cause;
import io.sluice.Fallback.Other;
import io.sluice.ModelTask;
import io.sluice.ModelTask.Provider;
import io.sluice.ModelTask.Quota;
import io.sluice.internal.plan.Steps;
import io.sluice.internal.plan.Targets;
import io.sluice.internal.prepare.RequestBuilder;
import io.sluice.pipeline.flags.NearestName;
import io.sluice.spi.ModelProvider;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** Reads the task file's {@code fallback}: a list of models, or such a list and for what. */
final class FallbackFields {
  /** Where its models are, however it is written. */
  private static final String MODELS = "fallback.models";

  private FallbackFields() {}

  /**
   * @param asked the task's provider
   */
  static Fallback read(Section root, ModelProvider asked) {
    if (root.isList("fallback")) {
      return of(root.sections("fallback", MODELS, "model"), EnumSet.allOf(Cause.class), asked);
    }
    Section section = root.section("fallback");
    List<Section> models = section.sections("models", MODELS, "model");
    Set<Cause> on = on(section);
    section.close();
    if (root.has("fallback") && models.isEmpty()) {
      section.problem("models", "is missing; expected a list of models, such as [gpt-4o]");
    }
    return models.isEmpty() ? Fallback.NONE : of(models, on, asked);
  }

  private static Set<Cause> on(Section section) {
    List<String> words = section.texts("on");
    if (!section.has("on")) {
      return EnumSet.allOf(Cause.class);
    }
    List<String> known = Stream.of(Cause.values()).map(Cause::code).toList();
    Set<Cause> on = EnumSet.noneOf(Cause.class);
    for (String word : words) {
      int at = known.indexOf(word);
      if (at >= 0) {
        on.add(Cause.values()[at]);
      } else {
        section.problem(
            "on",
            "expected some of "
                + String.join(", ", known)
                + ", got \""
                + word
                + "\""
                + NearestName.of(word, new HashSet<>(known))
                    .map(name -> "; did you mean " + name + "?")
                    .orElse(""));
      }
    }
    // What is wrong is told already.
    return on.isEmpty() && !words.isEmpty() ? EnumSet.allOf(Cause.class) : on;
  }

  private static Fallback of(List<Section> sections, Set<Cause> on, ModelProvider asked) {
    List<Other> others = new ArrayList<>();
    for (Section section : sections) {
      others.add(other(section, asked));
    }
    return new Fallback(others, on);
  }

  private static Other other(Section section, ModelProvider taskAsks) {
    boolean isElsewhere = section.has("provider");
    Section providerSection = section.section("provider");
    ModelProvider asked =
        isElsewhere ? ProviderFields.asked(providerSection, taskAsks.kind()) : taskAsks;
    Section quotaSection = section.section("quota");
    Provider provider = null;
    if (isElsewhere) {
      OwnFields own = new OwnFields(asked);
      own.read(quotaSection, "quota");
      provider = ProviderFields.read(providerSection, asked, own);
    }
    Map<String, BigDecimal> budgets = new HashMap<>();
    Quota quota = QuotaFields.read(quotaSection, budgets);
    for (String key : budgets.keySet()) {
      section.problem(
          "quota",
          "keys." + key + ".budgetUsd belongs to the task's quota: it is one for all models");
    }
    String usual = asked.defaults().model();
    String model =
        usual == null
            ? section.required("model", "the model's name")
            : section.text("model", usual);
    ObjectNode parameters = section.json("parameters");
    Other other =
        new Other(
            model,
            provider,
            section.has("quota") ? quota : null,
            PriceFields.read(section, asked),
            parameters == null ? null : parameters.toString());
    section.close();
    return other;
  }

  /** What is wrong with the models of a task that is read. */
  static void check(ModelTask task, Problems problems) {
    Targets.validate(task).forEach(problems::addWhereNamed);
    if (!Targets.areSeveral(task)) {
      return;
    }
    Targets targets = Targets.of(task, null);
    for (int step = 0; step < Steps.tasks(task).size(); step++) {
      Set<String> own = new HashSet<>();
      for (Targets.Rung rung : targets.rungs(step)) {
        List<String> found = RequestBuilder.validate(rung.question());
        if (rung.on().fallback() == 0) {
          own.addAll(found);
        } else {
          // What is wrong with the question itself is told of the question.
          found.stream()
              .filter(problem -> !own.contains(problem))
              .forEach(
                  problem ->
                      problems.addWhereNamed(withPlace(task, rung.on().fallback() - 1, problem)));
        }
      }
    }
  }

  private static String withPlace(ModelTask task, int index, String problem) {
    String path = Targets.path(index);
    boolean isTheTasks =
        problem.startsWith("parameters.")
            && task.fallback().models().get(index).parameters() == null;
    return path
        + ": "
        + problem
        + (isTheTasks ? "; it has the task's parameters: give it parameters of its own" : "");
  }
}
