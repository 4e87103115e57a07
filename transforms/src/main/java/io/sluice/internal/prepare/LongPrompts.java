package io.sluice.internal.prepare;

import io.sluice.LongInput;
import io.sluice.Merge;
import io.sluice.ModelTask;
import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.OutputType;
import io.sluice.ModelTask.Prompt;
import io.sluice.ModelTask.TooLong;
import io.sluice.internal.provider.Providers;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Finds what is wrong with what a task says of documents that are too long. */
final class LongPrompts {
  /** As {@code io.sluice.internal.plan.Merging} has it. */
  private static final String PARTS = "parts";

  private LongPrompts() {}

  /** Each problem with the path of its field; none for a task whose templates cannot be read. */
  static List<String> problems(ModelTask task) {
    Prompt prompt = task.prompt();
    LongInput input = prompt.limit();
    List<String> problems = new ArrayList<>();
    if (input.maxTokens() < 0) {
      problems.add("prompt.maxTokens is " + input.maxTokens() + "; expected 1 or more");
    }
    if (input.overlap() < 0) {
      problems.add("prompt.overlap is " + input.overlap() + "; expected 0 or more");
    }
    String field = input.field();
    if (field != null && !names(prompt).contains(field)) {
      problems.add(
          "prompt.split is \""
              + field
              + "\", which the prompt does not use; it uses "
              + String.join(", ", names(prompt)));
    }
    if (prompt.tooLong() != TooLong.SPLIT) {
      if (!input.merge().equals(Merge.LIST)) {
        problems.add("prompt.merge belongs to prompt.tooLong: split");
      }
      return problems;
    }
    long limit =
        RequestBuilder.limit(
            task,
            Providers.of(task)
                .requests(task, CanonicalJson.parseObject("parameters", task.parameters())));
    if (limit == Long.MAX_VALUE) {
      problems.add(
          "prompt.tooLong: split needs prompt.maxTokens, the input tokens that a request may have:"
              + " the model's context without the answer's max_tokens");
    } else {
      checkRoom(task, limit, problems);
    }
    checkMerge(task, problems);
    return problems;
  }

  private static Set<String> names(Prompt prompt) {
    Set<String> names = new LinkedHashSet<>(new PromptTemplate("user", prompt.user()).names());
    String system = prompt.system();
    if (system != null) {
      names.addAll(new PromptTemplate("system", system).names());
    }
    return names;
  }

  /** A part has at least as much of its own as of the one before. */
  private static void checkRoom(ModelTask task, long limit, List<String> problems) {
    Prompt prompt = task.prompt();
    long words =
        task.operation() == Operation.EMBED
            ? Providers.of(task).tokens(task.model()).count(prompt.user())
            : Providers.of(task).tokens(task.model()).chatTokens(prompt.system(), prompt.user());
    long least = Math.max(LongPrompt.LEAST_ROOM, 2L * prompt.limit().overlap());
    if (limit - words < least) {
      problems.add(
          "prompt.maxTokens leaves no room for parts: of "
              + limit
              + " tokens the prompt's own words take about "
              + words
              + ", and a part of a document needs "
              + least
              + ", twice prompt.overlap; raise the one, or lower the other");
    }
  }

  private static void checkMerge(ModelTask task, List<String> problems) {
    Merge merge = task.prompt().limit().merge();
    if (task.operation() == Operation.EMBED && merge.how() != Merge.How.LIST) {
      problems.add("prompt.merge: vectors are a list; leave it out");
      return;
    }
    if (merge.how() == Merge.How.VOTE && task.output().type() != OutputType.LABEL) {
      problems.add("prompt.merge: vote needs labels (output.type: label)");
    }
    String user = merge.user();
    if (merge.how() != Merge.How.PROMPT || user == null) {
      return;
    }
    try {
      if (!names(new Prompt(merge.system(), user)).contains(PARTS)) {
        problems.add(
            "prompt.merge has no {{parts}}, where the answers to the parts are to stand; write it"
                + " in, or say list, first or vote");
      }
    } catch (IllegalArgumentException e) {
      problems.add("prompt.merge: " + e.getMessage());
    }
  }
}
