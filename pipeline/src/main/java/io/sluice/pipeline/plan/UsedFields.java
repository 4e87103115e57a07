package io.sluice.pipeline.plan;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.Merge;
import io.sluice.ModelTask;
import io.sluice.ModelTask.Prompt;
import io.sluice.ModelTask.TooLong;
import io.sluice.internal.plan.Merging;
import io.sluice.internal.plan.Steps;
import io.sluice.internal.prepare.PromptTemplate;
import io.sluice.spi.PromptException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A template of a task, which uses fields of documents. Thread-safe.
 *
 * @param path of its place in the task's file
 * @param given what documents have besides when it is used: answers of other steps, or to parts
 */
record UsedFields(String path, PromptTemplate template, List<String> given) {
  /**
   * Those of a task, which need not be valid: templates that cannot be used are left to who says
   * so.
   */
  static List<UsedFields> of(ModelTask task) {
    List<String> steps = task.steps().isEmpty() ? List.of() : List.of(Steps.FIELD);
    List<UsedFields> all = new ArrayList<>();
    int step = 0;
    for (ModelTask question : Steps.questions(task)) {
      String path = steps.isEmpty() ? "prompt" : Steps.path(step++) + ".prompt";
      Prompt prompt = question.prompt();
      add(all, path + ".system", prompt.system(), steps);
      add(all, path + ".user", prompt.user(), steps);
      if (prompt.tooLong() == TooLong.SPLIT) {
        Merge merge = prompt.limit().merge();
        List<String> given = new ArrayList<>(steps);
        given.add(Merging.FIELD);
        add(all, path + ".merge.system", merge.system(), given);
        add(all, path + ".merge", merge.user(), given);
      }
    }
    return all;
  }

  private static void add(
      List<UsedFields> all, String path, @Nullable String text, List<String> given) {
    if (text == null) {
      return;
    }
    try {
      all.add(new UsedFields(path, new PromptTemplate(path, text), List.copyOf(given)));
    } catch (IllegalArgumentException e) {
      // Told where templates are checked.
    }
  }

  /** What it uses and documents of these fields lack, in words; none where nothing is lacking. */
  List<String> lacking(Collection<String> fields) {
    return template.lacking(fields, given);
  }

  /** Whether a document has what it uses; where answers decide that, it has. */
  boolean fits(ObjectNode document) {
    ObjectNode fields = document.deepCopy();
    given.forEach(fields::putNull);
    try {
      template.render(fields);
      return true;
    } catch (PromptException e) {
      return false;
    }
  }
}
