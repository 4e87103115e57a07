package io.sluice.internal.judge;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.instanceOf;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThan;
import static org.hamcrest.Matchers.not;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.fail;

import com.sun.net.httpserver.HttpServer;
import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.Output;
import io.sluice.ModelTask.OutputType;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AnswerJudgeTest {
  private static final String PERSON =
      "{'type':'object','properties':{'name':{'type':'string'},'age':{'type':'integer','minimum':0},"
          + "'tags':{'type':'array','items':{'type':'string'}}},'required':['name'],"
          + "'additionalProperties':false}";

  private static AnswerJudge text() {
    return new AnswerJudge(Output.TEXT, Operation.CHAT);
  }

  private static AnswerJudge labels(String... labels) {
    return new AnswerJudge(
        new Output(OutputType.LABEL, List.of(labels), null, false), Operation.CHAT);
  }

  private static AnswerJudge json(@Nullable String schema) {
    String text = schema == null ? null : schema.replace('\'', '"');
    return new AnswerJudge(new Output(OutputType.JSON, List.of(), text, false), Operation.CHAT);
  }

  private static AnswerJudge embed() {
    return new AnswerJudge(Output.TEXT, Operation.EMBED);
  }

  private static String fits(AnswerJudge judge, String raw) {
    Verdict verdict = judge.judge(raw);
    if (verdict instanceof Verdict.Fits fits) {
      return fits.outputJson();
    }
    return fail("Expected a fitting answer, but got " + verdict);
  }

  private static String unfit(AnswerJudge judge, String raw) {
    Verdict verdict = judge.judge(raw);
    assertThat(verdict, instanceOf(Verdict.Unfit.class));
    return ((Verdict.Unfit) verdict).message();
  }

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

  @Test
  void json_withoutSchema_isAnyObject() {
    assertThat(
        fits(json(null), " { \"b\": 1.50,\n \"a\": [1e2, null] } "),
        is("{\"b\":1.50,\"a\":[1E+2,null]}"));
    assertThat(unfit(json(null), "[1]"), containsString("must be a JSON object, but is array"));
    assertThat(unfit(json(null), "null"), containsString("null"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "```json\n{\"a\":1}\n```",
        "```\n{\"a\":1}\n```",
        "\n```JSON  \r\n{\"a\":1}\r\n```\n",
        "```json\n{\n\"a\":1\n}\n  ```"
      })
  void json_mayBeFenced(String raw) {
    assertThat(fits(json(null), raw), is("{\"a\":1}"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "  ",
        "{\"a\":1}{}",
        "{\"a\":1,}",
        "{'a':1}",
        "{\"a\":NaN}",
        "{\"a\":1",
        "{\"a\":1,\"a\":2}",
        "{\"a\":1e999999999}",
        "{\"a\":1e-999999999}"
      })
  void json_elseIsUnfit(String raw) {
    assertThat(unfit(json(null), raw), containsString("The answer"));
    assertThat(unfit(json("{}"), raw), containsString("The answer"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'anyOf':[{'type':'object','properties':{'a':{'$ref':'#'}}},"
            + "{'type':'object','properties':{'a':{'$ref':'#'}},'required':['b']}],'required':['a']}",
        "{'allOf':[{'properties':{'a':{'$ref':'#'}}},{'properties':{'a':{'$ref':'#'}}}]}",
        "{'oneOf':[{'additionalProperties':{'$ref':'#'}},{'additionalProperties':{'$ref':'#'}}]}",
        "{'anyOf':[{'patternProperties':{'a':{'$ref':'#'}},'required':['z']},"
            + "{'patternProperties':{'.':{'$ref':'#'}},'required':['z']}]}",
        "{'if':{'properties':{'a':{'$ref':'#'}},'required':['b']},'then':{'properties':{'a':{'$ref':'#'}}},"
            + "'else':{'properties':{'a':{'$ref':'#'}}},'required':['a']}",
        "{'not':{'not':{'properties':{'a':{'$ref':'#'}}}},'properties':{'a':{'$ref':'#'}}}",
      })
  void json_schemaThatRefersToItselfTwice_ends(String schema) {
    assertThat(
        unfit(json(schema), "{\"a\":".repeat(100) + "{}" + "}".repeat(100)),
        containsString("the schema takes too long on it"));
  }

  @Test
  void json_listOfListsThatAreSeenTwiceEach_ends() {
    assertThat(
        unfit(
            json(
                "{'allOf':[{'items':{'$ref':'#'}},{'prefixItems':[{'$ref':'#'}]}],'type':'array'}"),
            "[".repeat(100) + "]".repeat(100)),
        containsString("the schema takes too long on it"));
  }

  @Test
  void json_longAnswerThatFits_isNotTooLong() {
    assertThat(
        fits(
            json("{'type':'array','items':" + PERSON + "}"),
            "["
                + "{\"name\":\"a\",\"age\":1,\"tags\":[\"x\"]},".repeat(50_000)
                + "{\"name\":\"b\"}]"),
        containsString("\"b\""));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"a\":1} {\"a\":2}",
        "{\"a\":1}\n\n{\"a\":1}",
        "Either {\"a\":1} or {\"a\":2}",
        "[1] says: {\"a\":1}",
        "{\"a\": {\"a\":1}, \"b\": }",
        "{\"b\": {\"a\":1}",
        "The set {x} is {\"a\":1}",
        "<think>{\"a\":1}",
        "Hm. <think>Perhaps {\"a\":1}",
        "{\"a\":1}</think>I do not know",
        "<|channel|>analysis<|message|>{\"a\":1}<|end|>",
        "```json\n{\"a\":1}\n```\n```json\n{\"a\":2}\n```",
        "x {\"a\":1,\"a\":2} y"
      })
  void json_betweenTwoCandidates_isNeverGuessed(String raw) {
    assertThat(unfit(json(null), raw), containsString("The answer"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'a':1} trailing|text",
        "Here it is: {'a':1}|text",
        "{'a':1} // done|text",
        "```json~{'a':1}|fence",
        "```json {'a':1} ```|fence",
        "```json~{'a':1}~```|fence",
        "~~~{'a':1}~~~|text",
        "Sure!~```json~{'a':1}~```|fence, text",
        "Sure!~```~{'a':1}~```~Is there more?|fence, text",
        "<think>Is it [2]?</think>{'a':1}|thinking",
        "<think>Is it [2]?</think>```~{'a':1}~```|thinking, fence",
        "<think>Is it [2]?</think>So it is {'a':1}.|thinking, text",
        "It is {'a':2}?</think> So {'a':1}|thinking, text"
      })
  void json_isMended_andItIsSaid(String raw, String repaired) {
    String answer = raw.replace('\'', '"').replace("~~~", "\u0001").replace('~', '\n');
    assertThat(
        json(null).judge(answer.replace("\u0001", "~~~")),
        is(new Verdict.Fits("{\"a\":1}", repaired)));
  }

  @Test
  void json_asItWasAskedFor_saysNothingOfMending() {
    assertThat(json(null).judge(" {\"a\":1}\n"), is(new Verdict.Fits("{\"a\":1}")));
    assertThat(
        json("{'type':'array'}").judge("It is [1, 2]."), is(new Verdict.Fits("[1,2]", "text")));
    assertThat(unfit(json(PERSON), "Here: {\"name\":3}"), containsString("The answer"));
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

  @Test
  void aLabelThatIsSuchAMark_isOne() {
    assertThat(labels("</s>", "bug").judge("</s>"), is(new Verdict.Fits("\"</s>\"")));
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

  @Test
  void json_deepNesting_isUnfitNotACrash() {
    assertThat(unfit(json(null), "{\"a\":" + "[".repeat(200_000)), containsString("not JSON"));
  }

  @Test
  void json_schema_letsFittingAnswersPass() {
    assertThat(
        fits(json(PERSON), "{\"name\":\"Åse 😀\",\"age\":3}"),
        is("{\"name\":\"Åse 😀\",\"age\":3}"));
    assertThat(fits(json("{'type':'array'}"), "[1, 2]"), is("[1,2]"));
  }

  @Test
  void json_schema_namesTheFirstViolationsByPointer() {
    String message = unfit(json(PERSON), "{\"age\":-1,\"tags\":[\"a\",2],\"x\":1,\"y\":2}");
    assertThat(message, containsString("and 2 more"));
    String one = unfit(json(PERSON), "{\"name\":\"a\",\"tags\":[\"a\",2]}");
    assertThat(one, allOf(containsString("/tags/1: "), containsString("string")));
    assertThat(unfit(json(PERSON), "{}"), containsString("(root): required property 'name'"));
  }

  @Test
  void json_schema_keepsItsReferencesInside() {
    AnswerJudge judge =
        json("{'$ref':'#/$defs/p','$defs':{'p':{'type':'object','required':['a']}}}");
    assertThat(fits(judge, "{\"a\":1}"), is("{\"a\":1}"));
    assertThat(unfit(judge, "{}"), containsString("'a'"));
  }

  @Test
  void json_schema_honoursItsDraft() {
    // An array of items under "items" is positional in draft 7 and no schema at all in 2020-12.
    String positional = "'type':'array','items':[{'type':'string'}]}";
    AnswerJudge judge = json("{'$schema':'http://json-schema.org/draft-07/schema#'," + positional);
    assertThat(fits(judge, "[\"a\",1]"), is("[\"a\",1]"));
    assertThat(unfit(judge, "[1]"), containsString("/0"));
    assertThat(AnswerJudge.validateSchema(("{" + positional).replace('\'', '"')), hasSize(1));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "[]",
        "{'type':'objekt'}",
        "{'type':'object','required':'name'}",
        "{'properties':{'a':{'minimum':'0'}}}",
        "{'$ref':'#/$defs/none'}",
        "{'properties':{'a':{'$ref':'http://127.0.0.1:9/none.json'}}}",
        "{'properties':{'a':{'$ref':'https://json-schema.example/none.json'}}}",
        "{'$schema':'https://json-schema.example/my-draft','type':'object'}",
        "{'properties':{'a':{'type':'string','pattern':'['}}}",
      })
  void validateSchema_namesWhatIsWrong(String schema) {
    String text = schema.replace('\'', '"');
    List<String> problems = AnswerJudge.validateSchema(text);
    assertThat(problems, hasSize(1));
    assertThat(problems.get(0), containsString("output.schema"));
    assertThrows(IllegalArgumentException.class, () -> json(schema));
  }

  @Test
  void schema_isNeverFetched_evenWhereAServerHasIt() throws IOException {
    AtomicInteger asked = new AtomicInteger();
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          asked.incrementAndGet();
          exchange.sendResponseHeaders(200, 2);
          exchange.getResponseBody().write("{}".getBytes(UTF_8));
          exchange.close();
        });
    server.start();
    try {
      String url = "http://127.0.0.1:" + server.getAddress().getPort() + "/s.json";
      assertThat(
          AnswerJudge.validateSchema("{\"properties\":{\"a\":{\"$ref\":\"" + url + "\"}}}"),
          hasSize(1));
      assertThat(AnswerJudge.validateSchema("{\"$schema\":\"" + url + "\"}"), hasSize(1));
      assertThat(AnswerJudge.validateSchema("{\"$id\":\"" + url + "\"}"), is(empty()));
      assertThat(asked.get(), is(0));
    } finally {
      server.stop(0);
    }
  }

  @Test
  void validateSchema_acceptsGoodOnes() {
    assertThat(AnswerJudge.validateSchema(PERSON.replace('\'', '"')), is(empty()));
    assertThat(AnswerJudge.validateSchema("{}"), is(empty()));
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

  @Test
  void judge_fromManyThreads_givesTheSame() {
    AnswerJudge judge = json(PERSON);
    long right =
        IntStream.range(0, 4_000)
            .parallel()
            .filter(
                i ->
                    judge.judge("{\"name\":\"" + i + "\",\"age\":" + (i % 2 == 0 ? i : -1) + "}")
                            instanceof Verdict.Fits
                        == (i % 2 == 0))
            .count();
    assertThat(right, is(4_000L));
  }

  @Test
  void message_ofBadJson_doesNotCarryTheWholeAnswer() {
    String message = unfit(json(null), "x".repeat(100_000));
    assertThat(message.length(), lessThan(500));
    assertThat(message, not(containsString("\n")));
  }
}
