package io.sluice.internal.prepare;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.ModelTask;
import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.OutputType;
import io.sluice.ModelTask.ProviderKind;
import io.sluice.internal.provider.LocalCaller;
import java.util.ArrayList;
import java.util.List;

/** What a task's parameters may not say, and what its provider and operation cannot do. */
final class ParameterRules {
  private ParameterRules() {}

  static List<String> problems(ModelTask task, ObjectNode parameters) {
    List<String> problems = new ArrayList<>();
    if (task.provider().kind() == ProviderKind.LOCAL) {
      local(task, parameters, problems);
    } else if (task.provider().kind() == ProviderKind.ANTHROPIC) {
      messages(task, parameters, problems);
    } else if (task.operation() == Operation.EMBED) {
      embeddings(task, parameters, problems);
    } else {
      chat(parameters, problems);
    }
    return problems;
  }

  private static void chat(ObjectNode parameters, List<String> problems) {
    conversation(parameters, problems);
    outputLimit(parameters, "max_tokens", problems);
    outputLimit(parameters, "max_completion_tokens", problems);
    JsonNode choices = parameters.path("n");
    if (!choices.isMissingNode() && choices.asInt(0) != 1) {
      problems.add(
          "parameters.n must be 1 or left out, but is "
              + choices
              + ": one answer a document is kept and every one is billed");
    }
  }

  private static void messages(ModelTask task, ObjectNode parameters, List<String> problems) {
    conversation(parameters, problems);
    reserved(parameters, "system", "it is made from prompt.system", problems);
    reserved(
        parameters,
        "cache_control",
        "prompt.system, which documents share, is cached as it is; the rest would only be written",
        problems);
    reserved(
        parameters, "max_completion_tokens", "Anthropic's name for it is max_tokens", problems);
    outputLimit(parameters, "max_tokens", problems);
    JsonNode config = parameters.path("output_config");
    if (!config.isMissingNode() && !config.isObject()) {
      problems.add("parameters.output_config must be an object, but is " + config);
    }
    if (task.operation() == Operation.EMBED) {
      problems.add(
          "operation embed cannot be used with provider.kind anthropic, which has no embeddings");
    }
  }

  private static void conversation(ObjectNode parameters, List<String> problems) {
    reserved(parameters, "model", "it is set by the task's model", problems);
    reserved(parameters, "messages", "they are made from prompt.system and prompt.user", problems);
    reserved(parameters, "stream", "answers are read whole", problems);
  }

  private static void outputLimit(ObjectNode parameters, String name, List<String> problems) {
    JsonNode limit = parameters.path(name);
    if (!limit.isMissingNode()
        && !(limit.canConvertToLong() && limit.isIntegralNumber() && limit.longValue() >= 1)) {
      problems.add("parameters." + name + " must be a whole number of 1 or more, but is " + limit);
    }
  }

  private static void embeddings(ModelTask task, ObjectNode parameters, List<String> problems) {
    reserved(parameters, "model", "it is set by the task's model", problems);
    reserved(parameters, "input", "it is made from prompt.user", problems);
    if (task.prompt().system() != null) {
      problems.add("prompt.system cannot be used with operation embed: leave it out");
    }
    if (task.output().type() != OutputType.TEXT) {
      problems.add(
          "output.type cannot be set with operation embed, whose output is the vector: leave it out");
    }
  }

  private static void local(ModelTask task, ObjectNode parameters, List<String> problems) {
    if (!task.model().equals(LocalCaller.MODEL)) {
      problems.add(
          "model must be "
              + LocalCaller.MODEL
              + " with provider.kind local, but is "
              + task.model());
    }
    if (!parameters.isEmpty()) {
      problems.add("parameters must be left out with provider.kind local: the model has none");
    }
    if (task.prompt().system() != null) {
      problems.add("prompt.system cannot be used with provider.kind local: leave it out");
    }
    boolean label = task.output().type() == OutputType.LABEL;
    boolean embed = task.operation() == Operation.EMBED;
    if (label == embed) {
      problems.add(
          "provider.kind local can do operation embed, or operation chat with output.type label;"
              + " it writes no text");
    }
  }

  private static void reserved(
      ObjectNode parameters, String name, String reason, List<String> problems) {
    if (parameters.has(name)) {
      problems.add("parameters." + name + " must be left out: " + reason);
    }
  }
}
