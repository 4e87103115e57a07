package io.sluice.internal.provider.anthropic;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.nullValue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.internal.prepare.CanonicalJson;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AnthropicSchemaTest {
  private static @Nullable String sent(String schema) {
    ObjectNode format = AnthropicSchema.format(CanonicalJson.parseObject("schema", schema));
    return format == null ? null : CanonicalJson.write(format.path("schema"));
  }

  @Test
  void objectsAreClosed_atEveryDepth() {
    assertThat(
        sent(
            "{\"$schema\":\"s\",\"type\":\"object\",\"properties\":{\"b\":{\"type\":\"array\",\"items\":"
                + "{\"type\":[\"object\",\"null\"],\"properties\":{}}},\"a\":{\"anyOf\":[{\"type\":"
                + "\"null\"},{\"$ref\":\"#/$defs/d\"}]}},\"required\":[\"b\"],"
                + "\"$defs\":{\"d\":{\"type\":\"object\"}}}"),
        is(
            "{\"type\":\"object\",\"properties\":{\"b\":{\"type\":\"array\",\"items\":"
                + "{\"type\":[\"object\",\"null\"],\"properties\":{},\"additionalProperties\":false}},"
                + "\"a\":{\"anyOf\":[{\"type\":\"null\"},{\"$ref\":\"#/$defs/d\"}]}},"
                + "\"required\":[\"b\"],\"$defs\":{\"d\":{\"type\":\"object\","
                + "\"additionalProperties\":false}},\"additionalProperties\":false}"));
  }

  @Test
  void limitsOnValues_becomeWords() {
    assertThat(
        sent(
            "{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\",\"minimum\":1,"
                + "\"maximum\":5,\"description\":\"Stars.\"}},\"additionalProperties\":false}"),
        is(
            "{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\","
                + "\"description\":\"Stars. {minimum: 1, maximum: 5}\"}},"
                + "\"additionalProperties\":false}"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"type\":\"array\",\"items\":{\"type\":\"string\"}}",
        "{\"type\":\"object\",\"anyOf\":[]}",
        "{\"type\":\"object\",\"additionalProperties\":true}",
        "{\"type\":\"object\",\"additionalProperties\":{\"type\":\"string\"}}",
        "{\"type\":\"object\",\"patternProperties\":{}}",
        "{\"type\":\"object\",\"properties\":{\"a\":{\"oneOf\":[]}}}",
        "{\"type\":\"object\",\"properties\":{\"a\":{}}}",
        "{\"type\":\"object\",\"properties\":{\"a\":true}}",
      })
  void whatCannotBeExpressed_isNotSent(String schema) {
    assertThat(sent(schema), is(nullValue()));
  }
}
