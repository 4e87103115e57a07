package io.sluice.internal.text;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.internal.prepare.PromptTemplate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExactJsonTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "12500000.00",
        "1.10",
        "0.1234567890123456789",
        "1e5",
        "1E-7",
        "0.0000056",
        "-0",
        "-0.0",
        "12345678901234567890123",
        "1e999",
        "0",
        "5",
        "-3",
        "9007199254740993",
        "2147483648"
      })
  void numbers_standAsTheyAreWritten(String number) throws JsonProcessingException {
    ObjectNode document =
        (ObjectNode) ExactJson.read("{\"n\": " + number + ", \"l\": [" + number + "]}");
    assertThat(document.toString(), is("{\"n\":" + number + ",\"l\":[" + number + "]}"));
    assertThat(document.path("n").asText(), is(number));
    assertThat(
        new PromptTemplate("t", "{{n}} {{#l}}{{.}}{{/l}} {{l}}").render(document),
        is(number + " " + number + " [" + number + "]"));
  }

  /** What was right before has the prompt, and so the fingerprint, that it had. */
  @Test
  void whatJacksonPrintsAsItIsWritten_isTheSame() throws JsonProcessingException {
    String text =
        "{\"a\":1.5,\"b\":[0.25,-7,1234567890123],\"c\":\"\\u00e9\\n\",\"d\":{\"e\":null,\"f\":true}}";
    assertThat(ExactJson.read(text).toString(), is(new ObjectMapper().readTree(text).toString()));
  }

  @Test
  void aKeyThatComesTwice_isTold_atAnyDepth() {
    for (String text :
        new String[] {"{\"a\": 1, \"a\": 1}", "[{\"b\": {\"a\": null, \"a\": 2}}]"}) {
      assertThat(refused(text), containsString("the key \"a\" twice"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "{", "{} {}", "{\"a\": NaN}", "{\"a\": 01}", "[1,]", "nul"})
  void whatIsNoJson_isRefused(String text) {
    refused(text);
  }

  private static String refused(String text) {
    return assertThrows(JsonProcessingException.class, () -> ExactJson.read(text))
        .getOriginalMessage();
  }

  /** Each would take fifty times its bytes. */
  @Test
  void moreValuesThanTheMemoryHasRoomFor_areNotBegun() {
    long most = Runtime.getRuntime().maxMemory() / 512;
    String text = "[" + "0,".repeat((int) Math.min(50_000_000, most)) + "0]";
    JsonProcessingException refused =
        assertThrows(JsonProcessingException.class, () -> ExactJson.read(text));
    assertThat(refused.getMessage(), containsString("Token count"));
  }
}
