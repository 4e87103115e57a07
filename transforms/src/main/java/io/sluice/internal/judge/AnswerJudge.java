package io.sluice.internal.judge;

import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.Output;
import io.sluice.ModelTask.OutputType;
import io.sluice.internal.text.Text;
import java.util.List;

/**
 * Turns a model's raw answer into a task's output, or says why it is none. Pure: the same answer
 * and output give the same verdict, so stored answers can be judged again. Thread-safe.
 */
public final class AnswerJudge {
  interface Rule {
    Verdict judge(String raw);
  }

  /** How the message begins of an answer that is no more than what the model thought. */
  public static final String ONLY_THOUGHT = "The model thought, and gave no answer behind it";

  private static final int MOST_SHOWN = 300;

  private final Rule rule;

  /**
   * @throws IllegalArgumentException where the output's schema or labels are unusable, see {@link
   *     #validateSchema} and {@link #validateLabels}
   */
  public AnswerJudge(Output output, Operation operation) {
    if (operation == Operation.EMBED) {
      this.rule = Vectors::judge;
      return;
    }
    this.rule =
        switch (output.type()) {
          case TEXT -> AnswerJudge::text;
          case LABEL -> labels(output)::judge;
          case JSON -> new JsonRule(output.schema())::judge;
        };
  }

  AnswerJudge(Rule rule) {
    this.rule = rule;
  }

  /** What is wrong with an output's schema or labels; empty where nothing is. */
  public static List<String> validate(Output output, Operation operation) {
    if (operation == Operation.EMBED) {
      return List.of();
    }
    String schema = output.schema();
    return switch (output.type()) {
      case TEXT -> List.of();
      case LABEL -> validateLabels(output.labels());
      case JSON -> schema == null ? List.of() : validateWholly(schema);
    };
  }

  private static Verdict text(String raw) {
    String text = Thinking.without(raw);
    String behind = text.equals(raw) ? Thinking.behindTheLone(raw) : null;
    text = Thinking.isAllThat(raw) ? "" : behind == null ? text : behind;
    return text.isBlank() && !raw.isBlank()
        ? new Verdict.Unfit(ONLY_THOUGHT + "; raise max_tokens")
        : new Verdict.Fits(StrictJson.text(text), text.equals(raw) ? null : Mend.THINKING);
  }

  /**
   * What is wrong with a JSON Schema that a person wrote: as {@link #validateSchema}, and what is
   * valid and checks nothing, such as words that are no keywords.
   */
  public static List<String> validateWholly(String schema) {
    List<String> words = SchemaWords.problems(schema);
    return words.isEmpty() ? validateSchema(schema) : words;
  }

  private static LabelRule labels(Output output) {
    List<String> problems = validateLabels(output.labels());
    if (!problems.isEmpty()) {
      throw new IllegalArgumentException(
          "Cannot judge answers of type " + OutputType.LABEL + ": " + String.join("; ", problems));
    }
    return new LabelRule(output.labels());
  }

  /**
   * Judges an answer.
   *
   * @param raw the model's text, or for embeddings the vector as little-endian float32 in base64
   */
  public Verdict judge(String raw) {
    try {
      return rule.judge(raw);
    } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
      // An answer, or a schema that refers to itself, may go deeper than any stack, or unfold to
      // more than there is room for. It is paid for: what it is must be kept, not end the job.
      String why =
          e instanceof StackOverflowError
              ? "it goes too deep"
              : e instanceof OutOfMemoryError ? "it takes too much memory" : e.getMessage();
      return new Verdict.Unfit(
          "The answer cannot be checked: "
              + Text.cut(why == null ? e.getClass().getSimpleName() : why, MOST_SHOWN));
    }
  }

  /**
   * What is wrong with a JSON Schema given as text; empty where nothing is. Never uses a network.
   */
  public static List<String> validateSchema(String schema) {
    return JsonRule.validateSchema(schema);
  }

  /** What is wrong with a set of labels; empty where nothing is. */
  public static List<String> validateLabels(List<String> labels) {
    return LabelRule.validate(labels);
  }
}
