package io.sluice.internal.judge;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.sluice.internal.text.Text;

/** JSON read without forgiveness and written without loss. */
final class StrictJson {
  private static final int MAX_SCALE = 400;

  private static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
          .build();

  private StrictJson() {}

  /**
   * Parses one JSON value with nothing after it.
   *
   * @throws JsonProcessingException where the text is anything else
   */
  static JsonNode parse(String text) throws JsonProcessingException {
    return MAPPER.readTree(text);
  }

  /** Half a character, which an escape in the answer may have made, is U+FFFD. */
  static String write(JsonNode node) {
    try {
      return Text.whole(MAPPER.writeValueAsString(node));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("A JSON tree could not be written", e);
    }
  }

  /** A text as a JSON string. */
  static String text(String text) {
    return write(MAPPER.getNodeFactory().textNode(text));
  }

  /**
   * Whether some number is beyond what a double can come near. Expanding {@code 1e999999999} to
   * check it against a schema would take the memory of the JVM.
   */
  static boolean hasAbsurdNumber(JsonNode node) {
    if (node.isBigDecimal()) {
      return Math.abs((long) node.decimalValue().scale()) > MAX_SCALE;
    }
    return node.isContainerNode() && node.valueStream().anyMatch(StrictJson::hasAbsurdNumber);
  }
}
