package io.sluice;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.stream.Collectors;

/** Reads outputs as objects of Java's. */
final class OutputReader {
  private static final ObjectMapper JSON =
      JsonMapper.builder().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();

  private OutputReader() {}

  static <T> T read(Answer answer, Class<T> type) {
    T value;
    try {
      value = JSON.readValue(answer.outputJson(), type);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(problem(answer, type) + where(e), e);
    }
    if (value == null) {
      throw new IllegalArgumentException(problem(answer, type) + ": it is null");
    }
    return value;
  }

  private static String problem(Answer answer, Class<?> type) {
    return "The output for document \""
        + answer.document().id()
        + "\" cannot be read as "
        + type.getName();
  }

  /** Jackson's own message quotes the output. */
  private static String where(JsonProcessingException e) {
    if (e instanceof JsonMappingException mapping && !mapping.getPath().isEmpty()) {
      return mapping.getPath().stream()
          .map(
              step ->
                  step.getFieldName() == null
                      ? "[" + step.getIndex() + "]"
                      : String.valueOf(step.getFieldName()))
          .collect(Collectors.joining(".", ": see its field ", ""));
    }
    return ": it is of another type, as a whole";
  }
}
