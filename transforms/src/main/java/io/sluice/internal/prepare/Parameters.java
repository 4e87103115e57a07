package io.sluice.internal.prepare;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;

/** Collects what is wrong with a task's parameters, in the words of every provider. */
public final class Parameters {
  private final ObjectNode parameters;
  private final List<String> problems = new ArrayList<>();

  public Parameters(ObjectNode parameters) {
    this.parameters = parameters;
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
      problems.add("parameters." + name + " must be left out: " + reason);
    }
  }

  /** A limit on the answer is a whole number of 1 or more. */
  public void outputLimit(String name) {
    JsonNode limit = parameters.path(name);
    if (!limit.isMissingNode()
        && !(limit.canConvertToLong() && limit.isIntegralNumber() && limit.longValue() >= 1)) {
      problems.add("parameters." + name + " must be a whole number of 1 or more, but is " + limit);
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
