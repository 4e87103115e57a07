package io.sluice.internal.plan;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.ModelTask;
import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.OutputType;
import io.sluice.Step;
import io.sluice.internal.prepare.CanonicalJson;
import io.sluice.internal.prepare.PromptTemplate;
import io.sluice.internal.text.ExactJson;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The questions that a task asks about a row, in the order in which they need each other. Pure and
 * thread-safe. A task of one question has one step without a name.
 *
 * <p>A step may be asked once every step is decided that it names, in its prompt or in {@code
 * when}. It is decided when it is answered, or when it is not asked because of {@code when}; then
 * it is null to those that name it.
 */
public final class Steps {
  /** The field of a document under which prompts find the answers of earlier steps. */
  public static final String FIELD = "steps";

  private final List<ModelTask> tasks;
  private final List<Step> steps;
  private final List<Set<Integer>> needs;

  /**
   * @throws IllegalArgumentException where {@link #validate} finds a problem
   */
  public Steps(ModelTask task) {
    List<String> problems = validate(task);
    if (!problems.isEmpty()) {
      throw new IllegalArgumentException(
          "Cannot ask the steps of task '" + task.name() + "': " + String.join("; ", problems));
    }
    this.steps = task.steps();
    this.tasks = questions(task);
    this.needs = new ArrayList<>();
    for (Step step : steps) {
      Set<Integer> indices = new LinkedHashSet<>();
      needs(step, new ArrayList<>()).forEach(name -> indices.add(index(steps, name)));
      needs.add(indices);
    }
  }

  /**
   * Each question as a task of its own; the task itself where it has one. Behind them are those
   * that merge the answers to parts of documents, in the order of their steps.
   */
  public static List<ModelTask> tasks(ModelTask task) {
    List<ModelTask> questions = questions(task);
    List<ModelTask> merges = Merging.tasks(questions);
    if (merges.isEmpty()) {
      return questions;
    }
    List<ModelTask> all = new ArrayList<>(questions);
    all.addAll(merges);
    return all;
  }

  /** As {@link #tasks}, without those that merge. */
  public static List<ModelTask> questions(ModelTask task) {
    if (task.steps().isEmpty()) {
      return List.of(task);
    }
    List<ModelTask> tasks = new ArrayList<>();
    for (Step step : task.steps()) {
      ObjectNode parameters = CanonicalJson.parseObject("parameters", task.parameters());
      CanonicalJson.parseObject("parameters", step.parameters())
          .properties()
          .forEach(own -> parameters.set(own.getKey(), own.getValue()));
      String model = step.model();
      tasks.add(
          task.withSteps()
              .withModel(model == null ? task.model() : model)
              .withPrompt(step.prompt())
              .withParameters(parameters.toString())
              .withOutput(step.output()));
    }
    return tasks;
  }

  /** Where a problem with a step is, as a path in a task. */
  public static String path(int step) {
    return "steps." + (step + 1);
  }

  /**
   * What is wrong with a task's steps, each problem with the step's path before it; empty where
   * nothing is, or there are none.
   */
  public static List<String> validate(ModelTask task) {
    List<Step> steps = task.steps();
    List<String> problems = new ArrayList<>();
    if (!steps.isEmpty() && task.operation() != Operation.CHAT) {
      problems.add(
          "steps cannot be used with operation embed; ask for vectors in a task of its own");
    }
    for (int i = 0; i < steps.size(); i++) {
      Step step = steps.get(i);
      String name = step.name();
      if (!name.matches("[A-Za-z0-9_-]+")) {
        problems.add(
            path(i)
                + ".name is \""
                + name
                + "\"; expected letters, digits, _ and -, such as topic");
      } else if (index(steps, name) < i) {
        problems.add(path(i) + ".name is \"" + name + "\", as that of another step");
      }
      for (String need : needs(step, problems)) {
        if (index(steps, need) < 0) {
          problems.add(
              path(i) + " uses steps." + need + ", which there is not; there are " + names(steps));
        }
      }
      checkWhen(steps, i, problems);
    }
    checkOrder(steps, problems);
    return problems;
  }

  private static void checkWhen(List<Step> steps, int i, List<String> problems) {
    for (Map.Entry<String, List<String>> condition : steps.get(i).when().entrySet()) {
      int other = index(steps, condition.getKey());
      if (other < 0) {
        continue;
      }
      String where = path(i) + ".when." + condition.getKey();
      if (steps.get(other).output().type() != OutputType.LABEL) {
        problems.add(
            where + ": step " + condition.getKey() + " has no labels (output.type: label)");
        continue;
      }
      List<String> labels = steps.get(other).output().labels();
      for (String label : condition.getValue()) {
        if (!labels.contains(label)) {
          problems.add(
              where
                  + " has \""
                  + label
                  + "\", which is none of its labels: "
                  + String.join(", ", labels));
        }
      }
      if (condition.getValue().isEmpty()) {
        problems.add(where + " has no label, so that the step would never be asked");
      }
    }
  }

  /** Only steps of a circle are told of it: who waits for one is well once that is gone. */
  private static void checkOrder(List<Step> steps, List<String> problems) {
    for (int i = 0; i < steps.size(); i++) {
      if (needsItself(steps, steps.get(i))) {
        problems.add(
            path(i)
                + " ("
                + steps.get(i).name()
                + ") needs steps that need it in turn, so that none of them can be asked first");
      }
    }
  }

  private static boolean needsItself(List<Step> steps, Step step) {
    Set<String> reached = new LinkedHashSet<>();
    Deque<Step> open = new ArrayDeque<>(List.of(step));
    while (!open.isEmpty()) {
      for (String need : needs(open.remove(), new ArrayList<>())) {
        int at = index(steps, need);
        if (at >= 0 && reached.add(need)) {
          open.add(steps.get(at));
        }
      }
    }
    return reached.contains(step.name());
  }

  private static String names(List<Step> steps) {
    return String.join(", ", steps.stream().map(Step::name).toList());
  }

  private static int index(List<Step> steps, String name) {
    for (int i = 0; i < steps.size(); i++) {
      if (steps.get(i).name().equals(name)) {
        return i;
      }
    }
    return -1;
  }

  /** The names of the steps that a step names. */
  private static Set<String> needs(Step step, List<String> problems) {
    Set<String> used = new LinkedHashSet<>(step.when().keySet());
    String system = step.prompt().system();
    for (String text :
        system == null
            ? new String[] {step.prompt().user()}
            : new String[] {system, step.prompt().user()}) {
      try {
        for (String name : new PromptTemplate("prompt", text).names()) {
          if (name.equals(FIELD)) {
            problems.add("a prompt uses {{steps}} as a whole; name a step, as in {{steps.NAME}}");
          } else if (name.startsWith(FIELD + ".")) {
            String rest = name.substring(FIELD.length() + 1);
            used.add(rest.contains(".") ? rest.substring(0, rest.indexOf('.')) : rest);
          }
        }
      } catch (IllegalArgumentException e) {
        // Told where templates are checked.
      }
    }
    return used;
  }

  /** The steps that a step uses. */
  public Set<Integer> needs(int step) {
    return Collections.unmodifiableSet(needs.get(step));
  }

  public int size() {
    return tasks.size();
  }

  public String name(int step) {
    return steps.get(step).name();
  }

  /** A step as a task of its own. */
  public ModelTask task(int step) {
    return tasks.get(step);
  }

  /** A step that needs no other: the first of them. */
  public int root() {
    for (int i = 0; i < needs.size(); i++) {
      if (needs.get(i).isEmpty()) {
        return i;
      }
    }
    throw new IllegalStateException("Steps that are valid begin somewhere");
  }

  /**
   * The steps that can be decided now.
   *
   * @param isDecided whether a step has its output, or is not asked
   */
  public List<Integer> ready(Predicate<Integer> isDecided) {
    List<Integer> ready = new ArrayList<>();
    for (int i = 0; i < needs.size(); i++) {
      if (!isDecided.test(i) && needs.get(i).stream().allMatch(isDecided)) {
        ready.add(i);
      }
    }
    return ready;
  }

  /**
   * Whether a step is asked of a row.
   *
   * @param outputs by step, as JSON text; null for those that were not asked
   */
  public boolean isAsked(int step, List<@Nullable String> outputs) {
    for (Map.Entry<String, List<String>> condition : steps.get(step).when().entrySet()) {
      String output = outputs.get(index(steps, condition.getKey()));
      JsonNode label = output == null ? null : read(output);
      if (label == null || !condition.getValue().contains(label.asText())) {
        return false;
      }
    }
    return true;
  }

  /** A document as a step's prompt sees it: its fields, and the answers that it needs. */
  public ObjectNode fields(int step, ObjectNode document, List<@Nullable String> outputs) {
    if (needs.get(step).isEmpty()) {
      return document;
    }
    ObjectNode fields = document.deepCopy();
    ObjectNode answers = fields.putObject(FIELD);
    for (int need : needs.get(step)) {
      String output = outputs.get(need);
      answers.set(name(need), output == null ? JsonNodeFactory.instance.nullNode() : read(output));
    }
    return fields;
  }

  /** The row's output: an object by step, null where a step was not asked. */
  public String output(List<@Nullable String> outputs) {
    StringBuilder out = new StringBuilder("{");
    for (int i = 0; i < size(); i++) {
      out.append(i == 0 ? "" : ",")
          .append(JsonNodeFactory.instance.textNode(name(i)))
          .append(':')
          .append(outputs.get(i));
    }
    return out.append('}').toString();
  }

  private static JsonNode read(String json) {
    try {
      return ExactJson.read(json);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("An output is JSON", e);
    }
  }
}
