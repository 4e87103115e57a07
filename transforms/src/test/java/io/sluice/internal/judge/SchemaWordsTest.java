package io.sluice.internal.judge;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.is;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SchemaWordsTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'sentiment':'string'}|properties: {sentiment: {type: string}}, required: [sentiment]}",
        "{'sentiment':{'type':'integer'}}|properties: {sentiment: {type: integer}}",
        "{'tags':['string']}|properties: {tags: {type: string}}",
        "{'type':'object','property':{'a':{'type':'string'}}}|has \"property\", which is no keyword",
        "{'type':'object','properties':{'a':'string'}}|/properties/a is \"string\"; a schema is written as {type: string}",
        "{'type':'object','properties':{'a':{'type':'string','nullable':true}}}|/properties/a has \"nullable\"",
        "{'type':'array','items':'string'}|/items is \"string\"",
        "{'anyOf':[{'type':'null'},{'kind':1}]}|/anyOf/1 has \"kind\"",
        "{'type':'object','$defs':{'a':{'typ':'string'}}}|/$defs/a has \"typ\"",
        "{'type':'string','strict':true}|leave it out, or let it begin with x-",
        "{}|says nothing of the answer",
        "{'title':'A','description':'what'}|says nothing of the answer",
        "{'properties':{'a':{},'b':{'title':'b'}}}|says nothing of the answer",
        "{'$defs':{'a':{'type':'string'}}}|says nothing of the answer",
        "{'required':[]}|says nothing of the answer",
      })
  void whatChecksNothing_isSaid_withTheWayToWriteIt(String schema, String said) {
    assertThat(SchemaWords.problems(schema.replace('\'', '"')), contains(containsString(said)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'type':'object'}",
        "{'type':'object','properties':{'type':{'type':'string'},'sentiment':{'enum':['a','b']}}}",
        "{'properties':{'a':{'type':'string'}}}",
        "{'required':['a']}",
        "{'$ref':'#/$defs/a','$defs':{'a':{'type':'string'}}}",
        "{'oneOf':[{'type':'string'},{'type':'null'}]}",
        "{'type':'array','items':[{'type':'string'}],'additionalItems':false}",
        "{'type':'object','dependencies':{'a':['b']},'patternProperties':{'^x':{'minimum':1}}}",
        "{'type':'object','x-order':['a'],'examples':[{}],'default':{'any':'thing'}}",
        "{'additionalProperties':false}",
        "{'type':'object','properties':{'a':true}}",
        "{'const':{'any':'thing'}}",
        "{'enum':[{'any':'thing'}]}",
      })
  void whatChecksSomething_passes(String schema) {
    assertThat(SchemaWords.problems(schema.replace('\'', '"')), is(empty()));
  }

  @Test
  void whatIsNoJson_isLeftToOthers() {
    assertThat(SchemaWords.problems("{"), is(empty()));
    assertThat(SchemaWords.problems("[1]"), is(empty()));
  }
}
