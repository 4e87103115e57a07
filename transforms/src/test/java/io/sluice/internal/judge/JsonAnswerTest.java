package io.sluice.internal.judge;

import static io.sluice.internal.judge.Judges.PERSON;
import static io.sluice.internal.judge.Judges.fits;
import static io.sluice.internal.judge.Judges.json;
import static io.sluice.internal.judge.Judges.unfit;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThan;
import static org.hamcrest.Matchers.not;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Answers of JSON, their schemas, and what is mended in them. */
class JsonAnswerTest {
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
