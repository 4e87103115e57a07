package io.sluice.internal.text;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NumericNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/**
 * Reads a document's JSON so that every number stays as it is written: {@code 1.10} is a version,
 * and {@code 12500000.00} no {@code 1.25E7}. Thread-safe.
 */
public final class ExactJson {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  /** A value takes up to a hundred bytes of memory, and is written with two characters. */
  private static final long MOST_TOKENS = Runtime.getRuntime().maxMemory() / 512;

  /** Rows are bounded where they are read, and texts where a row becomes a document. */
  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxStringLength(Integer.MAX_VALUE)
                  .maxTokenCount(MOST_TOKENS)
                  .build())
          .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
          .build();

  private ExactJson() {}

  /**
   * Reads one JSON value with nothing after it.
   *
   * @throws JsonProcessingException where the text is anything else, or an object has a key twice
   */
  public static JsonNode read(String text) throws JsonProcessingException {
    try (JsonParser parser = FACTORY.createParser(text)) {
      JsonToken first = parser.nextToken();
      if (first == null) {
        throw new JsonParseException(parser, "there is nothing");
      }
      JsonNode value = value(parser, first);
      if (parser.nextToken() != null) {
        throw new JsonParseException(parser, "something follows its end");
      }
      return value;
    } catch (JsonProcessingException e) {
      throw e;
    } catch (IOException e) {
      throw new IllegalStateException("A text can be read", e);
    }
  }

  /** A document's fields; null where the text is anything else than one object. */
  public static @Nullable ObjectNode fields(String text) {
    try {
      return read(text) instanceof ObjectNode object ? object : null;
    } catch (JsonProcessingException e) {
      return null;
    }
  }

  /** As deep as the parser lets it be, a thousand levels. */
  private static JsonNode value(JsonParser parser, JsonToken token) throws IOException {
    return switch (token) {
      case START_OBJECT -> object(parser);
      case START_ARRAY -> array(parser);
      case VALUE_STRING -> NODES.textNode(parser.getText());
      case VALUE_NUMBER_INT -> {
        String text = parser.getText();
        yield text.equals("-0") ? new Written(text) : integer(parser.getNumberValue());
      }
      case VALUE_NUMBER_FLOAT -> new Written(parser.getText());
      case VALUE_TRUE -> NODES.booleanNode(true);
      case VALUE_FALSE -> NODES.booleanNode(false);
      case VALUE_NULL -> NODES.nullNode();
      default -> throw new JsonParseException(parser, "unexpected " + token);
    };
  }

  private static JsonNode integer(Number number) {
    if (number instanceof BigInteger big) {
      return NODES.numberNode(big);
    }
    return number instanceof Integer
        ? NODES.numberNode(number.intValue())
        : NODES.numberNode(number.longValue());
  }

  private static ObjectNode object(JsonParser parser) throws IOException {
    ObjectNode object = NODES.objectNode();
    for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
      JsonNode value = value(parser, parser.nextToken());
      if (object.replace(name, value) != null) {
        throw new JsonParseException(
            parser, "it has the key \"" + name + "\" twice, and which one counts is not known");
      }
    }
    return object;
  }

  private static ArrayNode array(JsonParser parser) throws IOException {
    ArrayNode array = NODES.arrayNode();
    for (JsonToken token = parser.nextToken();
        token != JsonToken.END_ARRAY;
        token = parser.nextToken()) {
      array.add(value(parser, token));
    }
    return array;
  }

  /** A number by its digits. */
  private static final class Written extends NumericNode {
    private static final long serialVersionUID = 1L;
    private final String text;

    Written(String text) {
      this.text = text;
    }

    @Override
    public JsonToken asToken() {
      return JsonToken.VALUE_NUMBER_FLOAT;
    }

    @Override
    public JsonParser.NumberType numberType() {
      return JsonParser.NumberType.BIG_DECIMAL;
    }

    @Override
    public Number numberValue() {
      return decimalValue();
    }

    @Override
    public int intValue() {
      return (int) doubleValue();
    }

    @Override
    public long longValue() {
      return (long) doubleValue();
    }

    @Override
    public double doubleValue() {
      return Double.parseDouble(text);
    }

    @Override
    public BigDecimal decimalValue() {
      return new BigDecimal(text);
    }

    @Override
    public BigInteger bigIntegerValue() {
      return decimalValue().toBigInteger();
    }

    @Override
    public boolean canConvertToInt() {
      return doubleValue() >= Integer.MIN_VALUE && doubleValue() <= Integer.MAX_VALUE;
    }

    @Override
    public boolean canConvertToLong() {
      return doubleValue() >= Long.MIN_VALUE && doubleValue() <= Long.MAX_VALUE;
    }

    @Override
    public String asText() {
      return text;
    }

    @Override
    public void serialize(JsonGenerator to, SerializerProvider provider) throws IOException {
      to.writeNumber(text);
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Written number && number.text.equals(text);
    }

    @Override
    public int hashCode() {
      return text.hashCode();
    }
  }
}
