package io.sluice.internal.provider.local;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.ModelTask;
import io.sluice.ModelTask.OutputType;
import io.sluice.internal.prepare.CanonicalJson;
import io.sluice.spi.RequestWriter;

/** Writes what {@link LocalCaller} reads. The labels decide the answer, so they identify it. */
final class LocalRequests implements RequestWriter {
  private final ModelTask task;

  LocalRequests(ModelTask task) {
    this.task = task;
  }

  @Override
  public Written write(Question question) {
    ObjectNode body =
        CanonicalJson.newObject().put("model", task.model()).put("input", question.user());
    if (task.output().type() == OutputType.LABEL) {
      ArrayNode labels = body.putArray("labels");
      task.output().labels().forEach(labels::add);
    }
    String text = CanonicalJson.write(body);
    return new Written("local", text, text, LocalTokens.COUNTER.count(question.user()));
  }

  @Override
  public long maxOutputTokens() {
    return 0;
  }

  @Override
  public boolean limitsOutput() {
    return true;
  }
}
