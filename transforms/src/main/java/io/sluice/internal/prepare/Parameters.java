package io.sluice.internal.prepare;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.ModelTask;
import io.sluice.ModelTask.OutputType;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Collects what is wrong with a task's parameters, in the words of every provider. */
public final class Parameters {
  private final ObjectNode parameters;
  private final String prefix;
  private final List<String> problems;

  public Parameters(ObjectNode parameters) {
    this(parameters, "parameters.", new ArrayList<>());
  }

  private Parameters(ObjectNode parameters, String prefix, List<String> problems) {
    this.parameters = parameters;
    this.prefix = prefix;
    this.problems = problems;
  }

  /**
   * Those within one of them, whose problems are added to these.
   *
   * @return null where there is none, or where it is no object, which is a problem
   */
  public @Nullable Parameters within(String name) {
    JsonNode inner = parameters.path(name);
    if (inner instanceof ObjectNode object) {
      return new Parameters(object, prefix + name + ".", problems);
    }
    if (!inner.isMissingNode()) {
      problems.add(prefix + name + " must be an object, but is " + inner);
    }
    return null;
  }

  /** Refuses what a conversation is made of: it comes from the task's own fields. */
  public void conversation() {
    reserved("model", "it is set by the task's model");
    reserved("messages", "they are made from prompt.system and prompt.user");
    reserved("stream", "answers are read whole");
  }

  /** Refuses a parameter. */
  public void reserved(String name, String reason) {
    if (parameters.has(name)) {
      problems.add(prefix + name + " must be left out: " + reason);
    }
  }

  /** How many numbers a vector has, which only one of the names in use tells a provider. */
  public void dimensions(String provider, String name) {
    outputLimit(name);
    for (String other : List.of("dimensions", "outputDimensionality", "output_dimension")) {
      if (!other.equals(name)) {
        reserved(other, provider + "'s name for it is " + name);
      }
    }
  }

  /** A limit on the answer is a whole number of 1 or more; times all documents it is still one. */
  public void outputLimit(String name) {
    JsonNode limit = parameters.path(name);
    if (!limit.isMissingNode()
        && !(limit.canConvertToInt() && limit.isIntegralNumber() && limit.intValue() >= 1)) {
      problems.add(prefix + name + " must be a whole number of 1 or more, but is " + limit);
    }
  }

  /** Refuses more than one answer to a question. */
  public void oneAnswer(String name) {
    JsonNode choices = parameters.path(name);
    if (!choices.isMissingNode() && choices.asInt(0) != 1) {
      problems.add(
          prefix
              + name
              + " must be 1 or left out, but is "
              + choices
              + ": one answer a document is kept and every one is billed");
    }
  }

  /** Refuses what embeddings have no use for. */
  public void embedding(ModelTask task) {
    if (task.prompt().system() != null) {
      problems.add("prompt.system cannot be used with operation embed: leave it out");
    }
    if (task.output().type() != OutputType.TEXT) {
      problems.add(
          "output.type cannot be set with operation embed, whose output is the vector: leave it out");
    }
  }

  /** Adds a problem of another kind. */
  public void problem(String text) {
    problems.add(text);
  }

  /** All of them, in the order in which they were found. */
  public List<String> problems() {
    return List.copyOf(problems);
  }
}
