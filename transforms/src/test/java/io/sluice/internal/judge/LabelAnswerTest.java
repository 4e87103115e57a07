package io.sluice.internal.judge;

import static io.sluice.internal.judge.Judges.fits;
import static io.sluice.internal.judge.Judges.labels;
import static io.sluice.internal.judge.Judges.unfit;
import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThan;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Answers that are one of the task's labels. */
class LabelAnswerTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "<bug>",
        "Category: <Bug>.",
        "bug",
        "Bug",
        " BUG \n",
        "\"bug\"",
        "'bug'",
        "`bug`",
        "```bug```",
        "bug.",
        "\"Bug.\"",
        "\"bug\".",
        "“bug”",
        "« bug »",
        "**bug**",
        "__Bug__",
        "*bug*.",
        "- bug",
        "* bug",
        "1. bug",
        "> bug",
        "# Bug",
        "bug!",
        "bug,",
        "<bug>",
        "[bug]",
        "(bug)",
        "<label>bug</label>",
        "Category: bug",
        "category : \"bug\"",
        "**Label:** bug",
        "**Category**: **bug**",
        "Answer: - bug",
        "The final answer is bug.",
        "\uFEFFbug\u00A0",
        "\u00A0bug\u200B",
        "<think>\nIt might be praise. Or billing?\n</think>\n\nbug",
        "<THINKING>x</THINKING> <think>y</think>**Bug**",
        "[THINK]praise[/THINK]bug",
        "It may be praise, or not.</think>\nbug",
        "<|channel|>analysis<|message|>praise?<|end|><|start|>assistant<|channel|>final<|message|>bug<|return|>"
      })
  void label_isForgivenItsDress(String raw) {
    assertThat(fits(labels("praise", "bug"), raw), is("\"bug\""));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        ".",
        "\"\"",
        "bugs",
        "bug..",
        "bug, praise",
        "It is a bug",
        "bug?",
        "bug!!",
        "<bug",
        "Not: bug",
        "Category: not bug",
        "Category: bug, praise",
        "- bug\n- praise",
        "<think>bug</think>",
        "<think>bug",
        "bug</think>",
        "praise <think>x</think> bug",
        "**bug** because it crashes",
        "\"bug",
        "bu\u0000g"
      })
  void label_elseIsUnfit(String raw) {
    assertThat(unfit(labels("praise", "bug"), raw), containsString("praise, bug"));
  }

  @Test
  void label_isForgivenItsSpaces_andTheDotOfAnI() {
    AnswerJudge judge = labels("billing and payments", "\u0130ade", "tech");
    for (String raw :
        new String[] {
          "Billing  and payments", "billing\u00A0and\u2003payments", "billing\nand payments"
        }) {
      assertThat(fits(judge, raw), is("\"billing and payments\""));
    }
    assertThat(fits(judge, "iade"), is("\"\u0130ade\""));
    assertThat(fits(judge, "\uFF34ech"), is("\"tech\""));
  }

  @Test
  void label_whatTwoLabelsDifferIn_isNotForgiven() {
    AnswerJudge judge = labels("a b", "a  b", "type", "*x*", "x");
    assertThat(fits(judge, "a  b"), is("\"a  b\""));
    assertThat(fits(judge, "A b"), is("\"a b\""));
    assertThat(unfit(judge, "a   b"), containsString("not one of the labels"));
    assertThat(unfit(judge, "type: x"), containsString("not one of the labels"));
    assertThat(fits(judge, "*X*"), is("\"*x*\""));
    assertThat(fits(judge, "**x**"), is("\"*x*\""));
  }

  @Test
  void label_isWrittenAsTheTaskWritesIt() {
    assertThat(
        fits(labels("Très bon", "N/A.", "\"quoted\""), "TRE\u0300S BON"), is("\"Très bon\""));
    assertThat(fits(labels("N/A.", "\"quoted\""), "n/a."), is("\"N/A.\""));
    assertThat(fits(labels("N/A.", "\"quoted\""), "\"quoted\""), is("\"\\\"quoted\\\"\""));
  }

  @Test
  void label_caseIsNotThatOfTheMachinesLanguage() {
    assertThat(fits(labels("billing"), "BILLING"), is("\"billing\""));
  }

  @Test
  void label_messageStaysShort() {
    String[] many = IntStream.range(0, 1_000).mapToObj(i -> "label" + i).toArray(String[]::new);
    String message = unfit(labels(many), "😀".repeat(10_000));
    assertThat(message, allOf(containsString("label19 and 980 more"), containsString("…")));
    assertThat(message.length(), lessThan(600));
  }

  @Test
  void validateLabels_namesClashes() {
    assertThat(AnswerJudge.validateLabels(List.of("a", "b")), is(empty()));
    assertThat(AnswerJudge.validateLabels(List.of("Bug", "bug", " ")), hasSize(2));
    assertThat(AnswerJudge.validateLabels(List.of()), hasSize(1));
    assertThrows(IllegalArgumentException.class, () -> labels("Bug", "bug"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\u0001',
      value = {
        "bug|",
        "BUG|",
        "bug.|punctuation",
        "\"bug\"|quotes",
        "\"Bug\".|punctuation, quotes",
        "**bug**|markup",
        "- bug|markup",
        "Category: bug|name",
        "**Label:** \"bug\"|name, quotes",
        "<think>praise</think>bug|thinking",
        "praise?</think>bug.|thinking, punctuation"
      })
  void label_isMended_andItIsSaid(String raw, @Nullable String repaired) {
    assertThat(labels("praise", "bug").judge(raw), is(new Verdict.Fits("\"bug\"", repaired)));
  }

  @Test
  void aLabelThatIsSuchAMark_isOne() {
    assertThat(labels("</s>", "bug").judge("</s>"), is(new Verdict.Fits("\"</s>\"")));
  }
}
