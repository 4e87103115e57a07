package io.sluice.internal.provider.local;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.ModelTask;
import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.OutputType;
import io.sluice.spi.Caller;
import io.sluice.spi.Connection;
import io.sluice.spi.ModelProvider;
import io.sluice.spi.RequestWriter;
import io.sluice.spi.TokenCounter;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The embedding model in this process: labels and vectors without a key, a network or a quota. */
public final class LocalProvider implements ModelProvider {
  private static final String MODEL_CLASS =
      "dev.langchain4j.model.embedding.onnx.allminilml6v2q.AllMiniLmL6V2QuantizedEmbeddingModel";

  private static final Defaults DEFAULTS =
      new Defaults("", null, "Authorization", LocalCaller.MODEL);

  @Override
  public String kind() {
    return "local";
  }

  @Override
  public Defaults defaults() {
    return DEFAULTS;
  }

  @Override
  public boolean runsInProcess() {
    return true;
  }

  @Override
  public @Nullable String unavailable() {
    return isHere() ? null : "the model is not here; the artifact sluice-local brings it";
  }

  /** Not a question to {@link LocalModel}: the JVM loads the model's classes to verify that one. */
  private static boolean isHere() {
    try {
      Class.forName(MODEL_CLASS, false, LocalProvider.class.getClassLoader());
      return true;
    } catch (ClassNotFoundException e) {
      return false;
    }
  }

  @Override
  public List<String> problems(ModelTask task, ObjectNode parameters) {
    List<String> problems = new ArrayList<>();
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
    return problems;
  }

  @Override
  public RequestWriter requests(ModelTask task, ObjectNode parameters) {
    return new LocalRequests(task);
  }

  @Override
  public TokenCounter tokens(String model) {
    return LocalTokens.COUNTER;
  }

  @Override
  public Caller open(Connection connection) {
    return new LocalCaller();
  }
}
