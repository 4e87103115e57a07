package io.sluice.internal.plan;

import io.sluice.ModelTask.Output;

/** What a model is told about an answer of its own that does not fit. */
final class Instruction {
  /** A longer schema is not repeated: its errors name the places. */
  private static final int MOST_SCHEMA = 4_000;

  private final String demand;

  Instruction(Output output) {
    this.demand =
        switch (output.type()) {
          case TEXT -> "Answer the question again, in plain text.";
          case LABEL ->
              "Answer the question again with exactly one of these labels, written as here, and"
                  + " nothing else:\n"
                  + String.join("\n", output.labels());
          case JSON -> "Answer the question again with JSON and nothing else" + json(output);
        };
  }

  private static String json(Output output) {
    String schema = output.schema();
    if (schema == null) {
      return ": one object.";
    }
    return schema.length() > MOST_SCHEMA
        ? ": one value that fits the schema."
        : ": one value that fits this JSON Schema:\n" + schema;
  }

  /**
   * The words.
   *
   * @param reason the validator's: what was expected and where, and what came
   */
  String after(String reason) {
    return "That answer cannot be used. " + reason + ".\n" + demand;
  }
}
