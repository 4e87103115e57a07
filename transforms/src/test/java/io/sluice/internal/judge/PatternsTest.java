package io.sluice.internal.judge;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.instanceOf;
import static org.hamcrest.Matchers.is;

import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.Output;
import io.sluice.ModelTask.OutputType;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Schemas over answers that were made to take long, or to go deep. */
@Timeout(60)
class PatternsTest {
  @ParameterizedTest
  @CsvSource({
    "b, abc, true",
    "^b, abc, false",
    "'^[A-Z]{2}$', AB, true",
    "'^[A-Z]{2}$', ABC, false",
    "'^\\d{3}$', 123, true",
    "'^\\u0041\\u00e9$', Aé, true",
    "'^\\\\u$', '\\u', true",
    "'^(?!x).*$', abc, true",
    "'^(?!x).*$', xbc, false",
    "'^(a+)b\\1$', aabaa, true",
    "'^(a+)b\\1$', aaba, false",
    "'^.{1,2000}$', abc, true",
    "'^(?=[$])[$]x$', '$x', true",
  })
  void found(String regex, String text, boolean expected) {
    assertThat(Patterns.of(regex).matches(text), is(expected));
  }

  /** With RE2 and with Java alike: a dollar ends the text, not its last line. */
  @ParameterizedTest
  @ValueSource(strings = {"^a$", "^(?!b)a$"})
  void aDollar_isTheEnd(String regex) {
    assertThat(Patterns.of(regex).matches("a\n"), is(false));
  }

  private static Verdict judge(String schema, String raw) {
    Output output = new Output(OutputType.JSON, List.of(), schema.replace('\'', '"'), false);
    return new AnswerJudge(output, Operation.CHAT).judge(raw);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"^(a+)+$", "^(a|a)*$", "^(a|aa)+$", "^(.*a){20}$", "(x+x+)+y", "^([a-zA-Z]+)*$"})
  void patternsThatTryAllWays_areMatchedInOnePass(String regex) {
    Verdict verdict =
        judge("{'type':'string','pattern':'" + regex + "'}", '"' + "a".repeat(100_000) + "!\"");
    assertThat(verdict, instanceOf(Verdict.Unfit.class));
    assertThat(((Verdict.Unfit) verdict).message(), containsString("breaks the schema"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"^(?=a)(a+)+$", "^(a|a)*\\\\1$", "^(?!b)(.*a){20}$", "^(?=a)(a|aa)+$"})
  void whatRe2CannotDo_ends(String regex) {
    Verdict verdict =
        judge("{'type':'string','pattern':'" + regex + "'}", '"' + "a".repeat(100_000) + "!\"");
    assertThat(((Verdict.Unfit) verdict).message(), containsString("takes too long"));
    assertThat(((Verdict.Unfit) verdict).message(), containsString("without look-arounds"));
  }

  @Test
  void aSchemaThatRefersToItself_overAnAnswerThatGoesDeep() {
    String schema =
        "{'$defs':{'n':{'anyOf':[{'type':'integer'},{'type':'array','items':{'$ref':'#/$defs/n'}}]}},"
            + "'$ref':'#/$defs/n'}";
    assertThat(judge(schema, "[[[1]]]"), instanceOf(Verdict.Fits.class));
    for (int depth : new int[] {500, 900, 100_000}) {
      Verdict verdict = judge(schema, "[".repeat(depth) + "1" + "]".repeat(depth));
      assertThat(verdict instanceof Verdict.Fits || verdict instanceof Verdict.Unfit, is(true));
    }
  }

  @Test
  void aSchemaThatIsItself_isAnsweredSomehow() {
    for (String schema :
        new String[] {"{'$ref':'#'}", "{'allOf':[{'$ref':'#'}]}", "{'not':{'$ref':'#'}}"}) {
      String plain = schema.replace('\'', '"');
      List<String> problems = AnswerJudge.validateSchema(plain);
      if (problems.isEmpty()) {
        assertThat(judge(plain, "{}"), instanceOf(Verdict.Unfit.class));
      }
    }
  }

  @Test
  void groupsThatLieTooDeep_areTold() {
    String pattern = "(".repeat(50_000) + "a" + "){2}".repeat(50_000);
    List<String> problems =
        AnswerJudge.validateSchema(
            "{\"type\": \"object\", \"properties\": {\"a\": {\"type\": \"string\","
                + " \"pattern\": \""
                + pattern
                + "\"}}}");
    assertThat(problems, hasSize(1));
    assertThat(problems.get(0), containsString("deeper than can be read"));
  }
}
