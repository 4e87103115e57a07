package io.sluice;

import io.sluice.ModelTask.Output;
import io.sluice.ModelTask.Prompt;
import java.io.Serializable;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One of several questions about a document. Its prompt may use the document's fields and, as
 * {@code {{steps.NAME}}} and {@code {{steps.NAME.FIELD}}}, the answers of others, which are then
 * asked before it. Steps that do not need each other are asked side by side.
 *
 * @param name letters, digits, {@code _} and {@code -}
 * @param parameters those of this step, a JSON object as text: they take the place of the task's of
 *     the same name
 * @param when it is asked where each of these steps, by name, has answered one of these labels;
 *     empty for always. A step that is not asked is null in the output
 */
public record Step(
    String name, Prompt prompt, Output output, String parameters, Map<String, List<String>> when)
    implements Serializable {
  public Step {
    Map<String, List<String>> copy = new LinkedHashMap<>();
    when.forEach((step, labels) -> copy.put(step, List.copyOf(labels)));
    when = Collections.unmodifiableMap(copy);
  }

  /** A step that is always asked, with the task's parameters. */
  public Step(String name, Prompt prompt, Output output) {
    this(name, prompt, output, "{}", Map.of());
  }

  /** The same with another prompt. */
  public Step withPrompt(Prompt value) {
    return new Step(name, value, output, parameters, when);
  }

  /** The same, asked only where another step has answered one of some labels. */
  public Step when(String step, String... labels) {
    Map<String, List<String>> all = new LinkedHashMap<>(when);
    all.put(step, List.of(labels));
    return new Step(name, prompt, output, parameters, all);
  }
}
