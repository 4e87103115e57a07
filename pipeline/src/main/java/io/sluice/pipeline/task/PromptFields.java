package io.sluice.pipeline.task;

import io.sluice.LongInput;
import io.sluice.Merge;
import io.sluice.ModelTask;
import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.Prompt;
import io.sluice.ModelTask.TooLong;
import io.sluice.Step;
import io.sluice.cost.Price;
import io.sluice.cost.PriceTable;
import io.sluice.internal.plan.Steps;
import io.sluice.internal.prepare.RequestBuilder;
import io.sluice.internal.provider.Providers;
import io.sluice.spi.ModelProvider;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads a prompt, the task's or a step's. */
final class PromptFields {
  private static final List<String> OF_PARTS = List.of("split", "overlap", "merge");

  /** Counts for models without a public tokenizer may be a quarter too low. */
  private static final double UNCERTAINTY = 1.25;

  private PromptFields() {}

  /**
   * @param usual the user's template where none is given; null where one must be
   */
  static Prompt read(Section section, @Nullable String usual) {
    String system = section.text("system");
    String user =
        usual == null
            ? section.required("user", "a template such as \"{{text}}\"")
            : section.text("user", usual);
    TooLong tooLong = section.choice("tooLong", TooLong.class, TooLong.FAIL);
    long maxTokens = section.wholeNumber("maxTokens", 0);
    String field = section.text("split");
    int overlap = overlap(section);
    Merge merge = merge(section);
    if (tooLong != TooLong.SPLIT) {
      for (String name : OF_PARTS) {
        if (section.has(name) && !(name.equals("split") && tooLong == TooLong.CUT)) {
          section.problem(name, "belongs to tooLong: split");
        }
      }
      merge = Merge.LIST;
    }
    section.close();
    return new Prompt(system, user, tooLong, new LongInput(maxTokens, field, overlap, merge));
  }

  private static int overlap(Section section) {
    String value = section.text("overlap");
    if (value == null) {
      return LongInput.USUAL.overlap();
    }
    if (value.matches("\\d{1,6}")) {
      return Integer.parseInt(value);
    }
    section.problem("overlap", "expected a number of tokens from 0, got \"" + value + "\"");
    return 0;
  }

  private static Merge merge(Section section) {
    if (section.isMapping("merge")) {
      Section own = section.section("merge");
      String system = own.text("system");
      String prompt = own.required("prompt", "a template with {{parts}}");
      own.close();
      return Merge.ofPrompt(system, prompt);
    }
    String value = section.text("merge", "list");
    return switch (value) {
      case "list" -> Merge.LIST;
      case "first" -> Merge.FIRST;
      case "vote" -> Merge.VOTE;
      default -> {
        if (!value.contains("{{")) {
          section.problem(
              "merge",
              "expected list, first, vote, or a prompt with {{parts}}, got \"" + value + "\"");
          yield Merge.LIST;
        }
        yield Merge.ofPrompt(null, value);
      }
    };
  }

  /**
   * The task with the limits that are known of its model, where it says what becomes of what is
   * longer and not from which length on.
   */
  static ModelTask limited(ModelTask task) {
    if (task.operation() != Operation.CHAT) {
      return task;
    }
    if (task.steps().isEmpty()) {
      return task.withPrompt(limited(task, task.prompt()));
    }
    List<ModelTask> questions = Steps.questions(task);
    Step[] steps = new Step[questions.size()];
    for (int i = 0; i < steps.length; i++) {
      Prompt prompt = limited(questions.get(i), questions.get(i).prompt());
      steps[i] = task.steps().get(i).withPrompt(prompt);
    }
    return task.withPrompt(steps[0].prompt()).withSteps(steps);
  }

  private static Prompt limited(ModelTask question, Prompt prompt) {
    LongInput limit = prompt.limit();
    if (prompt.tooLong() == TooLong.FAIL || limit.maxTokens() > 0) {
      return prompt;
    }
    ModelProvider asked = Providers.of(question);
    Optional<Price> listed =
        PriceTable.builtin().find(asked.priceList(question.provider()), question.model());
    Long context = listed.isEmpty() ? null : listed.get().contextTokens();
    long room = context == null ? 0 : context - answer(question, prompt);
    double known = asked.tokens(question.model()).exact() ? room : room / UNCERTAINTY;
    return room < 1
        ? prompt
        : new Prompt(
            prompt.system(),
            prompt.user(),
            prompt.tooLong(),
            new LongInput((long) known, limit.field(), limit.overlap(), limit.merge()));
  }

  private static long answer(ModelTask question, Prompt prompt) {
    try {
      return new RequestBuilder(question.withPrompt(new Prompt(prompt.system(), prompt.user())))
          .maxOutputTokens();
    } catch (IllegalArgumentException e) {
      // Told where the task is checked.
      return 0;
    }
  }
}
