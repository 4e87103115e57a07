package io.sluice.internal.prepare;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.Cascade;
import io.sluice.ModelTask;
import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.OutputType;
import io.sluice.internal.provider.Providers;
import io.sluice.internal.text.ExactJson;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Finds what is wrong with a task's cascade: its numbers, and answers that are no labels. */
public final class CascadeNumbers {
  /** With fewer answers to learn from and to be tested by nothing is proven. */
  private static final int FEWEST = 400;

  private static final int MOST_VALUES = 300;

  private CascadeNumbers() {}

  /** What is wrong; empty where nothing is, or there is no cascade. */
  public static List<String> validate(ModelTask task) {
    Cascade cascade = task.cascade();
    if (cascade == null) {
      return List.of();
    }
    List<String> problems = new ArrayList<>();
    share(problems, "cascade.agreement", cascade.agreement());
    share(problems, "cascade.confidence", cascade.confidence());
    if (!(cascade.audit() > 0 && cascade.audit() <= 0.5)) {
      problems.add("cascade.audit: expected a share above 0 to 0.5, got " + cascade.audit());
    }
    if (cascade.train() < FEWEST) {
      problems.add("cascade.train: expected " + FEWEST + " or more, got " + cascade.train());
    }
    if (!task.steps().isEmpty()) {
      problems.add("cascade: a task with steps cannot have one; leave one of the two out");
    } else if (task.operation() == Operation.EMBED) {
      problems.add("cascade: embeddings are no labels; leave it out");
    } else if (Providers.of(task).runsInProcess()) {
      problems.add("cascade: the task's model runs in this process already; leave it out");
    } else {
      String why = whyNoLabels(task.output());
      if (why != null) {
        problems.add(
            "cascade: expected answers that are labels: output.type label, or json with a schema of"
                + " one field that is a boolean or has an enum; "
                + why);
      }
    }
    return problems;
  }

  private static void share(List<String> problems, String path, double value) {
    if (!(value >= 0.5 && value < 1)) {
      problems.add(path + ": expected a share from 0.5 to below 1, such as 0.95, got " + value);
    }
  }

  private static @Nullable String whyNoLabels(ModelTask.Output output) {
    if (output.type() == OutputType.LABEL) {
      return null;
    }
    String schema = output.schema();
    if (schema == null) {
      return output.type() == OutputType.TEXT ? "this is text" : "this has no schema";
    }
    JsonNode properties;
    try {
      properties = ExactJson.read(schema).path("properties");
    } catch (JsonProcessingException e) {
      return "this schema is no JSON";
    }
    if (properties.size() != 1) {
      return "this schema has " + properties.size() + " fields";
    }
    JsonNode field = properties.iterator().next();
    boolean isEnum = field.path("enum").size() > 0 && field.path("enum").size() <= MOST_VALUES;
    return isEnum || field.path("type").asText().equals("boolean")
        ? null
        : "the field of this one is neither";
  }
}
