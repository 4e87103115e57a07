package io.sluice.pipeline.json;

import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.deser.DeserializationProblemHandler;
import com.fasterxml.jackson.databind.deser.ValueInstantiator;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.util.ClassUtil;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Records as JSON and back. Reading is lenient, because files of other versions are read: fields
 * that a record does not know are passed over; what is missing, null or of another type is null,
 * zero, or an empty list or map. Sums of money are written as plain decimals. Thread-safe.
 */
public final class Json {
  private static final JsonSetter.Value EMPTY =
      JsonSetter.Value.construct(Nulls.AS_EMPTY, Nulls.SKIP);

  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .disable(MapperFeature.AUTO_DETECT_IS_GETTERS)
          .enable(StreamWriteFeature.WRITE_BIGDECIMAL_AS_PLAIN)
          .withConfigOverride(List.class, type -> type.setSetterInfo(EMPTY))
          .withConfigOverride(Map.class, type -> type.setSetterInfo(EMPTY))
          .addHandler(new Lenient())
          .build();

  private static final ObjectWriter PRETTY = MAPPER.writerWithDefaultPrettyPrinter();

  private Json() {}

  /**
   * A record of a JSON object.
   *
   * @throws JsonProcessingException if it is not JSON
   * @throws IOException if it is JSON, but not an object
   */
  public static <T> T read(byte[] json, Class<T> type) throws IOException {
    return object(MAPPER.readValue(json, type));
  }

  private static <T> T object(@Nullable T value) throws IOException {
    if (value == null) {
      throw new IOException("expected a JSON object");
    }
    return value;
  }

  /** As {@link #read(byte[], Class)}. */
  public static <T> T read(String json, Class<T> type) throws IOException {
    return object(MAPPER.readValue(json, type));
  }

  /** A record of a JSON object that was read. */
  public static <T> T of(JsonNode json, Class<T> type) throws IOException {
    return object(MAPPER.treeToValue(json, type));
  }

  /** One line, without its end. */
  public static String line(Object value) {
    try {
      return MAPPER.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("A record can be written", e);
    }
  }

  /** As {@link #line}, to look into. */
  public static JsonNode tree(Object value) {
    return MAPPER.valueToTree(value);
  }

  /** Lines as a person reads them. */
  public static byte[] pretty(Object value) {
    try {
      return PRETTY.writeValueAsBytes(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("A record can be written", e);
    }
  }

  /** Gives nothing for a value of another type than is expected. */
  private static final class Lenient extends DeserializationProblemHandler {
    @Override
    public @Nullable Object handleUnexpectedToken(
        DeserializationContext context,
        JavaType type,
        JsonToken token,
        JsonParser parser,
        String message)
        throws IOException {
      parser.skipChildren();
      return type.isPrimitive() ? ClassUtil.defaultValue(type.getRawClass()) : null;
    }

    @Override
    public @Nullable Object handleWeirdStringValue(
        DeserializationContext context, Class<?> type, String value, String message) {
      return null;
    }

    @Override
    public @Nullable Object handleWeirdNumberValue(
        DeserializationContext context, Class<?> type, Number value, String message) {
      return null;
    }

    @Override
    public @Nullable Object handleMissingInstantiator(
        DeserializationContext context,
        Class<?> type,
        @Nullable ValueInstantiator instantiator,
        JsonParser parser,
        String message)
        throws IOException {
      parser.skipChildren();
      return null;
    }
  }
}
