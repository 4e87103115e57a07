package io.sluice;

import io.sluice.ModelTask.Output;
import io.sluice.ModelTask.Prompt;
import io.sluice.cost.Price;
import java.io.Serializable;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

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
 * @param model of the task's provider, which is asked in place of the task's; null for that one
 * @param price of its own model; null where it is unknown, or the model is the task's
 */
public record Step(
    String name,
    Prompt prompt,
    Output output,
    String parameters,
    Map<String, List<String>> when,
    @Nullable String model,
    @Nullable Price price)
    implements Serializable {
  public Step {
    Map<String, List<String>> copy = new LinkedHashMap<>();
    when.forEach((step, labels) -> copy.put(step, List.copyOf(labels)));
    when = Collections.unmodifiableMap(copy);
  }

  /** A step that the task's model is asked. */
  public Step(
      String name,
      Prompt prompt,
      Output output,
      String parameters,
      Map<String, List<String>> when) {
    this(name, prompt, output, parameters, when, null, null);
  }

  /** A step that is always asked, with the task's parameters. */
  public Step(String name, Prompt prompt, Output output) {
    this(name, prompt, output, "{}", Map.of());
  }

  /** The same with another prompt. */
  public Step withPrompt(Prompt value) {
    return new Step(name, value, output, parameters, when, model, price);
  }

  /** The same, asked only where another step has answered one of some labels. */
  public Step when(String step, String... labels) {
    Map<String, List<String>> all = new LinkedHashMap<>(when);
    all.put(step, List.of(labels));
    return new Step(name, prompt, output, parameters, all, model, price);
  }

  /** The same, asked of another model of the task's provider. */
  public Step withModel(String value) {
    return new Step(name, prompt, output, parameters, when, value, price);
  }

  /** The same with the price of its own model. */
  public Step withPrice(@Nullable Price value) {
    return new Step(name, prompt, output, parameters, when, model, value);
  }
}
