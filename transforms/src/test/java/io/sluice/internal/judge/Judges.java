package io.sluice.internal.judge;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.instanceOf;
import static org.junit.jupiter.api.Assertions.fail;

import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.Output;
import io.sluice.ModelTask.OutputType;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Judges of each output, and what they say. */
public final class Judges {
  /** A schema, in single quotes: {@link #json}. */
  static final String PERSON =
      "{'type':'object','properties':{'name':{'type':'string'},'age':{'type':'integer','minimum':0},"
          + "'tags':{'type':'array','items':{'type':'string'}}},'required':['name'],"
          + "'additionalProperties':false}";

  private Judges() {}

  /** One with a rule of its own. */
  public static AnswerJudge by(Function<String, Verdict> rule) {
    return new AnswerJudge(rule::apply);
  }

  static AnswerJudge text() {
    return new AnswerJudge(Output.TEXT, Operation.CHAT);
  }

  static AnswerJudge labels(String... labels) {
    return new AnswerJudge(
        new Output(OutputType.LABEL, List.of(labels), null, false), Operation.CHAT);
  }

  static AnswerJudge json(@Nullable String schema) {
    String text = schema == null ? null : schema.replace('\'', '"');
    return new AnswerJudge(new Output(OutputType.JSON, List.of(), text, false), Operation.CHAT);
  }

  static AnswerJudge embed() {
    return new AnswerJudge(Output.TEXT, Operation.EMBED);
  }

  static String fits(AnswerJudge judge, String raw) {
    Verdict verdict = judge.judge(raw);
    if (verdict instanceof Verdict.Fits fits) {
      return fits.outputJson();
    }
    return fail("Expected a fitting answer, but got " + verdict);
  }

  static String unfit(AnswerJudge judge, String raw) {
    Verdict verdict = judge.judge(raw);
    assertThat(verdict, instanceOf(Verdict.Unfit.class));
    return ((Verdict.Unfit) verdict).message();
  }
}
