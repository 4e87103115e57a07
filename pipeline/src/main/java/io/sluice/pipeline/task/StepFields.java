package io.sluice.pipeline.task;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.ModelTask;
import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.Output;
import io.sluice.ModelTask.OutputType;
import io.sluice.ModelTask.Prompt;
import io.sluice.Step;
import io.sluice.internal.judge.AnswerJudge;
import io.sluice.internal.plan.Steps;
import io.sluice.internal.prepare.RequestBuilder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads the task file's {@code steps}. */
final class StepFields {
  private StepFields() {}

  /** The steps, and what stands beside them in vain. */
  static List<Step> read(Section root, List<Section> sections) {
    List<Step> steps = new ArrayList<>();
    for (Section section : sections) {
      steps.add(step(section));
    }
    if (root.has("steps") && steps.isEmpty()) {
      root.problem("steps", "has no step; write one, or leave it out");
    }
    if (!steps.isEmpty() && root.has("prompt")) {
      root.section("prompt").names();
      root.problem("prompt", "each step has a prompt of its own; leave this one out");
    }
    return steps;
  }

  /** What is wrong with the steps of a task that is read. */
  static void check(ModelTask task, Problems problems) {
    Steps.validate(task).forEach(problems::addWhereNamed);
    int step = 0;
    for (ModelTask question : Steps.questions(task)) {
      String path = Steps.path(step++);
      RequestBuilder.validate(question)
          .forEach(
              problem ->
                  problems.addWhereNamed(
                      problem.startsWith("prompt.")
                          ? path + "." + problem
                          : path + ": " + problem));
    }
  }

  private static Step step(Section section) {
    String name = section.required("name", "letters, digits, _ and -, such as topic");
    Section promptSection = section.section("prompt");
    Prompt prompt = PromptFields.read(promptSection, null);
    Section outputSection = section.section("output");
    Output output = output(outputSection);
    outputSection.close();
    ObjectNode parameters = section.json("parameters");
    Section whenSection = section.section("when");
    Map<String, List<String>> when = new LinkedHashMap<>();
    for (String other : whenSection.names()) {
      when.put(other, whenSection.texts(other));
    }
    section.close();
    return new Step(name, prompt, output, parameters == null ? "{}" : parameters.toString(), when);
  }

  private static Output output(Section section) {
    OutputType type = section.choice("type", OutputType.class, OutputType.TEXT);
    List<String> labels = section.texts("labels");
    ObjectNode schema = section.json("schema");
    if (type != OutputType.LABEL && !labels.isEmpty()) {
      section.problem("labels", "belongs to type: label");
    }
    if (schema != null && type != OutputType.JSON) {
      section.problem("schema", "belongs to type: json");
    }
    Output output = new Output(type, labels, schema == null ? null : schema.toString(), false);
    if (type != OutputType.JSON || schema != null) {
      for (String problem : AnswerJudge.validate(output, Operation.CHAT)) {
        section.problem(type == OutputType.LABEL ? "labels" : "schema", problem);
      }
    }
    return output;
  }
}
