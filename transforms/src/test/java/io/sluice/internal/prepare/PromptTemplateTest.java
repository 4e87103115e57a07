package io.sluice.internal.prepare;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.everyItem;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.spi.PromptException;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PromptTemplateTest {
  private static String render(String template, String document) {
    return new PromptTemplate("prompt.user", template).render(json(document));
  }

  private static ObjectNode json(String text) {
    return CanonicalJson.parseObject("document", text);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{{a}}          | {'a': 'x'}                      | x",
        "{{a}}/{{b}}    | {'a': 1, 'b': true}             | 1/true",
        "{{a}}          | {'a': 1.50}                     | 1.50",
        "{{a}}          | {'a': 12345678901234567890}     | 12345678901234567890",
        "[{{a}}]        | {'a': null}                     | []",
        "[{{a}}]        | {'a': ''}                       | []",
        "{{a.b.c}}      | {'a': {'b': {'c': 'deep'}}}     | deep",
        "[{{a.b}}]      | {'a': null}                     | []",
        "{{a.b}}        | {'a.b': 'dotted'}               | dotted",
        "{{a}}          | {'a': {'b': [1, null]}}         | {'b':[1,null]}",
        "{{#a}}{{.}},{{/a}}       | {'a': [1, 'x', false]}           | 1,x,false,",
        "{{#a}}<{{.}}>{{/a}}      | {'a': [null, 1]}                 | <><1>",
        "{{#a}}{{b}}{{c}} {{/a}}  | {'a': [{'b': 1}, {'b': 2}], 'c': '!'} | 1! 2!",
        "{{#a}}{{-index}}{{/a}}   | {'a': [7, 7]}                    | 12",
        "{{#a}}yes{{/a}}{{^a}}no{{/a}} | {'a': true}             | yes",
        "{{#a}}yes{{/a}}{{^a}}no{{/a}} | {'a': false}            | no",
        "{{#a}}yes{{/a}}{{^a}}no{{/a}} | {'a': []}               | no",
        "{{#a}}yes{{/a}}{{^a}}no{{/a}} | {'a': null}             | no",
        "{{#a}}yes{{/a}}{{^a}}no{{/a}} | {'a': ''}               | no",
        "{{#a}}{{b}}{{/a}}        | {'a': {'b': 'in'}, 'b': 'out'}   | in",
        "{{=<% %>=}}{{<%a%>}}     | {'a': 1}                         | {{1}}",
        "{{! a comment }}x        | {}                               | x",
      })
  void render_showsFields(String template, String document, String expected) {
    String prompt = render(template, document.replace('\'', '"'));
    assertThat(prompt.strip().replace('"', '\''), is(expected));
  }

  @Test
  void render_escapesNothing() {
    assertThat(
        render("{{a}}", "{\"a\": \"<b> & \\\"c\\\" {{x}} é 漢 😀 <|endoftext|>\"}"),
        is("<b> & \"c\" {{x}} é 漢 😀 <|endoftext|>"));
  }

  @Test
  void sectionsWithoutAnEnd_areAMistakeOfTheTemplate() {
    String deep = "{{#a}}".repeat(50_000) + "x" + "{{/a}}".repeat(50_000);
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> new PromptTemplate("prompt.user", deep));
    assertThat(e.getMessage(), containsString("deeper than can be read"));
  }

  /** Six sections over a list of 100 are 10^12 elements. */
  @Test
  void render_listsInLists_endAtTheMost() {
    String list = "[" + "1,".repeat(99) + "1]";
    PromptException e =
        assertThrows(
            PromptException.class,
            () ->
                render(
                    "{{#a}}".repeat(6) + "x".repeat(10_000) + "{{/a}}".repeat(6),
                    "{\"a\": " + list + "}"));
    assertThat(e.getMessage(), containsString("more than 134217728 characters"));
  }

  @Test
  void render_missingField_namesItAndTheOthers() {
    PromptException e =
        assertThrows(
            PromptException.class,
            () -> render("Hello\n{{body}}", "{\"id\": 1, \"text\": \"secret\"}"));
    assertThat(e.getMessage(), containsString("prompt.user"));
    assertThat(e.getMessage(), containsString("line 2"));
    assertThat(e.getMessage(), containsString("'body'"));
    assertThat(e.getMessage(), containsString("id, text"));
    assertThat(e.getMessage(), not(containsString("secret")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{{a.c}}",
        "{{x.y}}",
        "{{#x}}y{{/x}}",
        "{{^x}}y{{/x}}",
        "{{a.b.length}}",
        "{{class}}"
      })
  void render_missingField_isAnErrorEverywhere(String template) {
    assertThrows(PromptException.class, () -> render(template, "{\"a\": {\"b\": \"text\"}}"));
  }

  @Test
  void render_missingField_listsSomeOfManyFields() {
    ObjectNode wide = CanonicalJson.newObject();
    IntStream.range(0, 1000).forEach(i -> wide.put("field" + i, i));
    PromptException e =
        assertThrows(
            PromptException.class, () -> new PromptTemplate("prompt.user", "{{x}}").render(wide));
    assertThat(e.getMessage(), containsString("field29 and 970 more"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{{a",
        "{{a} {{b}}",
        "x {{a} y",
        "{{#a}}x",
        "{{/a}}",
        "{{#a}}{{/b}}",
        "{{}}",
        "{{>other}}",
        "{{#a}}{{>other}}{{/a}}"
      })
  void badSyntax_isReportedAtConstruction(String template) {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class, () -> new PromptTemplate("prompt.system", template));
    assertThat(e.getMessage(), containsString("prompt.system"));
  }

  @Test
  void render_fromManyThreads_givesEachItsOwn() {
    PromptTemplate template = new PromptTemplate("prompt.user", "{{a}}{{#b}}{{a}}{{c}}{{/b}}");
    List<Boolean> right =
        IntStream.range(0, 5_000)
            .parallel()
            .mapToObj(
                i ->
                    template
                        .render(json("{\"a\": " + i + ", \"b\": [{\"c\": " + -i + "}]}"))
                        .equals("" + i + i + -i))
            .toList();
    assertThat(right, everyItem(is(true)));
  }
}
