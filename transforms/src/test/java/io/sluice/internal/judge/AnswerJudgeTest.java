package io.sluice.internal.judge;

import static io.sluice.internal.judge.Judges.PERSON;
import static io.sluice.internal.judge.Judges.embed;
import static io.sluice.internal.judge.Judges.fits;
import static io.sluice.internal.judge.Judges.json;
import static io.sluice.internal.judge.Judges.labels;
import static io.sluice.internal.judge.Judges.text;
import static io.sluice.internal.judge.Judges.unfit;
import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.notNullValue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What all outputs have in common: thoughts, marks of templates, texts and vectors. */
class AnswerJudgeTest {
  private static String vector(float... numbers) {
    ByteBuffer buffer = ByteBuffer.allocate(numbers.length * 4).order(ByteOrder.LITTLE_ENDIAN);
    for (float number : numbers) {
      buffer.putFloat(number);
    }
    return Base64.getEncoder().encodeToString(buffer.array());
  }

  @Test
  void text_isKeptAsItIs() {
    assertThat(
        fits(text(), " a \"b\"\n漢 <|endoftext|> 😀 "),
        is("\" a \\\"b\\\"\\n漢 <|endoftext|> 😀 \""));
    assertThat(fits(text(), " a \n<|endoftext|>\n"), is("\" a\""));
    assertThat(fits(text(), ""), is("\"\""));
  }

  /** A template that opens the block itself leaves the model only to close it. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "The user wants a greeting.\nSo be it.\n</think>\n\nHello",
        "Hm.</think>Hello",
        "Is it \"Hi\"?</think>Hello",
        "\n</think>\n\nHello",
        "</think>Hello",
        "Hm. [/THINK]Hello",
        "Hm.\n</THINKING>\nHello",
        "Let me quote `</think>` here.\n</think>\nHello",
        "Hm.\u25C1/think\u25B7Hello"
      })
  void ofATextWhoseThinkingIsClosedAndNotOpened_itIsWhatFollows(String answer) {
    assertThat(text().judge(answer), is(new Verdict.Fits("\"Hello\"", "thinking")));
  }

  @Test
  void ofChannelsThatTheTemplateOpens_itIsTheLast() {
    assertThat(
        text()
            .judge(
                "analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>Hello"
                    + "<|return|>"),
        is(new Verdict.Fits("\"Hello\"", "thinking")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "The mark `</think>` closes it",
        "The mark \"</think>\" closes it",
        "So:\n```\nhm\n</think>\nHello\n```\nis how it looks",
        "Between <think> and </think> it thinks"
      })
  void aTextThatSpeaksOfTheMark_isAsItIs(String answer) {
    assertThat(text().judge(answer), is(new Verdict.Fits(StrictJson.text(answer), null)));
  }

  @Test
  void aTextThatIsThoughtAlone_isNone() {
    assertThat(unfit(text(), "Hm, so it is.\n</think>\n"), containsString("no answer behind it"));
    assertThat(unfit(text(), "<think>\nnever closed"), containsString("no answer behind it"));
  }

  @Test
  void thinking_isTakenOff_whereverItIsNoPartOfTheAnswer() {
    assertThat(fits(text(), "<think>\nhm\n</think>\n\nan answer"), is("\"an answer\""));
    assertThat(
        fits(text(), "the mark <think>x</think> is one"),
        is("\"the mark <think>x</think> is one\""));
    assertThat(unfit(text(), "<think>hm</think>"), containsString("no answer behind it"));
    for (String thought :
        new String[] {
          "<think>\nThe row says {\"nothing\"}\n</think>\n\n",
          "<reasoning>{}</reasoning>",
          "The row says {\"a\":1}</think>",
          "\uFEFF"
        }) {
      assertThat(fits(json(null), thought + "{\"label\":\"a\"}"), is("{\"label\":\"a\"}"));
      assertThat(
          fits(json(null), thought + "```json\n{\"label\":\"a\"}\n```"), is("{\"label\":\"a\"}"));
    }
    assertThat(
        fits(json(null), "{\"a\":\"<think>x</think>\"}"), is("{\"a\":\"<think>x</think>\"}"));
  }

  @Test
  void halfACharacter_thatAnEscapeMade_isReplaced() {
    assertThat(fits(json(null), "{\"a\":\"x\\ud83d\"}"), is("{\"a\":\"x\uFFFD\"}"));
  }

  @Test
  void text_withoutItsThoughts_saysSo() {
    assertThat(text().judge("<think>x</think>y"), is(new Verdict.Fits("\"y\"", "thinking")));
    assertThat(text().judge(" y "), is(new Verdict.Fits("\" y \"")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<|im_end|>",
        "</s>",
        "\n<end_of_turn>\n",
        "<|eot_id|>",
        "<|EOT_ID|>",
        "<|endoftext|>",
        "<|end_of_text|><|end_of_text|>",
        "<eos>",
        "<|end|>",
        "<\uFF5Cend\u2581of\u2581sentence\uFF5C>"
      })
  void marksOfATemplateAtTheEnd_areNoPartOfAnAnswer(String mark) {
    assertThat(text().judge("A bug" + mark), is(new Verdict.Fits("\"A bug\"", "marks")));
    assertThat(labels("bug").judge("bug" + mark), is(new Verdict.Fits("\"bug\"", "marks")));
    assertThat(
        labels("bug").judge("**bug**" + mark), is(new Verdict.Fits("\"bug\"", "markup, marks")));
    assertThat(
        json(PERSON).judge("{\"name\":\"Eva\"}" + mark),
        is(new Verdict.Fits("{\"name\":\"Eva\"}", "marks")));
    assertThat(
        text().judge("<think>x</think>y" + mark), is(new Verdict.Fits("\"y\"", "thinking, marks")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Say <|im_end|> to end",
        "`<|im_end|>`",
        "<|im_end|> ends it",
        "It was <s>four</s>",
        "a<b></b>"
      })
  void marksWithinAnAnswer_areWhatItSpeaksOf(String answer) {
    assertThat(text().judge(answer), is(new Verdict.Fits(StrictJson.text(answer))));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<|im_end|>",
        "</s></s>",
        "<think>",
        "<think>\nnever closed",
        "<think>hm</think>",
        "Hm, so it is.\n</think>\n",
        "<think>hm</think><|im_end|>"
      })
  void anAnswerOfNothingElse_isEmpty_whateverIsAskedFor(String answer) {
    for (AnswerJudge judge : List.of(text(), labels("bug"), json(null), json(PERSON))) {
      assertThat(((Verdict.Unfit) judge.judge(answer)).isEmpty(), is(true));
    }
  }

  @Test
  void anAnswerThatMissesWhatIsAskedFor_isNotEmpty() {
    assertThat(((Verdict.Unfit) labels("bug").judge("<think>x</think>no")).isEmpty(), is(false));
    assertThat(((Verdict.Unfit) json(null).judge("none")).isEmpty(), is(false));
    assertThat(((Verdict.Unfit) labels("bug").judge("<think>bug")).isEmpty(), is(true));
  }

  /** Of marks and little else: minutes where each mark has the answer read once more. */
  @ParameterizedTest
  @Timeout(60)
  @ValueSource(
      strings = {
        "</think>",
        "[/THINK]\n",
        "<think></think>",
        "<think>a</think>\n",
        "```\n</think>",
        "'</think>'",
        "</s>",
        "<|im_end|>",
        "<|channel|>final<|message|>",
        "<b>",
        "```\nx",
        "(",
        "{\"a\":"
      })
  void anAnswerOfMarks_isReadOnce(String mark) {
    for (AnswerJudge judge : List.of(text(), labels("bug"), json(null), json(PERSON))) {
      String marks = mark.repeat(1_500_000 / mark.length());
      assertThat(judge.judge(marks), is(notNullValue()));
      assertThat(judge.judge(marks + "x"), is(notNullValue()));
    }
  }

  @Test
  void marksInBlocksOfCode_closeNothing() {
    assertThat(fits(text(), "a</think>b```</think>c```</think>d"), is("\"d\""));
    assertThat(fits(text(), "a</think>b```</think>c```d"), is("\"b```</think>c```d\""));
    assertThat(fits(text(), "a```</think>b"), is("\"b\""));
  }

  @Test
  void embed_givesShortNumbers() {
    assertThat(
        fits(embed(), vector(1f, -0.1f, 1e-10f, 2e-3f, Float.MIN_VALUE, 0f, 8.41e21f)),
        is("[1.0,-0.1,1.0E-10,0.002,1.4E-45,0.0,8.41E21]"));
  }

  @Test
  void embed_elseIsUnfit() {
    assertThat(unfit(embed(), ""), containsString("0 bytes"));
    assertThat(unfit(embed(), "AAAA"), containsString("3 bytes"));
    assertThat(unfit(embed(), "[0.1, 0.2]"), containsString("not base64"));
    assertThat(unfit(embed(), vector(1, Float.NaN)), containsString("not finite"));
  }
}
