package io.sluice.pipeline.output;

import io.sluice.ModelTask;
import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.OutputType;
import java.io.Serializable;

/**
 * What a task's results hold.
 *
 * @param document whether each repeats its document
 */
record ResultShape(Kind output, boolean document) implements Serializable {
  /** What the column {@code output} holds. */
  enum Kind {
    TEXT,
    /** Any JSON, as a string: its shape is the schema's, or the model's. */
    JSON,
    VECTOR
  }

  static ResultShape of(ModelTask task) {
    Kind kind =
        task.operation() == Operation.EMBED
            ? Kind.VECTOR
            : !task.steps().isEmpty() || task.output().type() == OutputType.JSON
                ? Kind.JSON : Kind.TEXT;
    return new ResultShape(kind, task.output().includeDocument());
  }
}
