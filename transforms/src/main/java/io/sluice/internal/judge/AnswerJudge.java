package io.sluice.internal.judge;

import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.Output;
import io.sluice.ModelTask.OutputType;
import io.sluice.internal.text.Text;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Turns a model's raw answer into a task's output, or says why it is none. Pure: the same answer
 * and output give the same verdict, so stored answers can be judged again. Thread-safe.
 */
public final class AnswerJudge {
  interface Rule {
    Verdict judge(String raw);
  }

  private static final Verdict.Unfit ONLY_THOUGHT =
      new Verdict.Unfit("The model thought, and gave no answer behind it; raise max_tokens", true);

  private static final Verdict.Unfit ONLY_MARKS =
      new Verdict.Unfit("The model gave no answer but the marks that end its turn", true);

  private static final int MOST_SHOWN = 300;

  private final Rule rule;

  /** What the answer is to be; null for embeddings. */
  private final @Nullable OutputType type;

  private final @Nullable VectorLength lengths;

  /**
   * @throws IllegalArgumentException where the output's schema or labels are unusable, see {@link
   *     #validateSchema} and {@link #validateLabels}
   */
  public AnswerJudge(Output output, Operation operation) {
    if (operation == Operation.EMBED) {
      this.rule = Vectors::judge;
      this.type = null;
      this.lengths = new VectorLength();
      return;
    }
    this.lengths = null;
    this.type = output.type();
    this.rule =
        switch (output.type()) {
          case TEXT -> AnswerJudge::text;
          case LABEL -> labels(output)::judge;
          case JSON -> new JsonRule(output.schema())::judge;
        };
  }

  AnswerJudge(Rule rule) {
    this.rule = rule;
    this.type = null;
    this.lengths = null;
  }

  /** Of the vectors that have come; null where answers are none. */
  public @Nullable VectorLength lengths() {
    return lengths;
  }

  /** As {@link #judge}, an answer that the ledger has: those to come are held against it, too. */
  public Verdict judgeKept(String raw) {
    if (lengths != null) {
      lengths.learn(List.of(raw));
    }
    return judge(raw);
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
        ? ONLY_THOUGHT
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
      return type == null ? rule.judge(raw) : said(raw, type);
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

  /** What a model said in words. */
  private Verdict said(String raw, OutputType type) {
    String bare = EndMarks.without(raw);
    if (bare == null) {
      return unlessOnlyThought(raw, type);
    }
    if (type == OutputType.LABEL && rule.judge(raw) instanceof Verdict.Fits asItIs) {
      // A label may be such a mark itself.
      return asItIs;
    }
    Verdict verdict = bare.isEmpty() ? ONLY_MARKS : unlessOnlyThought(bare, type);
    return verdict instanceof Verdict.Fits fits
        ? new Verdict.Fits(fits.outputJson(), Mend.and(fits.repaired(), Mend.MARKS))
        : verdict;
  }

  private Verdict unlessOnlyThought(String said, OutputType type) {
    Verdict verdict = rule.judge(said);
    return type != OutputType.TEXT && verdict instanceof Verdict.Unfit unfit && Thinking.isAll(said)
        ? new Verdict.Unfit(unfit.message() + ". " + ONLY_THOUGHT.message(), true)
        : verdict;
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
