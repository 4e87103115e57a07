package io.sluice.internal.completions;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.is;

import io.sluice.internal.prepare.CanonicalJson;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StrictSchemaTest {
  private static boolean strict(String schema) {
    return StrictSchema.isStrict(CanonicalJson.parseObject("schema", schema.replace('\'', '"')));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'type':'object','properties':{},'additionalProperties':false}",
        "{'$schema':'https://json-schema.org/draft/2020-12/schema','type':'object','properties':{'a':{'type':['string','null']}},'required':['a'],'additionalProperties':false}",
        "{'type':'object','properties':{'a':{'type':'array','items':{'$ref':'#/$defs/b'}}},'required':['a'],'additionalProperties':false,'$defs':{'b':{'type':'object','properties':{'c':{'type':'string','enum':['x']}},'required':['c'],'additionalProperties':false}}}",
        "{'type':'object','properties':{'a':{'anyOf':[{'type':'string','format':'date'},{'type':'null'}]}},'required':['a'],'additionalProperties':false}",
        "{'type':'object','properties':{'enum':{'type':'string'},'oneOf':{'type':'string'}},'required':['enum','oneOf'],'additionalProperties':false}",
      })
  void inside_isStrict(String schema) {
    assertThat(strict(schema), is(true));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{'type':'array','items':{'type':'string'}}",
        "{'type':'object','properties':{'a':{'type':'string'}},'required':['a']}",
        "{'type':'object','properties':{'a':{'type':'string'}},'additionalProperties':false}",
        "{'type':'object','properties':{'a':{}},'required':['a'],'additionalProperties':false}",
        "{'type':'object','properties':{'a':{'type':'string','minLength':2}},'required':['a'],'additionalProperties':false}",
        "{'type':'object','properties':{'a':{'type':'string','format':'uri'}},'required':['a'],'additionalProperties':false}",
        "{'type':'object','properties':{'a':{'type':['object','null']}},'required':['a'],'additionalProperties':false}",
        "{'type':'object','properties':{'a':{'type':'array','items':{'type':'object','properties':{'b':{'type':'string'}}}}},'required':['a'],'additionalProperties':false}",
        "{'type':'object','properties':{},'additionalProperties':false,'oneOf':[{'type':'object'}]}",
        "{'type':'object','properties':{},'additionalProperties':false,'anyOf':[{'type':'object'}]}",
        "{'type':'object','properties':{},'additionalProperties':{'type':'string'}}",
      })
  void outside_isNot(String schema) {
    assertThat(strict(schema), is(false));
  }

  @Test
  void name_isMadeOfAllowedCharacters() {
    assertThat(StrictSchema.nameOf("ticket topics/é"), is("ticket_topics__"));
    assertThat(StrictSchema.nameOf("x".repeat(100)), is("x".repeat(64)));
    assertThat(StrictSchema.nameOf(""), is("answer"));
  }
}
